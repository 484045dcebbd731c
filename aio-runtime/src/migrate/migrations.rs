//! The steps of a program, with the settings by which they are run.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Migration;
use super::digest::Digest;
use super::directives::Directives;
use super::progress::{MigrationProgress, OnProgress};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::transaction::Transaction;

/// The function of a step that is written in Rust.
pub(super) type StepFunction =
    Arc<dyn Fn(Transaction) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// The steps of [`Database::migrate`](crate::Database::migrate), in their order.
///
/// Usually they are a static, which [`migrations!`](crate::migrations!) makes from the files of
/// the folder `migrations`. They can also be listed by hand:
///
/// ```
/// # use aio_runtime::{Database, Migration, Migrations, Result, sql};
/// static STEPS: Migrations = Migrations::new(&[
///     Migration::new("0001_init", "create table users (id integer primary key, name text)"),
///     Migration::new("0002_names", "-- aio-sql: rust"),
/// ]);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// let steps = STEPS.with("0002_names", |tx| async move {
///     sql!("update users set name = trim(name)").execute(&tx).await?;
///     Ok(())
/// });
/// assert_eq!(db.migrate(&steps).await?.steps(), ["0001_init", "0002_names"]);
/// assert!(db.migrate(&steps).await?.steps().is_empty());
/// # db.close().await
/// # }
/// ```
///
/// Each setting returns new `Migrations`, so that a static can be used as it is in one place and
/// with settings in another.
#[derive(Clone)]
pub struct Migrations<'a> {
    list: List<'a>,
    pub(super) functions: Vec<(String, StepFunction)>,
    pub(super) allows_newer: bool,
    pub(super) backup: Option<PathBuf>,
    pub(super) on_progress: Option<OnProgress>,
    pub(super) lock_timeout: Duration,
}

