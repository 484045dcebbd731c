//! What a database does, and how it is opened, on SQLite alone.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Builder, Database, Kind};
use crate::caught::Foreign;
use crate::engine::{Access, Backend, after, sleep};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{Running, Wanted};
use crate::row::FromRow;
pub(super) use crate::sqlite::SCHEMES;
use crate::sqlite::{
    BackupFile, BackupProgress, Callers, CheckpointCommand, Durability, Engine, Options, Raw, Settings, aggregate,
    check, scalar,
};
use crate::types::ColumnType;

/// How long an attempt to empty the log waits for those who read from it, at first and at most.
const ATTEMPT: Duration = Duration::from_millis(5);
const LONGEST_ATTEMPT: Duration = Duration::from_millis(40);

impl Database {
    /// Opens a database of its own that is gone when it is closed.
    ///
    /// It behaves as a file does, readers and all, because it is one. The file is removed by
    /// `close`, or by the drop of the last handle; what a process leaves behind that ends without
    /// either is removed when another one opens such a database.
    ///
    /// On Linux it lies in the folder for shared memory, `/dev/shm`, where at least 1 GiB is free
    /// there. Containers often have 64 MB: it then lies in the temporary folder, which the
    /// environment variable `TMPDIR` names, unless that is a file system in memory too and has
    /// even less. Elsewhere it lies in the temporary folder. What is written there is never waited
    /// for, so that a disk is hardly slower.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) where no such directory can be
    /// written. Later, [`ErrorKind::Full`](crate::ErrorKind::Full) where the folder is full: it
    /// names the folder, and says what to set.
    pub async fn memory() -> Result<Database> {
        Database::builder(":memory:").open().await
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
        let until = after(Instant::now(), self.sqlite("`checkpoint`")?.options().sqlite.busy_timeout);
        let mut busy_timeout = ATTEMPT;
        loop {
            let command = CheckpointCommand::truncate(busy_timeout);
            let result = Running::new(self, command, Wanted::OUTCOME).outcome().await;
            match result {
                Err(error) if *error.kind() == ErrorKind::Busy && Instant::now() < until => {}
                result => return result.map(drop),
            }
            // An attempt keeps others from writing. They have most of the time.
            sleep(busy_timeout * 4).await;
            busy_timeout = (busy_timeout * 2).min(LONGEST_ATTEMPT);
        }
    }

    /// Looks through the whole file for damage
    /// (<https://sqlite.org/pragma.html#pragma_integrity_check>), on a reader.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) with what was found.
    ///
    /// # Cancellation
    /// It is stopped.
    pub async fn integrity_check(&self) -> Result<()> {
        self.without_default_timeout().call("`integrity_check`", Access::Read, |raw| check(raw)).await?
    }

    /// Copies the database to a new file while it is in use, as it is now.
    ///
    /// The copy is made by a connection of its own, a few pages at a time, and keeps nobody from
    /// writing; what is written meanwhile is not in it. The file appears at its path when it is
    /// whole, looked at and safe on the disk, and not before; who may read and write it is as for
    /// the original. The path is a path, never a URL.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.backup("monday.db", |progress| {
    ///     println!("{} of {} pages", progress.copied, progress.total);
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] where something lies at the path already, for a backup replaces
    /// nothing, and where the path is that of another file with `-wal`, `-journal` or `-shm`
    /// behind it, which SQLite may remove; [`ErrorKind::Io`](crate::ErrorKind::Io),
    /// [`ErrorKind::Full`](crate::ErrorKind::Full) and
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) where the copy cannot be written.
    /// Nothing is left of it then.
    ///
    /// # Cancellation
    /// The copy is stopped and removed.
    pub async fn backup(
        &self,
        to: impl AsRef<Path>,
        mut progress: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<()> {
        let copy = BackupFile::begin(to.as_ref(), &self.sqlite("`backup`")?.options().path)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let on_drop = StopOnDrop(Arc::clone(&stopped));
        let conn = self.connect().await?;
        let result = conn
            .without_default_timeout()
            .call("`backup`", Access::Read, move |raw| {
                copy.write(raw, |so_far| {
                    progress(so_far);
                    !stopped.load(Ordering::Relaxed)
                })
            })
            .await;
        drop(on_drop);
        conn.close().await?;
        result?
    }

    /// Returns the absolute path of the file; an empty one where the database is no file.
    pub fn path(&self) -> &Path {
        self.sqlite("`path`").map_or(Path::new(""), |engine| &engine.options().path)
    }
}

/// Tells the thread that the future of the backup was dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The settings of a builder that only SQLite has.
#[derive(Default)]
pub(super) struct OwnSettings {
    settings: Settings,
    /// The first one that was made.
    first: Option<&'static str>,
}

