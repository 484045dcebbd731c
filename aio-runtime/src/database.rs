//! Databases: opening, connecting, closing.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::caught::Foreign;
use crate::connection::Connection;
use crate::engine::{Access, Command, Metrics, after, pause};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{Executor, Running, Session, Wanted};
use crate::row::FromRow;
use crate::sqlite::{Callers, Durability, Engine, Options, Raw, aggregate, check, parse_url, scalar};
use crate::types::ColumnType;

/// How long an attempt to empty the log waits for those who read from it, at first and at most.
const ATTEMPT: Duration = Duration::from_millis(5);
const LONGEST_ATTEMPT: Duration = Duration::from_millis(40);

/// A database: cheap to clone, and shared by all tasks.
///
/// Statements that are run on it directly go to its writer or to one of its readers, each with a connection on a thread
/// of its own. When the last clone is dropped it is closed without anyone waiting; [`close`](Database::close) waits.
#[derive(Clone)]
pub struct Database {
    executor: Executor,
}

impl Database {
    /// Opens a file, which is made if it is not there: a path or a URL.
    ///
    /// `sqlite:app.db`, `sqlite:///var/lib/app.db?mode=ro`, `sqlite::memory:`. Parameters of the URL are
    /// `mode=ro|rw|rwc|memory`, `cache`, `immutable=1`, `nolock=1` and `vfs=name`. A text without the scheme `sqlite:` or
    /// `file:` is a path, taken as it is; one that ends in such parameters is refused.
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
    /// [`ErrorKind::NotADatabase`](crate::ErrorKind::NotADatabase), [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a
    /// URL that is not understood.
    ///
    /// # Cancellation
    /// What was opened is closed.
    pub async fn open(path: impl AsRef<Path>) -> Result<Database> {
        Database::builder(path)?.open().await
    }

    /// Opens a database of its own that is gone when it is closed.
    ///
    /// It behaves as a file does, readers and all, because it is one: in the system's memory file system or, where
    /// there is none, in its temporary directory. The file is removed by `close`, or by the drop of the last handle; what
    /// a process leaves behind that ends without either is removed when another one opens such a database.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) where no such directory can be written.
    pub async fn memory() -> Result<Database> {
        Builder { options: Options::in_memory() }.open().await
    }

    /// Opens a file in another way than the usual one.
    ///
    /// ```
    /// # use aio_runtime::{Database, Durability, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")?
    ///     .readers(4)
    ///     .durability(Durability::Normal)
    ///     .pragma("mmap_size", 1 << 28)
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) for a URL that is not understood.
    pub fn builder(path: impl AsRef<Path>) -> Result<Builder> {
        let path = path.as_ref();
        let options = match path.to_str() {
            Some(text) => parse_url(text)?,
            None => Options::for_path(path.to_owned()),
        };
        Ok(Builder { options })
    }

    /// A connection on a thread of its own.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after `close`.
    ///
    /// # Cancellation
    /// What was opened is given back.
    pub async fn connect(&self) -> Result<Connection> {
        let session = Session::new(self.executor.engine().connect().await?);
        let executor = Executor::connection(Arc::clone(self.executor.engine()), Arc::clone(&session));
        Ok(Connection::new(executor, session))
    }

    /// Refuses new work, runs what is queued, waits for open transactions and streams, and then until every thread has
    /// ended and the file is closed.
    ///
    /// What is open after [`close_timeout`](Builder::close_timeout) is ended: transactions are rolled back, streams and
    /// reads under way fail with [`ErrorKind::Closed`](crate::ErrorKind::Closed).
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Cancellation
    /// The database closes all the same.
    pub async fn close(self) -> Result<()> {
        self.executor.engine().close().await;
        Ok(())
    }

    /// Writes the write-ahead log into the file and empties it.
    ///
    /// The database does so by itself; call it before the file is copied by other means, or to
    /// give disk space back. While reads under way need the log it is tried again and again, up to
    /// [`busy_timeout`](Builder::busy_timeout), and others read and write between two attempts.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`](crate::ErrorKind::Busy) where reads under way still need the log. What
    /// could be written into the file has been.
    ///
    /// # Cancellation
    /// There is no further attempt; one that has begun is finished.
    pub async fn checkpoint(&self) -> Result<()> {
        let until = after(Instant::now(), self.executor.engine().options().busy_timeout);
        let mut patience = ATTEMPT;
        loop {
            let command = Command::Checkpoint { restart: None, patience };
            let result = Running::new(self, command, Wanted::OUTCOME).outcome().await;
            match result {
                Err(error) if *error.kind() == ErrorKind::Busy && Instant::now() < until => {}
                result => return result.map(drop),
            }
            // An attempt keeps others from writing. They have most of the time.
            pause(patience * 4).await;
            patience = (patience * 2).min(LONGEST_ATTEMPT);
        }
    }

    /// Looks through the whole file for damage (<https://sqlite.org/pragma.html#pragma_integrity_check>), on a reader.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) with what was found.
    ///
    /// # Cancellation
    /// It is stopped.
    pub async fn integrity_check(&self) -> Result<()> {
        self.call(Access::Read, None, |raw| check(raw)).await?
    }

    /// What it has done since it was opened, and how it stands.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// let metrics = db.metrics();
    /// println!("{} writes wait; {} were committed in {} groups", metrics.queued_writes, metrics.grouped, metrics.groups);
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics(&self) -> Metrics {
        self.executor.engine().metrics()
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.executor.engine().is_closed()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.executor.engine().options().path
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
        f.debug_struct("Database").field("path", &self.path()).field("closed", &self.is_closed()).finish()
    }
}

