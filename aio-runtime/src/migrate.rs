//! Migrations: named steps of SQL, each of which is run once per database.

use std::panic::Location;
use std::time::{Duration, Instant};

use crate::database::Database;
use crate::engine::{BeginOptions, TransactionMode, after, sleep};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::differs;
use crate::statement::query;
use crate::transaction::{Transaction, begin, run_in};

/// A step of [`Database::migrate`]: its name and its SQL. A pair of strings converts into a step.
///
/// ```
/// # use aio_runtime::Migration;
/// const STEPS: [Migration<'_>; 2] = [
///     Migration::new("users", "create table users (id integer primary key, name text)"),
///     // Other tables have foreign keys to the table that this step rebuilds.
///     Migration::new(
///         "users have names",
///         "create table users_new (id integer primary key, name text not null);
///          insert into users_new select id, coalesce(name, '') from users;
///          drop table users;
///          alter table users_new rename to users",
///     )
///     .foreign_keys_off(),
/// ];
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration<'a> {
    name: &'a str,
    sql: &'a str,
    foreign_keys_off: bool,
}

impl<'a> Migration<'a> {
    /// Creates a step from its name and its SQL, whose statements are separated by semicolons.
    pub const fn new(name: &'a str, sql: &'a str) -> Migration<'a> {
        Migration { name, sql, foreign_keys_off: false }
    }

    /// Switches the enforcement of foreign keys off while the step runs, and checks all foreign
    /// keys at its end.
    ///
    /// Use it for a step that rebuilds a table to which other tables refer
    /// (<https://sqlite.org/lang_altertable.html#otheralter>). With foreign keys on, dropping the
    /// old table would first delete its rows, which either fails or also deletes the rows of other
    /// tables that refer to them. The SQL of a step cannot switch foreign keys off itself, because
    /// each step runs in a transaction.
    #[must_use]
    pub const fn foreign_keys_off(mut self) -> Migration<'a> {
        self.foreign_keys_off = true;
        self
    }
}

impl<'a> From<(&'a str, &'a str)> for Migration<'a> {
    fn from((name, sql): (&'a str, &'a str)) -> Migration<'a> {
        Migration::new(name, sql)
    }
}

/// The outcome of an attempt to run the next step.
enum Next {
    /// There are no more steps.
    None,
    /// The step was run.
    Run,
    /// The step was not run, because it requires foreign keys to be off (`true`) or on (`false`).
    ForeignKeysOff(bool),
}

impl Database {
    /// Runs the steps that have not been run on this database, in their order, and records them.
    /// Each step runs in a separate transaction. Returns the number of steps that were run.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.migrate(&[
    ///     ("users", "create table users (id integer primary key, name text not null)"),
    ///     ("users by name", "create index users_by_name on users (name)"),
    /// ])
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The SQL of a step must not begin or end a transaction. A step cannot drop a table to which
    /// rows of other tables refer, unless the step has [foreign keys
    /// off](Migration::foreign_keys_off).
    ///
    /// # Errors
    /// - [`ErrorKind::Migration`] if a step that was run earlier is now missing, has another
    ///   position, or has another text (apart from whitespace and comments). In this case no step
    ///   is run.
    /// - [`ErrorKind::ForeignKey`] if a step would drop a table to which rows of other tables
    ///   refer, or leaves a foreign key violated.
    /// - [`ErrorKind::Unsupported`] if a step has foreign keys off and the database cannot switch
    ///   them off.
    /// - The errors of the steps. The steps before the failed one are kept.
    /// - [`ErrorKind::Timeout`] if a step cannot begin within
    ///   [`migrate_timeout`](crate::Builder::migrate_timeout), because other connections or
    ///   processes write, such as another instance of the program that runs the same steps.
    ///
    /// # Cancellation
    /// If the future is dropped, the current step is rolled back. The steps before it are kept.
    #[track_caller]
    pub fn migrate<'a, M: Clone + Into<Migration<'a>>>(
        &self,
        steps: &[M],
    ) -> impl Future<Output = Result<usize>> + Send + use<'a, M> {
        let steps: Vec<Migration<'a>> = steps.iter().cloned().map(M::into).collect();
        run(self.clone(), steps, Location::caller())
    }
}