impl OwnSettings {
    /// Lets the setting of this name be made.
    fn set(&mut self, name: &'static str) -> &mut Settings {
        self.first.get_or_insert(name);
        &mut self.settings
    }

    /// Fails where one was made and another database is opened.
    pub(super) fn check(&self, kind: Kind) -> Result<()> {
        match self.first {
            Some(name) if kind != Kind::Sqlite => Err(Error::unsupported(kind.name(), format!("setting `{name}`"))),
            _ => Ok(()),
        }
    }
}

impl Builder {
    pub(super) async fn open_sqlite(self) -> Result<Arc<dyn Backend>> {
        let options = Options::new(&self.address, self.settings, self.sqlite.settings)?;
        Ok(Engine::open(options).await?)
    }

    /// Sets how many connections read at once for statements on the database itself. Default: the
    /// number of cores, at least 2.
    pub fn readers(mut self, readers: u32) -> Builder {
        self.sqlite.set("readers").readers = readers.clamp(1, 1024);
        self
    }

    /// Sets how long a lock of another process is waited for, also while the database is opened.
    /// Default: 5 s.
    pub fn busy_timeout(mut self, timeout: Duration) -> Builder {
        self.sqlite.set("busy_timeout").busy_timeout = timeout;
        self
    }

    /// Sets whether writes that wait for the writer share a commit. Default: they do.
    ///
    /// Each is its own statement all the same: it fails alone, and is answered when it is
    /// committed. So that this holds for deferred foreign keys too, statements that name a table
    /// with such a key share no commit.
    pub fn group_commit(mut self, on: bool) -> Builder {
        self.sqlite.set("group_commit").group_commit = on;
        self
    }

    /// Sets how many bytes the write-ahead log may have before new reads wait until it can be
    /// begun anew; 0 for no limit. Default: 64 MiB.
    ///
    /// SQLite cannot begin the log anew while reads overlap. Reads wait no longer than the ones
    /// under way take, 5 s at most; a read that does not end lets the log grow past the limit, of
    /// which a warning tells. A log that such a read, or one large write, has made longer than
    /// twice the limit is cut off as soon as nobody reads from it.
    pub fn wal_limit(mut self, bytes: u64) -> Builder {
        self.sqlite.set("wal_limit").wal_limit = bytes;
        self
    }

    /// Sets how long a transaction may keep others from writing until a `tracing` warning names
    /// where it was begun. Default: 1 s.
    pub fn warn_after(mut self, held: Duration) -> Builder {
        self.sqlite.set("warn_after").warn_after = held;
        self
    }

    /// Sets what has happened when a write is answered. Default: it survives a power loss.
    pub fn durability(mut self, durability: Durability) -> Builder {
        self.sqlite.set("durability").durability = Some(durability);
        self
    }

    /// Sets how much of the file each connection keeps in memory, in KiB. Default: 2000.
    pub fn cache(mut self, kibibytes: u32) -> Builder {
        self.sqlite.set("cache").cache = Some(kibibytes);
        self
    }

    /// Adds a pragma for every connection, set after the usual ones (write-ahead log, foreign keys
    /// on, `synchronous`).
    ///
    /// `page_size`, `auto_vacuum` and `encoding` hold for a file that is made; one that exists
    /// keeps what it was made with. A pragma that SQLite does not know is an error of
    /// [`open`](Builder::open), unless the URL names a VFS, which may have pragmas of its own.
    pub fn pragma(mut self, name: impl Into<String>, value: impl ToString) -> Builder {
        self.sqlite.set("pragma").pragmas.push((name.into(), value.to_string()));
        self
    }

