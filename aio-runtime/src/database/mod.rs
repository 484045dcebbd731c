//! Opening and closing of databases.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::errors::closed;
use crate::engine::{Backend, Metrics, ReplicaStatus, Settings};
use crate::error::{Error, Result};
use crate::executor::Executor;
#[cfg(test)]
use crate::fake::{DIALECT, Fake, SCHEME};

/// An open database. This handle is cheap to clone, and clones share the connections of the
/// database.
///
/// Statements that are run on it directly go to one of its connections, each of which has a thread
/// of its own: with SQLite, to the one that writes or to one of those that read; with a database
/// server, to one that is idle. When the last clone is dropped, the database is closed in the
/// background; [`close`](Database::close) waits until it is closed.
///
/// ```
/// # use aio_runtime::{Database, Result, sql};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::memory().await?;
/// db.execute_script("create table greeting (word text)").await?;
/// sql!("insert into greeting values ({\"hello\"})").execute(&db).await?;
/// let word: String = sql!("select word from greeting").scalar(&db).await?;
/// assert_eq!(word, "hello");
/// db.close().await
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    executor: Executor,
}

impl Database {
    /// Opens the database at a path or URL. A file is created if it does not exist.
    ///
    /// The URL of a PostgreSQL database (feature `postgres`) is written like
    /// `postgres://user:password@host:5432/database`. Characters that have a meaning in a URL are
    /// percent-encoded in a name or a password. The parameters that may follow are those of
    /// PostgreSQL's own programs
    /// (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>), such as
    /// `sslmode`, `application_name` or `host=/run/postgresql` for the socket of a server on the
    /// same machine. With the feature `tls`, a connection to another machine is encrypted, and its
    /// server verified, unless `sslmode` names a weaker mode. Without the feature, such an
    /// address has to say `sslmode=disable`.
    ///
    /// The URL of a SQLite database is written like `sqlite:app.db`,
    /// `sqlite:///var/lib/app.db?mode=ro` or `sqlite::memory:`. It may have the parameters
    /// `mode=ro|rw|rwc|memory`, `cache`, `immutable=1`, `nolock=1` and `vfs=name`. A text without
    /// the scheme `sqlite:` or `file:` is used as a path without changes; a path that ends in such
    /// parameters is an error. A relative path is resolved when the database is opened; later
    /// changes of the working directory have no effect.
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
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) with the reason if the file cannot
    /// be opened, or if the server cannot be reached or refuses the login,
    /// [`ErrorKind::NotADatabase`](crate::ErrorKind::NotADatabase) if it is not a database,
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the URL is invalid.
    ///
    /// # Cancellation
    /// If the future is dropped, the connections that were opened are closed.
    pub async fn open(path: impl AsRef<Path>) -> Result<Database> {
        Database::builder(path).open().await
    }

    /// Returns a builder, which opens the database at a path or URL with settings that differ from
    /// the defaults.
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
    /// An invalid URL is reported by [`Builder::open`].
    pub fn builder(address: impl AsRef<Path>) -> Builder {
        Builder {
            address: address.as_ref().to_owned(),
            settings: Settings::default(),
            #[cfg(feature = "postgres")]
            postgres: postgres::PostgresSettings::default(),
            #[cfg(feature = "sqlite")]
            sqlite: sqlite::SqliteSettings::default(),
        }
    }

    /// Closes the database: refuses new statements, runs those that are queued, and waits for open
    /// transactions and streams to end. The future is ready when every thread has ended and the
    /// file is closed.
    ///
    /// After [`close_timeout`](Builder::close_timeout), open transactions are rolled back, and
    /// streams and reads, running or still queued, fail with
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// The database is closed for all clones. This method may be called several times, also
    /// concurrently: each call waits until the file is closed. Anything else that is run on a
    /// closed database fails with [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Cancellation
    /// Once the future has been polled, the database is closed even if the future is then dropped.
    pub fn close(&self) -> impl Future<Output = Result<()>> + Send + 'static + use<> {
        let executor = self.executor.clone();
        async move {
            executor.backend().close().await;
            Ok(())
        }
    }

    /// Returns counters of the work since the database was opened, and its current state.
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

    /// Asks each [replica](Builder::replica) for its state, in the order in which they were added
    /// to the builder. Returns an empty list for a database without replicas.
    ///
    /// A connection is opened to each replica for the question, and given up after five seconds.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = Database::memory().await?;
    /// for replica in db.replicas().await? {
    ///     println!("{}: {:?} behind, {} reads", replica.address, replica.lag, replica.reads);
    /// }
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after the database was closed. That a
    /// replica cannot be reached is a part of its state.
    ///
    /// # Cancellation
    /// If the future is dropped, the replicas are no longer waited for.
    pub async fn replicas(&self) -> Result<Vec<ReplicaStatus>> {
        if self.is_closed() {
            return Err(closed());
        }
        Ok(self.backend().replicas().await)
    }

    /// Returns whether the database is closed or being closed.
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