/// A list of steps. It is not a `Cow`, because the lifetime of a `Cow` of a slice cannot be
/// shortened, and a static list of steps must be accepted where a shorter lifetime is expected.
#[derive(Clone)]
enum List<'a> {
    Borrowed(&'a [Migration<'a>]),
    Owned(Vec<Migration<'a>>),
    /// Each database has steps of its own.
    OfDatabases(&'a [(Dialect, &'a [Migration<'a>])]),
}

/// How long a step waits for a lock by default. While it waits, whoever needs the table waits
/// behind it, so that this should be shorter than the time that a client waits for an answer. It
/// is longer than the second (`deadlock_timeout`) after which PostgreSQL stops an autovacuum that
/// keeps others waiting.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

impl<'a> Migrations<'a> {
    /// Creates migrations from their steps.
    pub const fn new(steps: &'a [Migration<'a>]) -> Migrations<'a> {
        Migrations::of(List::Borrowed(steps))
    }

    /// Creates migrations for a program that opens databases of different kinds, from the steps of
    /// each kind. [`Database::migrate`](crate::Database::migrate) runs those of the database that
    /// is open. The steps of all lists should have the same names, so that a database can be
    /// copied into one of another kind.
    ///
    /// [`migrations!`](crate::migrations!) calls it for a folder with the folders `sqlite` and
    /// `postgres`.
    ///
    /// ```
    /// # use aio_runtime::{Dialect, Migration, Migrations};
    /// static STEPS: Migrations = Migrations::for_databases(&[
    ///     (Dialect::Sqlite, &[Migration::new("0001_init", "create table note (id integer)")]),
    ///     (Dialect::Postgres, &[Migration::new("0001_init", "create table note (id bigint)")]),
    /// ]);
    /// ```
    pub const fn for_databases(steps: &'a [(Dialect, &'a [Migration<'a>])]) -> Migrations<'a> {
        Migrations::of(List::OfDatabases(steps))
    }

    const fn of(list: List<'a>) -> Migrations<'a> {
        Migrations {
            list,
            functions: Vec::new(),
            allows_newer: false,
            backup: None,
            on_progress: None,
            lock_timeout: LOCK_TIMEOUT,
        }
    }

    /// Sets the function of the step with this name, which has the
    /// [directive](Migration#directives) `-- aio-sql: rust`.
    ///
    /// The function gets a transaction that is nested in that of the step, and that is committed
    /// if the function returns `Ok`. The function must neither commit it nor roll it back. The
    /// next call of `migrate` calls the function again if the step has failed, for example because
    /// it could not be committed.
    ///
    /// ```
    /// # use aio_runtime::{Database, Migrations, Result, sql};
    /// # async fn run(db: Database, steps: &Migrations<'_>) -> Result<()> {
    /// let steps = steps.with("0003_slugs", |tx| async move {
    ///     let posts: Vec<(i64, String)> = sql!("select id, title from post").all(&tx).await?;
    ///     for (id, title) in posts {
    ///         let slug = title.to_lowercase().replace(' ', "-");
    ///         sql!("update post set slug = {slug} where id = {id}").execute(&tx).await?;
    ///     }
    ///     Ok(())
    /// });
    /// db.migrate(&steps).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with<F, Fut>(&self, step: &str, function: F) -> Migrations<'a>
    where
        F: Fn(Transaction) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let mut with = self.clone();
        with.functions.push((step.to_owned(), Arc::new(move |tx| Box::pin(function(tx)))));
        with
    }

    /// Accepts a database on which steps were run that follow these steps, and which the program
    /// does not know, because a newer version of it has run them.
    ///
    /// Use it for programs that still work with the newer schema, such as the old version during a
    /// rolling update.
    #[must_use]
    pub fn allow_newer(&self) -> Migrations<'a> {
        Migrations { allows_newer: true, ..self.clone() }
    }

    /// Copies the database to `path` before the first step is run that loses data on purpose, that
    /// is, one with the [directive](Migration#directives) `-- aio-sql: accepts loss of`.
    ///
    /// If `path` is a folder, the copy is a file in it that is named after the step, with a number
    /// if that file exists. Otherwise `path` is the file, which must not exist, because a backup
    /// replaces no file. Nobody can write between the copy and the step.
    ///
    /// ```
    /// # use aio_runtime::{Database, Migrations, Result};
    /// # async fn run(db: Database, steps: &Migrations<'_>) -> Result<()> {
    /// let report = db.migrate(steps.backup_to("/var/backups/shop")).await?;
    /// if let Some(file) = report.backup() {
    ///     println!("the data before the migration is in {}", file.display());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn backup_to(&self, path: impl AsRef<Path>) -> Migrations<'a> {
        Migrations { backup: Some(path.as_ref().to_owned()), ..self.clone() }
    }

    /// Calls a closure when a step begins, about ten times a second while its SQL runs, and when
    /// its SQL has ended. The closure is called by the task that awaits the migration.
    ///
    /// The rows of a table without rowid, and those of `insert into … select * from …` where both
    /// tables are alike, are counted when the statement has ended. The statements of a step's
    /// function are not counted.
    ///
    /// ```
    /// # use aio_runtime::{Database, Migrations, Result};
    /// # async fn run(db: Database, steps: &Migrations<'_>) -> Result<()> {
    /// let steps = steps.progress(|progress| match progress.total {
    ///     Some(total) => println!("{}: {} of {total} rows", progress.step, progress.rows),
    ///     None => println!("{}: {} rows", progress.step, progress.rows),
    /// });
    /// db.migrate(&steps).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn progress(&self, progress: impl Fn(MigrationProgress<'_>) + Send + Sync + 'static) -> Migrations<'a> {
        Migrations { on_progress: Some(Arc::new(progress)), ..self.clone() }
    }

    /// Sets how long a step waits for the lock of a table or a row on a server. Default: 2 s. With
    /// zero it waits without a limit.
    ///
    /// A statement such as `ALTER TABLE` waits for all transactions that have read the table, and
    /// whoever reads the table then waits behind that statement. So a step that does not get a
    /// lock in this time is rolled back, the others go on, and after as long a pause the step runs
    /// again, until [`migrate_timeout`](crate::Builder::migrate_timeout) has passed. Then the
    /// error says who holds the lock. A step that fails because of a deadlock is repeated, too. If
    /// the step is a function, the function is called again.
    ///
    /// A single step sets another time by the statement `SET LOCAL lock_timeout = '10s'`. For a
    /// statement with CONCURRENTLY no limit is set, because nobody waits behind it.
    ///
    /// SQLite has a single lock, for which [`migrate`](crate::Database::migrate) waits before a
    /// step begins.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use aio_runtime::{Database, Migrations, Result};
    /// # async fn run(db: Database, steps: &Migrations<'_>) -> Result<()> {
    /// db.migrate(steps.lock_timeout(Duration::from_millis(500))).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn lock_timeout(&self, timeout: Duration) -> Migrations<'a> {
        Migrations { lock_timeout: timeout, ..self.clone() }
    }

    /// Returns the migrations with the steps of this kind of database. `address` is the database,
    /// for the error.
    ///
    /// # Errors
    /// Fails if there are steps only for databases of other kinds.
    pub(crate) fn of_database(mut self, dialect: Dialect, address: &str) -> Result<Migrations<'a>> {
        let List::OfDatabases(lists) = self.list else { return Ok(self) };
        let Some((_, steps)) = lists.iter().find(|(of, _)| *of == dialect) else {
            let others = lists.iter().map(|(of, _)| of.name()).collect::<Vec<_>>().join(" and ");
            return Err(Error::usage(format!(
                "the migrations have steps for {others} and none for {name}, which the database {address} is: write them \
                 in the folder `migrations/{name}`",
                name = dialect.name()
            )));
        };
        self.list = List::Borrowed(steps);
        Ok(self)
    }

    /// Returns migrations with the first `count` steps and their functions, and with no other
    /// settings.
    pub(crate) fn first(&self, count: usize) -> Migrations<'a> {
        let steps = self.steps().get(..count).unwrap_or(self.steps()).to_vec();
        let mut functions = self.functions.clone();
        functions.retain(|(name, _)| steps.iter().any(|step| step.name == name));
        Migrations { functions, ..Migrations::of(List::Owned(steps)) }
    }

    /// Returns the digest of all steps, or `None` if a function belongs to no step, or two
    /// functions to one.
    pub(super) fn digest(&self) -> Option<Digest> {
        let mut functions = 0;
        let digest = self.steps().iter().fold(Digest::NONE, |digest, step| {
            let is_function = self.functions.iter().any(|(name, _)| name == step.name);
            functions += usize::from(is_function);
            digest.with(step.name, step.sql, is_function)
        });
        (functions == self.functions.len()).then_some(digest)
    }

    /// Returns what the step with this index loses on purpose.
    pub(crate) fn accepted_losses(&self, index: usize) -> Result<Vec<String>> {
        let Some(step) = self.steps().get(index) else { return Ok(Vec::new()) };
        Directives::read(step.sql).map(|directives| directives.loses)
    }

    /// Returns the steps. If each kind of database has steps of its own, returns those of the kind
    /// that was listed first.
    pub fn steps(&self) -> &[Migration<'a>] {
        match &self.list {
            List::Borrowed(steps) => steps,
            List::Owned(steps) => steps,
            List::OfDatabases(lists) => match lists.first() {
                Some((_, steps)) => steps,
                None => &[],
            },
        }
    }
}

