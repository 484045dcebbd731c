//! Databases: opening, connecting, closing.

#[cfg(feature = "sqlite")]
mod sqlite;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::{Backend, Metrics, Settings};
use crate::error::{Error, Result};
use crate::executor::Executor;
#[cfg(test)]
use crate::fake::{DIALECT, Fake, SCHEME};

/// A database: cheap to clone, and shared by all tasks.
///
/// Statements that are run on it directly go to its writer or to one of its readers, each with a
/// connection on a thread of its own. When the last clone is dropped it is closed without anyone
/// waiting; [`close`](Database::close) waits.
#[derive(Clone)]
pub struct Database {
    executor: Executor,
}

impl Database {
    /// Opens a file, which is made if it is not there: a path or a URL.
    ///
    /// `sqlite:app.db`, `sqlite:///var/lib/app.db?mode=ro`, `sqlite::memory:`. Parameters of the
    /// URL are `mode=ro|rw|rwc|memory`, `cache`, `immutable=1`, `nolock=1` and `vfs=name`. A text
    /// without the scheme `sqlite:` or `file:` is a path, taken as it is; one that ends in such
    /// parameters is refused. A relative path is one of the working directory when it is opened; a
    /// later change of the working directory changes nothing.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::open("app.db").await?;
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) with the reason,
    /// [`ErrorKind::NotADatabase`](crate::ErrorKind::NotADatabase),
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a URL that is not understood.
    ///
    /// # Cancellation
    /// What was opened is closed.
    pub async fn open(path: impl AsRef<Path>) -> Result<Database> {
        Database::builder(path).open().await
    }

    /// Opens a file in another way than the usual one.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .max_connections(16)
    ///     .timeout(Duration::from_secs(5))
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// A path or URL that is not understood is an error of [`open`](Builder::open).
    pub fn builder(address: impl AsRef<Path>) -> Builder {
        Builder {
            address: address.as_ref().to_owned(),
            settings: Settings::default(),
            #[cfg(feature = "sqlite")]
            sqlite: sqlite::OwnSettings::default(),
        }
    }

    /// Refuses new work, runs what is queued, waits for open transactions and streams, and then
    /// until every thread has ended and the file is closed.
    ///
    /// What is open after [`close_timeout`](Builder::close_timeout) is ended: transactions are
    /// rolled back, streams and reads under way fail with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// It closes the database for all clones, and may be called again, on any of them and at the
    /// same time: each call waits until the file is closed, and is done at once where it is. What
    /// else is asked of a closed database fails with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Cancellation
    /// The database closes all the same, once the future was polled.
    pub fn close(&self) -> impl Future<Output = Result<()>> + Send + 'static + use<> {
        let executor = self.executor.clone();
        async move {
            executor.backend().close().await;
            Ok(())
        }
    }

    /// What it has done since it was opened, and how it stands.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let metrics = db.metrics();
    /// println!("{} writes wait, {} reads wait", metrics.queued_writes, metrics.queued_reads);
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics(&self) -> Metrics {
        self.backend().metrics()
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.backend().is_closed()
    }
}

impl Deref for Database {
    type Target = Executor;

    fn deref(&self) -> &Executor {
        &self.executor
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("address", &self.backend().address())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// How a database is opened; see [`Database::builder`].
#[must_use = "nothing is opened until `open`"]
pub struct Builder {
    /// Not to be shown, for it may hold a secret.
    address: PathBuf,
    settings: Settings,
    #[cfg(feature = "sqlite")]
    sqlite: sqlite::OwnSettings,
}

/// The databases that this build knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(test)]
    Fake,
}

impl Builder {
    /// Sets how many explicit connections and transactions of the database itself there may be at
    /// once. Further ones wait. Default: 64.
    pub fn max_connections(mut self, connections: u32) -> Builder {
        self.settings.connections = connections.clamp(1, 65_536);
        self
    }

    /// Sets how long anything waits for its turn: a statement for a connection, `begin` for the
    /// right to write, `connect` for one of the [`max_connections`](Builder::max_connections).
    /// What waits longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), which says
    /// what it waited for. Default: 30 s.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.acquire_timeout = timeout;
        self
    }

