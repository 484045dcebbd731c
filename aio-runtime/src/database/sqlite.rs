//! The methods and settings of a database that are for SQLite only.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Builder, Database, Kind};
use crate::caught::Foreign;
use crate::engine::{Access, Backend, after, sleep};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{PendingRequest, ReplyOptions};
use crate::row::FromRow;
pub(super) use crate::sqlite::SCHEMES;
use crate::sqlite::{
    BackupFile, BackupProgress, Callers, CheckpointCommand, Durability, Engine, Options, Raw, Settings, aggregate,
    check, scalar,
};
use crate::types::ColumnType;

/// How long the first attempt to empty the write-ahead log waits for connections that are reading
/// from it.
const FIRST_ATTEMPT: Duration = Duration::from_millis(5);
/// The longest time that a later attempt waits.
const LONGEST_ATTEMPT: Duration = Duration::from_millis(40);

impl Database {
    /// Opens a new temporary database, which is deleted when it is closed.
    ///
    /// It has several readers and behaves like any other database file, because it is a file. The
    /// file is deleted by [`close`](Database::close), or when the last clone is dropped. If a
    /// process ends without doing either, the file is deleted when another process opens a
    /// temporary database.
    ///
    /// On Linux, the file is in the directory for shared memory, `/dev/shm`, if at least 1 GiB is
    /// free there. In containers, that directory often has only 64 MB; then the file is in the
    /// temporary directory, unless that directory is in memory, too, and has even less space. The
    /// environment variable `TMPDIR` sets the temporary directory. On other systems, the file is
    /// always in the temporary directory. The library never waits until the file's contents have
    /// reached the disk, so a temporary database on a disk is hardly slower than one in memory.
    ///
    /// # Errors
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) if neither directory can be
    /// written. Later statements fail with [`ErrorKind::Full`](crate::ErrorKind::Full) if the
    /// directory is full; the message names the directory and what to set.
    ///
    /// # Cancellation
    /// If the future is dropped, the connections that were opened are closed, and the file is
    /// deleted.
    pub async fn memory() -> Result<Database> {
        Database::builder(":memory:").open().await
    }

    /// Writes the contents of the write-ahead log into the database file, and empties the log.
    ///
    /// The database does this automatically. Call it before the file is copied by other programs,
    /// or to free disk space. As long as running reads need the log, the attempt is repeated until
    /// [`busy_timeout`](Builder::busy_timeout) has passed; other statements run between two
    /// attempts.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`](crate::ErrorKind::Busy) if running reads still need the log. As much of
    /// the log as the running reads allow was written into the file.
    ///
    /// # Cancellation
    /// If the future is dropped, no further attempt is made. An attempt that has begun is
    /// finished.
    pub async fn checkpoint(&self) -> Result<()> {
        let until = after(Instant::now(), self.sqlite("`checkpoint`")?.options().sqlite.busy_timeout);
        let mut busy_timeout = FIRST_ATTEMPT;
        loop {
            let command = CheckpointCommand::truncate(busy_timeout);
            let result = PendingRequest::new(self, command, ReplyOptions::OUTCOME).outcome().await;
            match result {
                Err(error) if *error.kind() == ErrorKind::Busy && Instant::now() < until => {}
                result => return result.map(drop),
            }
            // No other connection can write during an attempt, so the pause after an attempt is
            // four times as long as the attempt may take.
            sleep(busy_timeout * 4).await;
            busy_timeout = (busy_timeout * 2).min(LONGEST_ATTEMPT);
        }
    }

    /// Checks the whole file for damage (<https://sqlite.org/pragma.html#pragma_integrity_check>),
    /// on a reader connection.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) with the damage that was found.
    ///
    /// # Cancellation
    /// If the future is dropped, the check is stopped.
    pub async fn integrity_check(&self) -> Result<()> {
        self.without_default_timeout().call("`integrity_check`", Access::Read, |raw| check(raw)).await?
    }

    /// Copies the current state of the database to a new file while the database is in use.
    ///
    /// The copy is made on a separate connection, a few pages at a time, so that other connections
    /// can write meanwhile; their changes are not in the copy. The new file appears at its path
    /// only when it is complete, checked, and safe on the disk. On Unix, it has the permissions of
    /// the original. `to` is a path, never a URL.
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
    /// [`ErrorKind::Usage`] if a file, or the log or journal of one, exists at the path, because a
    /// backup never replaces a file, or if the path is that of another file followed by `-wal`,
    /// `-journal` or `-shm`, which SQLite may delete; [`ErrorKind::Io`](crate::ErrorKind::Io),
    /// [`ErrorKind::Full`](crate::ErrorKind::Full) and
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) if the copy cannot be written.
    /// After an error, there is no incomplete file at the path.
    ///
    /// # Cancellation
    /// If the future is dropped, the copy is stopped and deleted, unless all pages have been
    /// copied.
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

    /// Returns the absolute path of the file; an empty path if the database has no file.
    pub fn path(&self) -> &Path {
        self.sqlite("`path`").map_or(Path::new(""), |engine| &engine.options().path)
    }
}