/// How a database is opened; see [`Database::builder`].
#[derive(Debug)]
#[must_use = "nothing is opened until `open`"]
pub struct Builder {
    options: Options,
}

impl Builder {
    /// How many connections read at once for statements on the database itself; as many as cores, at least two, unless
    /// said.
    pub fn readers(mut self, readers: u32) -> Builder {
        self.options.readers = readers.clamp(1, 1024);
        self
    }

    /// How many explicit connections and transactions of the database itself there may be at once; 64 unless said.
    /// Further ones wait.
    pub fn max_connections(mut self, connections: u32) -> Builder {
        self.options.connections = connections.clamp(1, 65_536);
        self
    }

    /// How long a lock of another process is waited for; 5 s unless said.
    pub fn busy_timeout(mut self, timeout: Duration) -> Builder {
        self.options.busy_timeout = timeout;
        self
    }

    /// How long anything waits for its turn: a statement for the writer or a reader, `begin` for the right to write,
    /// `connect` for a place among [`max_connections`](Builder::max_connections); 30 s unless said. What waits longer fails
    /// with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), which says what it waited for.
    pub fn acquire_timeout(mut self, timeout: Duration) -> Builder {
        self.options.acquire_timeout = timeout;
        self
    }

    /// How long a statement may take, its waiting included, unless [it says something else](crate::Select::timeout); as
    /// long as it takes unless said.
    pub fn timeout(mut self, timeout: Duration) -> Builder {
        self.options.timeout = Some(timeout);
        self
    }

    /// How long `close` waits for open transactions and streams before it ends them; 10 s unless said.
    pub fn close_timeout(mut self, timeout: Duration) -> Builder {
        self.options.close_timeout = timeout;
        self
    }

    /// Whether writes that wait for the writer share a commit; they do unless said.
    ///
    /// Each is its own statement all the same: it fails alone, and is answered when it is committed. So that this
    /// holds for deferred foreign keys too, statements that name a table with such a key share no commit.
    pub fn group_commit(mut self, on: bool) -> Builder {
        self.options.group_commit = on;
        self
    }

    /// How many bytes the write-ahead log may have before new reads wait until it can be begun
    /// anew; 64 MiB unless said, 0 for no limit.
    ///
    /// SQLite cannot begin the log anew while reads overlap. Reads wait no longer than the ones
    /// under way take, 5 s at most; a read that does not end lets the log grow past the limit, of
    /// which a warning tells. A log that such a read, or one large write, has made longer than
    /// twice the limit is cut off as soon as nobody reads from it.
    pub fn wal_limit(mut self, bytes: u64) -> Builder {
        self.options.wal_limit = bytes;
        self
    }

    /// How long a transaction may keep others from writing until a `tracing` warning names where it was begun; 1 s unless
    /// said.
    pub fn warn_after(mut self, held: Duration) -> Builder {
        self.options.warn_after = held;
        self
    }

    /// How long a statement runs until a `tracing` warning calls it slow; 1 s unless said.
    pub fn slow_statement(mut self, slow: Duration) -> Builder {
        self.options.slow = slow;
        self
    }

    /// Whether the values of statements are told to `tracing`; they are not unless said, for they may be secrets.
    pub fn trace_values(mut self, on: bool) -> Builder {
        self.options.trace_values = on;
        self
    }

    /// What has happened when a write is answered; it survives a power loss unless said otherwise.
    pub fn durability(mut self, durability: Durability) -> Builder {
        self.options.durability = durability;
        self
    }

    /// How much of the file each connection keeps in memory, in KiB; 2000 unless said.
    pub fn cache(mut self, kibibytes: u32) -> Builder {
        self.options.cache = Some(kibibytes);
        self
    }

    /// How many prepared statements each connection keeps; 128 unless said.
    pub fn statement_cache(mut self, statements: usize) -> Builder {
        self.options.statement_cache = statements;
        self
    }

    /// A pragma for every connection, set after the usual ones (write-ahead log, foreign keys on, `synchronous`).
    pub fn pragma(mut self, name: impl Into<String>, value: impl ToString) -> Builder {
        self.options.pragmas.push((name.into(), value.to_string()));
        self
    }