/// Opens a database with settings, made by [`Database::builder`].
///
/// ```
/// # use std::time::Duration;
/// # use aio_runtime::{Database, Durability, Result};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let db = Database::builder(":memory:")
///     .readers(4)
///     .timeout(Duration::from_secs(10))
///     .statement_cache(256)
///     .durability(Durability::Full)
///     .open()
///     .await?;
/// # db.close().await
/// # }
/// ```
#[must_use = "nothing is opened until `open`"]
pub struct Builder {
    /// The address is not shown by `Debug`, because it may contain a secret.
    address: PathBuf,
    settings: Settings,
    #[cfg(feature = "postgres")]
    postgres: postgres::PostgresSettings,
    #[cfg(feature = "sqlite")]
    sqlite: sqlite::SqliteSettings,
}

/// The kinds of database that this build supports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(test)]
    Fake,
}

impl Builder {
    /// Sets the maximum number of explicit connections and of transactions on the database that
    /// may be open at the same time, counted together. A further connection or transaction waits
    /// until one of these ends. Default: 64; with a database server, those of its `connections`
    /// that do not serve statements on the database itself.
    pub fn max_connections(mut self, connections: u32) -> Builder {
        self.settings.connections = connections.clamp(1, 65_536);
        self
    }

    /// Sets how long to wait for a resource: a statement for a connection, `begin` for the
    /// permission to write, `connect` for one of the
    /// [`max_connections`](Builder::max_connections). After that time, the call fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), whose message names the resource.
    /// Default: 30 s.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.acquire_timeout = timeout;
        self
    }

    /// Sets the default timeout of statements, including the time that they wait. A statement can
    /// [set another timeout](crate::Select::timeout). Default: no timeout.
    ///
    /// It applies to all statements that read and write rows, typed or raw: to each verb, to a
    /// [`Batch`](crate::Batch), to an `insert_all` as a whole, to each chunk of an
    /// `insert_stream`, to a stream until its first rows arrive, and to closures that are passed
    /// to `run` and `run_read`.
    ///
    /// It does not apply to `create`, `drop` and the like, `migrate`, `execute_script`, `backup`,
    /// `checkpoint`, `integrity_check`, to raw statements about the schema or the maintenance of
    /// the database (those that begin with CREATE, ALTER, DROP, REINDEX, ANALYZE, VACUUM, PRAGMA,
    /// ATTACH or DETACH), nor to a batch that contains one of these. A timeout that is set on such
    /// a statement itself does apply. The default timeout does not apply to `begin`, `commit` and
    /// `rollback` either: how long a transaction waits to begin is set by
    /// [`acquire_timeout`](Builder::acquire_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.settings.timeout = Some(timeout);
        self
    }

    /// Sets how long [`migrate`](Database::migrate) waits to begin its next step while another
    /// process or another transaction writes, for example a second instance of the program that
    /// runs the same steps. After that time, `migrate` fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Default: 5 minutes.
    ///
    /// A single attempt to begin a step may take longer, up to
    /// [`acquire_timeout`](Builder::acquire_timeout) and the time that the database waits for a
    /// lock.
    pub fn migrate_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.migrate_timeout = timeout;
        self
    }

    /// Sets how long [`close`](Database::close) waits for open transactions and streams before it
    /// ends these. Default: 10 s.
    pub fn close_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.close_timeout = timeout;
        self
    }

    /// Sets whether writes on the database that wait for a connection share a commit, and thereby
    /// wait together for the disk. Default: they do.
    ///
    /// Each of these writes can still fail without the others, and each is answered after it was
    /// committed. To guarantee this for deferred foreign keys too, statements of SQLite that may
    /// violate such a key do not share a commit. On PostgreSQL each write remains a transaction of
    /// its own, so that other sessions may see what it has written a moment before that has
    /// reached the disk.
    pub fn group_commit(mut self, on: bool) -> Builder {
        self.settings.group_commit = on;
        self
    }

    /// Sets the running time from which on a statement is slow: a `tracing` warning reports it at
    /// its end. Default: 1 s.
    pub fn slow_statement(mut self, slow: Duration) -> Builder {
        self.settings.slow_threshold = slow;
        self
    }

    /// Sets whether the parameters of statements are passed to `tracing`. Default: they are not,
    /// because they may be secrets.
    pub fn trace_values(mut self, on: bool) -> Builder {
        self.settings.trace_values = on;
        self
    }

    /// Sets the number of prepared statements that each connection caches. Default: 128.
    pub fn statement_cache(mut self, statements: usize) -> Builder {
        self.settings.statement_cache = statements;
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    /// Those of [`Database::open`]; the errors of statements and closures that the settings run on
    /// a new connection; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) if the database
    /// does not have one of the settings.
    ///
    /// # Cancellation
    /// If the future is dropped, the connections that were opened are closed.
    pub async fn open(self) -> Result<Database> {
        let kind = self.kind()?;
        #[cfg(feature = "postgres")]
        self.postgres.check(kind)?;
        #[cfg(feature = "sqlite")]
        self.sqlite.check(kind)?;
        Ok(Database { executor: Executor::for_database(self.backend(kind).await?) })
    }

    /// Returns the kind of database at the address. An address that is not a URL is a path, which
    /// only SQLite supports.
    fn kind(&self) -> Result<Kind> {
        #[cfg(any(test, feature = "postgres", feature = "sqlite"))]
        let begins_with = |scheme: &str| self.address.to_str().is_some_and(|address| address.starts_with(scheme));
        #[cfg(test)]
        if begins_with(SCHEME) {
            return Ok(Kind::Fake);
        }
        #[cfg(feature = "postgres")]
        if postgres::SCHEMES.into_iter().any(begins_with) {
            return Ok(Kind::Postgres);
        }
        #[cfg(feature = "sqlite")]
        return match scheme(&self.address) {
            Some(scheme) if !sqlite::SCHEMES.into_iter().any(begins_with) => Err(unsupported_scheme(scheme)),
            _ => Ok(Kind::Sqlite),
        };
        #[cfg(not(feature = "sqlite"))]
        Err(Error::usage("this build does not support any database: enable the feature of one, such as `sqlite`"))
    }

    async fn backend(self, kind: Kind) -> Result<Arc<dyn Backend>> {
        match kind {
            #[cfg(feature = "postgres")]
            Kind::Postgres => self.open_postgres().await,
            #[cfg(feature = "sqlite")]
            Kind::Sqlite => self.open_sqlite().await,
            #[cfg(test)]
            Kind::Fake => Ok(Arc::new(Fake::open(&self.address.to_string_lossy(), self.settings)?)),
        }
    }
}

/// Returns the error for the URL of a database that this build does not support.
#[cfg(feature = "sqlite")]
fn unsupported_scheme(scheme: &str) -> Error {
    let advice = match scheme {
        "postgres" | "postgresql" => "enable the feature `postgres` of aio-sql",
        _ if cfg!(feature = "postgres") => "use `postgres://`, `sqlite:` or a path",
        _ => "use `sqlite:` or a path",
    };
    Error::usage(format!("this build does not support databases of the scheme `{scheme}`: {advice}"))
}

/// Returns the scheme of an address that looks like the URL of any kind of database, or `None` if
/// it looks like a path.
#[cfg(feature = "sqlite")]
fn scheme(address: &Path) -> Option<&str> {
    let (scheme, _) = address.to_str()?.split_once("://")?;
    scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+').then_some(scheme)
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "postgres")]
            Kind::Postgres => "postgres",
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