/// Stops the copy, which runs on the thread of a connection, if the future of the backup is
/// dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The settings of a builder that are for SQLite only.
#[derive(Default)]
pub(super) struct SqliteSettings {
    settings: Settings,
    /// The name of the first setting that was set, for the error if the database is not SQLite;
    /// `None` if none was set.
    first: Option<&'static str>,
}

impl SqliteSettings {
    /// Returns the settings, so that the caller can set the one with this name. Remembers the
    /// name.
    fn set(&mut self, name: &'static str) -> &mut Settings {
        self.first.get_or_insert(name);
        &mut self.settings
    }

    /// Fails if one of these settings was set, but the database is not SQLite.
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

    /// Sets the number of reader connections, which run the queries on the database itself.
    /// Defaults to the number of CPU cores, but at least 2 and at most 64.
    pub fn readers(mut self, readers: u32) -> Builder {
        self.sqlite.set("readers").readers = readers.clamp(1, 1024);
        self
    }

    /// Sets how long to wait for a lock that another process holds, also while the database is
    /// opened. Default: 5 s.
    pub fn busy_timeout(mut self, timeout: Duration) -> Builder {
        self.sqlite.set("busy_timeout").busy_timeout = timeout;
        self
    }

    /// Sets the size of the write-ahead log, in bytes, above which new reads wait until the log
    /// can be restarted; 0 for no limit. Default: 64 MiB.
    ///
    /// SQLite cannot restart the log while reads overlap. New reads wait until the running ones
    /// end, 5 s at most. If one of the running reads does not end in that time, the log grows
    /// beyond the limit, and a warning reports that. A log that has grown to more than twice the
    /// limit, because of such a read or of one large write, is truncated as soon as no connection
    /// reads from it.
    pub fn wal_limit(mut self, bytes: u64) -> Builder {
        self.sqlite.set("wal_limit").wal_limit = bytes;
        self
    }

    /// Sets how long a transaction may prevent other connections from writing before a `tracing`
    /// warning reports where the transaction was begun. Default: 1 s.
    pub fn warn_after(mut self, held: Duration) -> Builder {
        self.sqlite.set("warn_after").warn_after = held;
        self
    }

    /// Sets which events a write survives once it has been answered. Default: a power loss, except
    /// for a database in memory.
    pub fn durability(mut self, durability: Durability) -> Builder {
        self.sqlite.set("durability").durability = Some(durability);
        self
    }

    /// Sets the size of each connection's page cache, in KiB. Default: 2000.
    pub fn cache(mut self, kibibytes: u32) -> Builder {
        self.sqlite.set("cache").cache = Some(kibibytes);
        self
    }

    /// Sets a pragma on every connection, after the library's own pragmas (write-ahead log,
    /// foreign keys on, `synchronous`).
    ///
    /// `page_size`, `auto_vacuum` and `encoding` only have an effect on a file that is created. An
    /// unknown pragma is an error of [`open`](Builder::open), unless the URL names a VFS, which
    /// may have pragmas of its own. The pragma `busy_timeout` is an error, too, because the
    /// library sets it: use [`busy_timeout`](Builder::busy_timeout).
    pub fn pragma(mut self, name: impl Into<String>, value: impl ToString) -> Builder {
        self.sqlite.set("pragma").pragmas.push((name.into(), value.to_string()));
        self
    }