    /// Code for every new connection, on its thread: to register a function or a collation.
    ///
    /// What such a function returns as an error fails its statement; its words are left out of the
    /// [`Error`](crate::Error), for they may quote a value.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")?.on_connect(|raw| raw.execute_batch("PRAGMA recursive_triggers = 1"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_connect(
        mut self,
        hook: impl Fn(&mut Raw) -> Result<(), rusqlite::Error> + Send + Sync + 'static,
    ) -> Builder {
        let hook = Foreign::new(hook);
        self.options.on_connect.push(Arc::new(move |raw| hook.get().map_or(Ok(()), |hook| hook(raw))));
        self
    }

    /// Registers a function on every connection, which statements call by its name: of one value, or of several as a
    /// tuple. It must return the same for the same arguments.
    ///
    /// What stands in the file cannot call it, since a file may come from anybody: a view or a trigger that does fails.
    /// [`schema_function`](Builder::schema_function) is for those.
    ///
    /// A panic in it is an error of the statement. [`sql_function!`](crate::sql_function!) makes it one of typed queries.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, sql, sql_function};
    /// sql_function!(fn vowels(text: String) -> i64);
    ///
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")?
    ///     .function("vowels", |text: String| text.chars().filter(|c| "aeiou".contains(*c)).count() as i64)
    ///     .function("between", |(x, low, high): (i64, i64, i64)| low <= x && x <= high)
    ///     .open()
    ///     .await?;
    /// let three: i64 = sql!("select vowels('banana')").scalar(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn function<A: FromRow, R: ColumnType>(
        mut self,
        name: impl Into<String>,
        function: impl Fn(A) -> R + Send + Sync + 'static,
    ) -> Builder {
        self.options.on_connect.push(scalar(name.into(), Callers::Statements, function));
        self
    }

    /// Registers a function as [`function`](Builder::function) does, which indexes, checks, generated columns, triggers
    /// and views may call too.
    ///
    /// Whoever has made the file decides when it is called and with what: it must do nothing but compute its result
    /// (<https://sqlite.org/c3ref/c_deterministic.html#sqliteinnocuous>). Every program that writes the file needs it.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder(":memory:")?
    ///     .schema_function("slug", |title: String| title.to_lowercase().replace(' ', "-"))
    ///     .open()
    ///     .await?;
    /// db.execute_script("create table post (title text, slug text as (slug(title)) stored unique)").await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn schema_function<A: FromRow, R: ColumnType>(
        mut self,
        name: impl Into<String>,
        function: impl Fn(A) -> R + Send + Sync + 'static,
    ) -> Builder {
        self.options.on_connect.push(scalar(name.into(), Callers::Schema, function));
        self
    }

    /// Lets the schema of the file call what a schema may not call unless it is trusted: functions that
    /// [`on_connect`](Builder::on_connect) has registered, and those of SQLite that could do harm. Views with `bm25` or
    /// `highlight` need it.
    ///
    /// Only for files that nobody else has made or changed: their views and triggers run when the application reads and
    /// writes (<https://sqlite.org/pragma.html#pragma_trusted_schema>). What [`function`](Builder::function) and
    /// [`aggregate`](Builder::aggregate) have registered is for statements alone all the same.
    pub fn trust_schema(mut self) -> Builder {
        self.options.trust_schema = true;
        self
    }

    /// Registers a function of many rows on every connection: how it begins, what each row adds, and what comes of it.
    /// [`sql_aggregate!`](crate::sql_aggregate!) types it for queries. SQLite takes it of groups, and of no windows, and
    /// statements alone call it.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, sql_aggregate};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, karma: f64 }
    /// sql_aggregate!(fn median(of: f64) -> Option<f64>);
    ///
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")?
    ///     .aggregate(
    ///         "median",
    ///         Vec::new,
    ///         |values: &mut Vec<f64>, value: f64| values.push(value),
    ///         |mut values| {
    ///             values.sort_by(f64::total_cmp);
    ///             values.get(values.len() / 2).copied()
    ///         },
    ///     )
    ///     .open()
    ///     .await?;
    /// let median: Option<f64> = User::select().columns(median(User::KARMA)).one(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn aggregate<S: Send + 'static, A: FromRow, R: ColumnType>(
        mut self,
        name: impl Into<String>,
        begin: impl Fn() -> S + Send + Sync + 'static,
        step: impl Fn(&mut S, A) + Send + Sync + 'static,
        end: impl Fn(S) -> R + Send + Sync + 'static,
    ) -> Builder {
        self.options.on_connect.push(aggregate(name.into(), begin, step, end));
        self
    }

    /// Opens the file for reading only: it must exist, and its journal is left as it is.
    pub fn read_only(mut self) -> Builder {
        (self.options.read_only, self.options.create) = (true, false);
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    /// As [`Database::open`]; those of a pragma or hook.
    ///
    /// # Cancellation
    /// What was opened is closed.
    pub async fn open(self) -> Result<Database> {
        if self.options.read_only && self.options.is_in_memory {
            return Err(Error::usage("a database in memory begins empty: it cannot be opened for reading only"));
        }
        Ok(Database { executor: Executor::database(Engine::open(self.options).await?) })
    }
}