    /// Sets how long a statement of the application may take, its waiting included, unless [it
    /// says something else](crate::Select::timeout). Default: no limit.
    ///
    /// Statements of the application are those that read and write rows, typed or raw: each verb,
    /// a [`Batch`](crate::Batch), an `insert_all` of whatever many rows, each chunk of an
    /// `insert_stream`, a stream until its first rows come, and a closure that is passed to `run` and
    /// `run_read`.
    ///
    /// Others may take as long as they need: `create`, `drop` and their like, `migrate`,
    /// `execute_script`, `backup`, `checkpoint`, `integrity_check`, and raw statements about the
    /// schema or the upkeep of the database, which begin with CREATE, ALTER, DROP, REINDEX,
    /// ANALYZE, VACUUM, PRAGMA, ATTACH or DETACH, and a batch with one of these. Where one of them
    /// has a `timeout` of its own, it is held to that. `begin`, `commit` and `rollback` have no
    /// deadline: how long a transaction waits for its turn is
    /// [`acquire_timeout`](Builder::acquire_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how long [`migrate`](Database::migrate) waits to begin its next step while another
    /// process or another transaction of this one writes, such as a second instance of the program
    /// that runs the same steps. After that it fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Default: 5 minutes.
    ///
    /// An attempt that has begun goes on for as long as
    /// [`acquire_timeout`](Builder::acquire_timeout) and the database's own wait for a lock say.
    pub fn migrate_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.migrate_timeout = timeout;
        self
    }

    /// Sets how long `close` waits for open transactions and streams before it ends them. Default:
    /// 10 s.
    pub fn close_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.close_timeout = timeout;
        self
    }

    /// Sets how long a statement runs until a `tracing` warning calls it slow. Default: 1 s.
    pub fn slow_statement(mut self, slow: Duration) -> Builder {
        self.settings.slow_threshold = slow;
        self
    }

    /// Sets whether the values of statements are told to `tracing`. Default: they are not, for
    /// they may be secrets.
    pub fn trace_values(mut self, on: bool) -> Builder {
        self.settings.trace_values = on;
        self
    }

    /// Sets how many prepared statements each connection keeps. Default: 128.
    pub fn statement_cache(mut self, statements: usize) -> Builder {
        self.settings.statement_cache = statements;
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    /// As [`Database::open`]; those of what the settings run on a new connection;
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) where a setting was made that the
    /// database does not have.
    ///
    /// # Cancellation
    /// What was opened is closed.
    pub async fn open(self) -> Result<Database> {
        let kind = self.kind()?;
        #[cfg(feature = "sqlite")]
        self.sqlite.check(kind)?;
        Ok(Database { executor: Executor::database(self.backend(kind).await?) })
    }

    /// Returns which database the address names. What is no URL is a path, which only SQLite has.
    fn kind(&self) -> Result<Kind> {
        #[cfg(any(test, feature = "sqlite"))]
        let begins_with = |scheme: &str| self.address.to_str().is_some_and(|address| address.starts_with(scheme));
        #[cfg(test)]
        if begins_with(SCHEME) {
            return Ok(Kind::Fake);
        }
        #[cfg(feature = "sqlite")]
        return match scheme(&self.address) {
            Some(scheme) if !sqlite::SCHEMES.into_iter().any(begins_with) => {
                Err(Error::usage(format!("`{scheme}` is no database that this build knows: use `sqlite:` or a path")))
            }
            _ => Ok(Kind::Sqlite),
        };
        #[cfg(not(feature = "sqlite"))]
        Err(Error::usage("this build knows no database: switch on the feature of one, such as `sqlite`"))
    }

    async fn backend(self, kind: Kind) -> Result<Arc<dyn Backend>> {
        match kind {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => self.open_sqlite().await,
            #[cfg(test)]
            Kind::Fake => Ok(Arc::new(Fake::open(&self.address.to_string_lossy(), self.settings)?)),
        }
    }
}

/// Returns the scheme of an address that looks like a URL of whichever database.
#[cfg(feature = "sqlite")]
fn scheme(address: &Path) -> Option<&str> {
    let (scheme, _) = address.to_str()?.split_once("://")?;
    scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+').then_some(scheme)
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => "sqlite",
            #[cfg(test)]
            Kind::Fake => DIALECT.name(),
        }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("settings", &self.settings).finish_non_exhaustive()
    }
}