    /// Attaches another file to every connection of the database, as a schema with this name
    /// (<https://sqlite.org/lang_attach.html>). A struct with `#[table(schema = "name")]` is a
    /// table of that file. `address` is a path or a URL, as for [`Database::builder`]; for a
    /// database in memory it may be `:memory:`, too.
    ///
    /// A transaction can write to several files, and a statement can join tables of several files.
    /// Each file has its own write-ahead log. A transaction is therefore atomic in each file, but
    /// after a power loss or a crash in the middle of its commit, it may be in one file and not in
    /// another; and a reader may see it in one file a moment before it sees it in another. A
    /// foreign key cannot refer to a table of another file. A writing transaction locks all files,
    /// so that a program that has attached a file waits for other processes that write to it.
    ///
    /// The library's own pragmas and [`durability`](Builder::durability) apply to each file;
    /// [`backup`](Database::backup) copies, and [`migrate`](Database::migrate) records its steps
    /// in, only the file of the database itself. At most ten files can be attached.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// #[derive(Table, Debug)]
    /// # #[table(crate = "aio_runtime")]
    /// #[table(schema = "archive")]
    /// struct Note {
    ///     #[column(primary_key, auto)]
    ///     id: i64,
    ///     text: String,
    /// }
    ///
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db").attach("archive", "archive.db").open().await?;
    /// db.create_if_missing(Note).await?; // in the file `archive.db`
    /// Note::insert(NewNote { text: "old".into() }).execute(&db).await?;
    /// # db.close().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// Opening the database fails if the file cannot be opened, is no database, or has another
    /// text encoding, and if the name is empty, `main`, `temp`, or that of another attached file.
    pub fn attach(mut self, name: impl Into<String>, address: impl AsRef<Path>) -> Builder {
        self.sqlite.set("attach").attached.push((name.into(), address.as_ref().to_owned()));
        self
    }

    /// Calls a closure for every new connection, on its thread, for example to register a function
    /// or a collation.
    ///
    /// If a function that it registers returns an error, the statement fails. The text of that
    /// error is not part of the [`Error`](crate::Error), because it may quote a value.
    ///
    /// SQLite has one hook of each kind per connection. The library itself uses the hooks for
    /// updates, rollbacks, authorization, progress, a busy database and the write-ahead log. It
    /// sets its hooks after this closure and after each closure of [`run`](crate::Executor::run),
    /// and so replaces hooks that such a closure has set. Use these settings instead:
    ///
    /// - [`on_update`](Builder::on_update), [`on_rollback`](Builder::on_rollback) and
    ///   [`authorizer`](Builder::authorizer);
    /// - a timeout or a dropped future to stop a statement;
    /// - [`busy_timeout`](Builder::busy_timeout) for how long to wait for a lock;
    /// - [`metrics`](Database::metrics) for the size of the write-ahead log.
    ///
    /// A commit hook that is set here is kept, unless the builder has an
    /// [`on_commit`](Builder::on_commit) or `on_update`. A pre-update hook (a feature of rusqlite)
    /// and tracing are kept, too.
    ///
    /// The closure is also called when `create_if_missing` compares an existing table with its
    /// struct: the library then creates the struct's table in an empty database in memory, where
    /// the functions and collations of the schema must be known. An error of this call is ignored.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .on_connect(|raw| raw.execute_batch("PRAGMA recursive_triggers = 1"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the closure fails, opening the database or the connection fails.
    pub fn on_connect(
        mut self,
        hook: impl Fn(&mut Raw) -> Result<(), rusqlite::Error> + Send + Sync + 'static,
    ) -> Builder {
        let hook = Foreign::new(hook);
        self.sqlite.set("on_connect").on_connect.push(Arc::new(move |raw| hook.get().map_or(Ok(()), |hook| hook(raw))));
        self
    }

    /// Calls a closure for each row that is inserted, updated or deleted. Its arguments are the
    /// action, the name of the schema (`main`), the name of the table, and the rowid.
    ///
    /// The closure is called on the connection's thread, in the middle of the statement. The
    /// change may still be rolled back; [`on_rollback`](Builder::on_rollback) reports the rollback
    /// of a whole transaction. The closure must be quick and must not use a database. SQLite calls
    /// it for tables with a rowid, not for `WITHOUT ROWID` tables, and not for a delete of all
    /// rows without a filter (<https://sqlite.org/c3ref/update_hook.html>). If it panics, the
    /// transaction is rolled back and fails with [`ErrorKind::Panic`] when it is committed.
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

    /// Calls a closure before each commit of a change. If it returns `false`, the transaction is
    /// rolled back and fails with [`ErrorKind::Denied`].
    ///
    /// The closure is called on the connection's thread, must be quick, and must not use a
    /// database. For a commit that several tasks share, it is called once; if it returns `false`,
    /// each task's changes are committed separately, with a call for each. A commit may still fail
    /// after the closure returned `true`. If the closure panics, the transaction is rolled back
    /// and fails with [`ErrorKind::Panic`].
    pub fn on_commit(mut self, hook: impl Fn() -> bool + Send + Sync + 'static) -> Builder {
        let hook = Foreign::new(hook);
        let hook = move || hook.get().is_none_or(|hook| hook());
        self.sqlite.set("on_commit").hooks.on_commit.push(Arc::new(hook));
        self
    }