async fn run(db: Database, steps: Vec<Migration<'_>>, location: &'static Location<'static>) -> Result<usize> {
    for (at, step) in steps.iter().enumerate() {
        if steps[..at].iter().any(|other| other.name == step.name) {
            return Err(Error::usage(format!("two migration steps are called `{}`", step.name)));
        }
        if step.name.contains('\0') {
            let name = step.name.escape_debug();
            return Err(Error::usage(format!(
                "the name of the migration step `{name}` contains a NUL character: remove it"
            )));
        }
    }
    let (mut run, mut how) = (0, BeginOptions::new(TransactionMode::Immediate, location));
    let foreign_keys_off = steps.iter().any(|step| step.foreign_keys_off);
    db.check_beginning(BeginOptions { foreign_keys_off, ..how })?;
    // The applied steps are read again before each step, because another process may run these
    // steps at the same time.
    loop {
        let tx = begin_in_turn(&db, how).await?;
        match run_in(tx, |tx| next_step(tx, &steps, how.foreign_keys_off)).await? {
            Next::None => return Ok(run),
            Next::Run => run += 1,
            Next::ForeignKeysOff(off) => how.foreign_keys_off = off,
        }
    }
}

/// How long a migration waits between two attempts to begin a transaction.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(20);

/// Begins the transaction of a step. Repeats the attempt while other connections or processes
/// write, until `migrate_timeout` has passed.
async fn begin_in_turn(db: &Database, how: BeginOptions) -> Result<Transaction> {
    let timeout = db.backend().settings().migrate_timeout;
    let until = after(Instant::now(), timeout);
    loop {
        match begin(db.without_default_timeout(), how).await {
            Err(error) if !matches!(error.kind(), ErrorKind::Busy | ErrorKind::Timeout) => return Err(error),
            Err(error) if Instant::now() >= until => {
                let message = format!(
                    "`migrate` could not begin its next step within {timeout:.1?}: {error}; if another process runs the \
                     same steps, set a longer `Builder::migrate_timeout`"
                );
                return Err(Error::new(ErrorKind::Timeout, message).with_source(error));
            }
            Err(_) => sleep(BETWEEN_ATTEMPTS).await,
            Ok(tx) => return Ok(tx),
        }
    }
}

async fn next_step(tx: Transaction, steps: &[Migration<'_>], foreign_keys_off: bool) -> Result<Next> {
    query(tx.dialect().catalogue()?.create_migrations).execute(&tx).await?;
    let catalogue = tx.dialect().catalogue()?;
    let applied: Vec<(String, String)> = query(catalogue.applied_migrations).all(&tx).await?;
    check_applied(steps, &applied)?;
    let Some(step) = steps.get(applied.len()) else { return Ok(Next::None) };
    if step.foreign_keys_off != foreign_keys_off {
        return Ok(Next::ForeignKeysOff(step.foreign_keys_off));
    }
    let done = async {
        tx.script(step.sql.into(), true).await?;
        if foreign_keys_off { check_foreign_keys(&tx).await } else { Ok(()) }
    };
    done.await.map_err(|error: Error| error.context(format_args!("migration step `{}`", step.name)))?;
    query(catalogue.record_migration).bind(applied.len() + 1).bind(step.name).bind(step.sql).execute(&tx).await?;
    Ok(Next::Run)
}

/// Checks that every foreign key refers to a row.
async fn check_foreign_keys(tx: &Transaction) -> Result<()> {
    let catalogue = tx.dialect().catalogue()?;
    let Some((table, row, references, key)) =
        query(catalogue.violated_key).optional::<(String, Option<i64>, String, i64)>(tx).await?
    else {
        return Ok(());
    };
    let columns: Vec<String> = query(catalogue.columns_of_key).bind(&*table).bind(key).all(tx).await?;
    let row = row.map_or_else(|| "a row".to_owned(), |row| format!("row {row}"));
    let message = format!("{row} of {table} references no existing row of {references} by {}", columns.join(", "));
    Err(Error::new(ErrorKind::ForeignKey { table, columns, references }, message))
}

fn check_applied(steps: &[Migration<'_>], applied: &[(String, String)]) -> Result<()> {
    for (index, (name, text)) in applied.iter().enumerate() {
        let changed = match steps.get(index) {
            None => format!("step {} `{name}` was applied to the database, but is missing here", index + 1),
            Some(step) if step.name != name => {
                format!("step {} was applied as `{name}`, but is called `{}` here", index + 1, step.name)
            }
            Some(step) if differs(text, step.sql) => {
                format!(
                    "step {} `{name}` was changed after it was applied: undo the change and add a new step instead",
                    index + 1
                )
            }
            Some(_) => continue,
        };
        return Err(Error::new(ErrorKind::Migration { step: name.clone() }, changed));
    }
    Ok(())
}