    /// Adds code for every new connection, which runs on its thread: to register a function or a
    /// collation.
    ///
    /// What such a function returns as an error fails its statement; its words are left out of the
    /// [`Error`](crate::Error), for they may quote a value.
    ///
    /// SQLite keeps one hook of each kind for a connection. The library sets the hooks for updates,
    /// rollbacks, authorization, progress, a busy database and the write-ahead log itself, after
    /// this code and after each call of `run`, and so replaces any that were set there. Instead of
    /// these, use [`on_update`](Builder::on_update),
    /// [`on_rollback`](Builder::on_rollback) and [`authorizer`](Builder::authorizer); a deadline
    /// or a dropped future stops a statement, [`busy_timeout`](Builder::busy_timeout) says how
    /// long a lock is waited for, and [`metrics`](Database::metrics) tell the length of the log. A
    /// commit hook that is set here stays, unless there is one by
    /// [`on_commit`](Builder::on_commit) or `on_update`, and so do a pre-update hook, for which
    /// rusqlite has a feature, and tracing.
    ///
    /// It also runs on an empty database in memory where `create_if_missing` compares a table that
    /// exists: what the schema calls has to be known there too. That it fails there is no error.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .on_connect(|raw| raw.execute_batch("PRAGMA recursive_triggers = 1"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_connect(
        mut self,
        hook: impl Fn(&mut Raw) -> Result<(), rusqlite::Error> + Send + Sync + 'static,
    ) -> Builder {
        let hook = Foreign::new(hook);
        self.sqlite.set("on_connect").on_connect.push(Arc::new(move |raw| hook.get().map_or(Ok(()), |hook| hook(raw))));
        self
    }

    /// Adds code that is called for each row that is inserted, updated or deleted, with what was
    /// done, the name of the schema (`main`), that of the table, and the row's number.
    ///
    /// It runs on the connection's thread, in the middle of the statement, and before the commit:
    /// what it is told may be undone yet, of which [`on_rollback`](Builder::on_rollback) tells. It
    /// must be quick and use no database. SQLite calls it for tables whose rows have a number, not
    /// for `WITHOUT ROWID` tables, and not for a delete of all rows without a filter
    /// (<https://sqlite.org/c3ref/update_hook.html>). A panic in it undoes the transaction, which
    /// fails with [`ErrorKind::Panic`] when it is committed.
    ///
    /// ```
    /// # use std::sync::atomic::{AtomicU64, Ordering};
    /// # use std::sync::Arc;
    /// # use aio_runtime::{Database, Result, sql};
    /// # async fn run() -> Result<()> {
    /// let changes = Arc::new(AtomicU64::new(0));
    /// let counted = Arc::clone(&changes);
    /// let db = Database::builder(":memory:")
    ///     .on_update(move |action, schema, table, row| {
    ///         println!("{action:?} of row {row} of {schema}.{table}");
    ///         counted.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .open()
    ///     .await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn on_update(
        mut self,
        hook: impl Fn(rusqlite::hooks::Action, &str, &str, i64) + Send + Sync + 'static,
    ) -> Builder {
        let hook = Foreign::new(hook);
        let hook = move |action, schema: &str, table: &str, row| {
            if let Some(hook) = hook.get() {
                hook(action, schema, table, row);
            }
        };
        self.sqlite.set("on_update").hooks.on_update.push(Arc::new(hook));
        self
    }

    /// Adds code that is called before each commit of something written, and says whether the
    /// transaction may be committed: with `false` it is undone, and fails with
    /// [`ErrorKind::Denied`].
    ///
    /// It runs on the connection's thread, must be quick and use no database. A commit that
    /// several tasks share is asked for once; where it is refused, what each of them has written
    /// is committed by itself. A commit may still fail after it was allowed. A panic refuses it,
    /// and the error is [`ErrorKind::Panic`].
    pub fn on_commit(mut self, hook: impl Fn() -> bool + Send + Sync + 'static) -> Builder {
        let hook = Foreign::new(hook);
        let hook = move || hook.get().is_none_or(|hook| hook());
        self.sqlite.set("on_commit").hooks.on_commit.push(Arc::new(hook));
        self
    }

    /// Adds code that is called when a transaction is rolled back, whoever does so, the library
    /// too: it undoes a commit that tasks share, and commits what each has written by itself,
    /// where one of them could not be kept.
    ///
    /// It runs on the connection's thread, must be quick and use no database. There may have been
    /// nothing to undo. A savepoint that is undone, a statement that is undone alone, and a
    /// connection that is closed are not told. A panic in it goes unnoticed: what it was called
    /// for is undone already, and nothing fails.
    pub fn on_rollback(mut self, hook: impl Fn() + Send + Sync + 'static) -> Builder {
        let hook = Foreign::new(hook);
        let hook = move || {
            if let Some(hook) = hook.get() {
                hook();
            }
        };
        self.sqlite.set("on_rollback").hooks.on_rollback.push(Arc::new(hook));
        self
    }

    /// Adds code that says what statements may do
    /// (<https://sqlite.org/c3ref/set_authorizer.html>).
    ///
    /// It is called on the connection's thread for each thing that a statement would do, when the
    /// statement is compiled: not again where it is found compiled. `Deny` fails the statement
    /// with [`ErrorKind::Denied`], and so does a panic, with [`ErrorKind::Panic`]; `Ignore` has a
    /// column read as NULL. Of several authorizers each has to allow it: `Deny` of one wins over
    /// `Ignore` of another. It is asked about typed and raw statements, scripts and what code does
    /// in `run`; not about how the library begins and ends transactions and sets up its
    /// connections.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// use aio_sql::rusqlite::hooks::{AuthAction, Authorization};
    /// # use aio_sql::{Database, ErrorKind, Result, sql};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .authorizer(|context| match context.action {
    ///         AuthAction::Read { table_name: "user", column_name: "password" } => Authorization::Deny,
    ///         _ => Authorization::Allow,
    ///     })
    ///     .open()
    ///     .await?;
    /// let error = sql!("select password from user").all::<String>(&db).await.unwrap_err();
    /// assert_eq!(*error.kind(), ErrorKind::Denied);
    /// # Ok(())
    /// # }
    /// ```
    pub fn authorizer(
        mut self,
        authorizer: impl Fn(&rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization + Send + Sync + 'static,
    ) -> Builder {
        let authorizer = Foreign::new(authorizer);
        let authorizer = move |context: &rusqlite::hooks::AuthContext<'_>| match authorizer.get() {
            Some(authorizer) => authorizer(context),
            None => rusqlite::hooks::Authorization::Deny,
        };
        self.sqlite.set("authorizer").hooks.authorizers.push(Arc::new(authorizer));
        self
    }

    /// Registers a function on every connection, which statements call by its name: of one value,
    /// or of several as a tuple. It must return the same for the same arguments.
    ///
    /// What stands in the file cannot call it, since a file may come from anybody: a view or a
    /// trigger that does fails. [`schema_function`](Builder::schema_function) is for those.
    ///
    /// A panic in it is an error of the statement. [`sql_function!`](crate::sql_function!) makes
    /// it one of typed queries.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, sql, sql_function};
    /// sql_function!(fn vowels(text: String) -> i64);
    ///
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .function("vowels", |text: String| {
    ///         text.chars().filter(|c| "aeiou".contains(*c)).count() as i64
    ///     })
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
        self.sqlite.set("function").on_connect.push(scalar(name.into(), Callers::Statements, function));
        self
    }

    /// Registers a function as [`function`](Builder::function) does, which indexes, checks,
    /// generated columns, triggers and views may call too.
    ///
    /// Whoever has made the file decides when it is called and with what: it must do nothing but
    /// compute its result (<https://sqlite.org/c3ref/c_deterministic.html#sqliteinnocuous>). Every
    /// program that writes the file needs it.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder(":memory:")
    ///     .schema_function("slug", |title: String| title.to_lowercase().replace(' ', "-"))
    ///     .open()
    ///     .await?;
    /// let create = "create table post (title text, slug text as (slug(title)) stored unique)";
    /// db.execute_script(create).await?;
    /// # db.close().await
    /// # }
    /// ```
    pub fn schema_function<A: FromRow, R: ColumnType>(
        mut self,
        name: impl Into<String>,
        function: impl Fn(A) -> R + Send + Sync + 'static,
    ) -> Builder {
        self.sqlite.set("schema_function").on_connect.push(scalar(name.into(), Callers::Schema, function));
        self
    }

    /// Lets the schema of the file call what a schema may not call unless it is trusted: functions
    /// that [`on_connect`](Builder::on_connect) has registered, and those of SQLite that could do
    /// harm. Views with `bm25` or `highlight` need it.
    ///
    /// Only for files that nobody else has made or changed: their views and triggers run when the
    /// application reads and writes (<https://sqlite.org/pragma.html#pragma_trusted_schema>). What
    /// [`function`](Builder::function) and [`aggregate`](Builder::aggregate) have registered is
    /// for statements alone all the same.
    pub fn trust_schema(mut self) -> Builder {
        self.sqlite.set("trust_schema").trust_schema = true;
        self
    }

    /// Registers a function of many rows on every connection: how it begins, what each row adds,
    /// and what comes of it. [`sql_aggregate!`](crate::sql_aggregate!) types it for queries.
    /// SQLite takes it of groups, and of no windows, and statements alone call it.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, sql_aggregate};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, karma: f64 }
    /// sql_aggregate!(fn median(of: f64) -> Option<f64>);
    ///
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
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
        self.sqlite.set("aggregate").on_connect.push(aggregate(name.into(), begin, step, end));
        self
    }

    /// Sets whether the file is created where there is none. Default: it is, unless the URL says
    /// `mode=rw`.
    ///
    /// With `false` a file that does not exist is an error of the kind
    /// [`CannotOpen`](crate::ErrorKind::CannotOpen): a database of another program under a path
    /// with a mistake in it is not replaced by an empty one.
    pub fn create(mut self, create: bool) -> Builder {
        self.sqlite.set("create").create = Some(create);
        self
    }

    /// Opens the file for reading only: it must exist, and its journal is left as it is.
    pub fn read_only(mut self) -> Builder {
        self.sqlite.set("read_only").read_only = true;
        self
    }
}