    /// Calls a closure when a transaction is rolled back, by the application, the database or the
    /// library. The library rolls back if a commit that several tasks share fails; then it commits
    /// each task's changes separately.
    ///
    /// It is called on the connection's thread, must be quick, and must not use a database. The
    /// transaction may have changed nothing. The closure is not called when only a savepoint or a
    /// single statement of a transaction is rolled back, nor when a connection is closed. A panic
    /// in it is ignored, because the rollback has happened already.
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

    /// Sets a closure that decides what statements may do
    /// (<https://sqlite.org/c3ref/set_authorizer.html>).
    ///
    /// It is called on the connection's thread when a statement is compiled, once for each action
    /// of the statement. It is not called again when the compiled statement is found in the cache.
    /// With `Deny`, the statement fails with [`ErrorKind::Denied`], and after a panic with
    /// [`ErrorKind::Panic`]. With `Ignore`, a column is read as NULL. If there are several
    /// authorizers, `Deny` of one takes precedence over `Ignore` of another. They are called for
    /// typed and raw statements, scripts, and statements of a closure in
    /// [`run`](crate::Executor::run), but not when the library begins and ends transactions and
    /// sets up its connections.
    ///
    /// ```
    /// # use aio_runtime as aio_sql;
    /// use aio_sql::rusqlite::hooks::{AuthAction, Authorization};
    /// # use aio_sql::{Database, ErrorKind, Result, sql};
    /// # async fn run() -> Result<()> {
    /// let db = Database::builder("app.db")
    ///     .authorizer(|context| match context.action {
    ///         AuthAction::Read { table_name: "user", column_name: "password" } => {
    ///             Authorization::Deny
    ///         }
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

    /// Registers a scalar function on every connection, which statements call by its name. It
    /// takes one value, or several as a tuple. Its result must depend only on its arguments.
    ///
    /// Views and triggers of the database file cannot call it, because the file may come from
    /// somebody else: a statement that uses such a view or trigger fails. For these, use
    /// [`schema_function`](Builder::schema_function).
    ///
    /// If the function panics, the statement fails. [`sql_function!`](crate::sql_function!)
    /// declares the function for typed queries.
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

    /// Registers a scalar function like [`function`](Builder::function), which indexes, checks,
    /// generated columns, triggers and views may call, too.
    ///
    /// The author of the database file decides when the function is called and with which
    /// arguments. So it must do nothing but compute its result
    /// (<https://sqlite.org/c3ref/c_deterministic.html#sqliteinnocuous>). Every program that
    /// writes the file needs the function.
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

    /// Allows the schema of the file to call functions that only a trusted schema may call: those
    /// that [`on_connect`](Builder::on_connect) has registered, and functions of SQLite that could
    /// do harm. Views with `bm25` or `highlight` need this setting.
    ///
    /// Use this setting only for files that nobody else has created or changed, because their
    /// views and triggers run when the application reads and writes
    /// (<https://sqlite.org/pragma.html#pragma_trusted_schema>). The schema still cannot call
    /// functions that [`function`](Builder::function) and [`aggregate`](Builder::aggregate) have
    /// registered.
    pub fn trust_schema(mut self) -> Builder {
        self.sqlite.set("trust_schema").trust_schema = true;
        self
    }

    /// Registers an aggregate function on every connection: `begin` creates the state of a group,
    /// `step` adds a row to it, and `end` computes the result.
    /// [`sql_aggregate!`](crate::sql_aggregate!) declares the function for typed queries. The
    /// function cannot be used as a window function, and the schema of the file cannot call it.
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

    /// Sets whether the file is created if it does not exist. Default: the file is created, unless
    /// the URL contains `mode=rw` or the file is opened for reading only.
    ///
    /// With `false`, a file that does not exist is an error of the kind
    /// [`CannotOpen`](crate::ErrorKind::CannotOpen), so that a mistake in the path of an existing
    /// database does not create an empty one.
    pub fn create(mut self, create: bool) -> Builder {
        self.sqlite.set("create").create = Some(create);
        self
    }

    /// Opens the file for reading only. The file must exist, and its journal mode is not changed.
    pub fn read_only(mut self) -> Builder {
        self.sqlite.set("read_only").read_only = true;
        self
    }
}