impl std::fmt::Debug for Migrations<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let functions: Vec<_> = self.functions.iter().map(|(step, _)| step).collect();
        f.debug_struct("Migrations")
            .field("steps", &self.steps())
            .field("functions", &functions)
            .field("allows_newer", &self.allows_newer)
            .field("backup", &self.backup)
            .field("lock_timeout", &self.lock_timeout)
            .finish()
    }
}

impl<'a> From<&Migrations<'a>> for Migrations<'a> {
    fn from(migrations: &Migrations<'a>) -> Migrations<'a> {
        migrations.clone()
    }
}

impl<'a, M: Clone + Into<Migration<'a>>> From<&[M]> for Migrations<'a> {
    fn from(steps: &[M]) -> Migrations<'a> {
        let steps = steps.iter().cloned().map(M::into).collect();
        Migrations::of(List::Owned(steps))
    }
}

impl<'a, M: Clone + Into<Migration<'a>>, const N: usize> From<&[M; N]> for Migrations<'a> {
    fn from(steps: &[M; N]) -> Migrations<'a> {
        steps.as_slice().into()
    }
}

impl<'a, M: Clone + Into<Migration<'a>>> From<&Vec<M>> for Migrations<'a> {
    fn from(steps: &Vec<M>) -> Migrations<'a> {
        steps.as_slice().into()
    }
}
