//! Migrations: named steps, each of which is run once per database.

mod backup;
mod digest;
mod directives;
mod foreign_keys;
mod history;
mod lock_wait;
mod migration;
mod migrations;
mod progress;
mod report;
mod run;
mod steps;
mod unfinished;
mod without_transaction;

use std::panic::Location;
use std::pin::Pin;

use crate::database::Database;
use crate::error::Result;

pub(crate) use foreign_keys::check_all as check_foreign_keys;
pub use migration::Migration;
pub use migrations::Migrations;
pub use progress::MigrationProgress;
pub use report::MigrationReport;

impl Database {
    /// Runs the steps that have not been run on this database, in their order, and records them.
    /// Each step runs in a separate transaction. Returns which steps were run.
    ///
    /// The steps are [`Migrations`], which [`migrations!`](crate::migrations!) makes from the
    /// files of a folder, or a slice of pairs of a name and SQL:
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let report = db
    ///     .migrate(&[
    ///         ("users", "create table users (id integer primary key, name text not null)"),
    ///         ("users by name", "create index users_by_name on users (name)"),
    ///     ])
    ///     .await?;
    /// println!("{} steps were run", report.steps().len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If several processes call this at the same moment, each step is run by one of them, and all
    /// of them return when the last step has been run. If no step is pending, nothing waits for
    /// other writers, and one number is read, which stands for the names and texts of all steps.
    /// Only if the number differs, for example because comments were edited, the texts are read.
    ///
    /// If no step was ever run on the database, but it has exactly the tables that the first steps
    /// make, these steps are recorded and not run. A program whose tables were created by
    /// [`create_if_missing`](crate::Executor::create_if_missing) can therefore go over to steps,
    /// and may call both in either order. PostgreSQL does not recognize its tables; for it, and
    /// for databases that were made otherwise, there is [`baseline`](Database::baseline).
    ///
    /// The SQL of a step must not begin or end a transaction. A step cannot drop a table to which
    /// rows of other tables refer, unless it [rebuilds](Migration#directives) tables or has
    /// [foreign keys off](Migration::foreign_keys_off).
    ///
    /// # Errors
    /// - [`ErrorKind::Migration`](crate::ErrorKind::Migration) if a step that was run earlier is
    ///   now missing, has another place, or has another text; if a step is missing in the database
    ///   although later ones were run; if the database has steps that the program does not know.
    ///   In these cases no step is run. Also if the database has tables of the steps but no
    ///   history, and it cannot be decided which of the steps have to run.
    /// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) if two steps have one name, a directive is
    ///   wrong, a function and the step that it belongs to do not match, or there are steps only
    ///   for databases of another kind. In these cases no step is run either.
    /// - [`ErrorKind::ForeignKey`](crate::ErrorKind::ForeignKey) if a step would drop a table to
    ///   which rows of other tables refer, or leaves a foreign key violated.
    /// - [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if a step has foreign keys off,
    ///   rebuilds a table or runs outside of a transaction, and the database does not support
    ///   that.
    /// - The errors of the steps, and of the [backup](Migrations::backup_to). The steps before the
    ///   failed one are kept.
    /// - [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if a step cannot begin, or cannot lock
    ///   a table, within [`migrate_timeout`](crate::Builder::migrate_timeout), because other
    ///   connections or processes use the database, such as another instance of the program that
    ///   runs the same steps.
    ///
    /// # Cancellation
    /// If the future is dropped, the current step is rolled back, unless its commit has begun. The
    /// steps before it are kept. A step that runs [outside of a transaction](Migration#directives)
    /// runs to its end, and the next call records it.
    #[track_caller]
    pub fn migrate<'a>(
        &self,
        steps: impl Into<Migrations<'a>>,
    ) -> Pin<Box<dyn Future<Output = Result<MigrationReport>> + Send + 'a>> {
        Box::pin(run::run(self.clone(), steps.into(), Location::caller()))
    }

    /// Records the steps up to the one that is named `last` as if they had been run, without
    /// running them.
    ///
    /// Use it for a database whose schema was made by other means, and is that which these steps
    /// make.
    ///
    /// ```
    /// # use aio_runtime::{Database, Migration, Migrations, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// static STEPS: Migrations = Migrations::new(&[
    ///     Migration::new("0001_init", "create table users (id integer primary key)"),
    ///     Migration::new("0002_name", "alter table users add column name text"),
    /// ]);
    /// // The database was made by another program, and has the table without the name.
    /// db.baseline(&STEPS, "0001_init").await?;
    /// assert_eq!(db.migrate(&STEPS).await?.steps(), ["0002_name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if no step has this name,
    /// [`ErrorKind::Migration`](crate::ErrorKind::Migration) if steps were run on this database or
    /// recorded before, and the errors of [`migrate`](Database::migrate) about wrong steps and
    /// about other writers.
    ///
    /// # Cancellation
    /// If the future is dropped, either all of the steps are recorded or none.
    #[track_caller]
    pub fn baseline<'a>(
        &self,
        steps: impl Into<Migrations<'a>>,
        last: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<MigrationReport>> + Send + 'a>> {
        Box::pin(run::baseline(self.clone(), steps.into(), last, Location::caller()))
    }
}
