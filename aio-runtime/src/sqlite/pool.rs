//! Opens, checks and recycles the connections of a database, with r2d2.
//!
//! r2d2 opens a connection on one of its own threads. The library sets a connection up when it is
//! first checked out, on the thread that will use it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use scheduled_thread_pool::ScheduledThreadPool;

use super::FileCheck;
use super::error::typed;
use super::identity::Identity;
use super::options::Options;
use super::set_up::{can_write, set_up};
use crate::caught::caught;
use crate::engine::sync::{lock, wait};
use crate::error::{Error, ErrorKind, Result};

/// A connection with the state that belongs to it.
pub(crate) struct Pooled {
    pub(crate) raw: Connection,
    /// The files that the connection has open; `None` until it is set up.
    identity: Option<Identity>,
    /// The number of pages in the write-ahead log after which a checkpoint is due
    /// (`wal_autocheckpoint`); `None` until the connection is set up.
    checkpoint_after: Option<u32>,
    /// Whether the connection must not be reused, because it was changed or an error has occurred.
    pub(crate) dirty: bool,
    /// Reports the connection as closed when this is dropped. It is declared last, so that it is
    /// dropped after the connection.
    open: OpenFile,
}

impl Pooled {
    /// Checks that the files at the path are those that the connection has open.
    pub(super) fn check_files(&mut self, check: FileCheck) -> Result<()> {
        self.identity.as_mut().map_or(Ok(()), |identity| identity.check(check))
    }

    /// Returns the size of the write-ahead log file in bytes.
    pub(super) fn log_file(&self) -> u64 {
        self.identity.as_ref().map_or(0, Identity::log_file)
    }

    /// Accepts the write-ahead log file at the path as the database's own, after user code may
    /// have changed the journal mode: SQLite then deletes the log or creates a new one. SQLite
    /// does this only if no other connection is open.
    pub(super) fn adopt_log(&mut self) {
        if let Some(identity) = &mut self.identity {
            let mut state = self.open.0.lock();
            if state.set_up == 1
                && let Some(known) = &mut state.identity
            {
                identity.adopt_log();
                *known = identity.clone();
            }
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(identity) = &self.identity else { return };
        // This is done before the connection is closed, because SQLite may delete the write-ahead
        // log when it closes the connection.
        self.open.0.lock().set_up -= 1;
        if !identity.may_checkpoint_on_close() {
            let _ = self.raw.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

/// The files that the connections of a database have open.
#[derive(Default)]
struct OpenFiles {
    state: Mutex<OpenState>,
    closed: Condvar,
}

#[derive(Default)]
struct OpenState {
    /// The number of connections that are open.
    count: usize,
    /// The number of open connections that are set up and therefore keep the write-ahead log file
    /// in place.
    set_up: usize,
    identity: Option<Identity>,
}

impl OpenFiles {
    fn lock(&self) -> MutexGuard<'_, OpenState> {
        lock(&self.state)
    }

    /// Checks that the path leads to the files that are open.
    fn check(&self) -> Result<()> {
        self.lock().check()
    }

    /// Registers a connection that was just set up, and returns the identity of its files.
    fn register(&self, options: &Options) -> Result<Identity> {
        let mut state = self.lock();
        state.check()?;
        let identity = match &state.identity {
            Some(known) if state.set_up > 0 => known.clone(),
            _ => Identity::of(options),
        };
        state.identity = Some(identity.clone());
        state.set_up += 1;
        Ok(identity)
    }
}

impl OpenState {
    fn check(&self) -> Result<()> {
        match &self.identity {
            Some(known) if self.set_up > 0 => known.check_now(FileCheck::BeforeWrite),
            Some(known) => known.check_file(),
            None => Ok(()),
        }
    }
}

/// Counts one connection as open, until this is dropped.
struct OpenFile(Arc<OpenFiles>);

impl OpenFile {
    fn new(files: &Arc<OpenFiles>) -> OpenFile {
        files.lock().count += 1;
        OpenFile(Arc::clone(files))
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.0.lock().count -= 1;
        self.0.closed.notify_all();
    }
}

/// A connection that r2d2 has lent to the thread that uses it.
pub(crate) type CheckedOut = r2d2::PooledConnection<Manager>;

/// What decides when the next checkpoint of the write-ahead log is due.
pub(super) struct CheckpointState {
    pub(super) page_size: u64,
    /// A checkpoint is due when the write-ahead log has grown by this number of pages since the
    /// last one; 0 for never.
    pub(super) checkpoint_after: u32,
    /// The number of pages in the write-ahead log at the last checkpoint.
    pub(super) last_checkpoint: u32,
    /// The number of pages in the longest write-ahead log of an attached file at the last
    /// checkpoint.
    pub(super) last_checkpoint_of_attached: u32,
}

/// How often the pool checks whether opening a connection has failed, while it waits for one.
const ERROR_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Opens connections for r2d2.
pub(crate) struct Manager {
    /// Opens an existing file. The opener does not create the file again if it was deleted.
    opener: SqliteConnectionManager,
    /// The first connection, which was opened without r2d2 so that opening reports SQLite's own
    /// error; `None` once it has been taken.
    first: Mutex<Option<Connection>>,
    files: Arc<OpenFiles>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Pooled> {
        // The connection is counted before it is opened, so that closing also waits for a
        // connection that is being opened.
        let open = OpenFile::new(&self.files);
        let first = lock(&self.first).take();
        let raw = match first {
            Some(raw) => raw,
            None => self.opener.connect()?,
        };
        Ok(Pooled { raw, identity: None, checkpoint_after: None, dirty: false, open })
    }

    fn is_valid(&self, _: &mut Pooled) -> rusqlite::Result<()> {
        Ok(())
    }

    fn has_broken(&self, connection: &mut Pooled) -> bool {
        connection.dirty || !connection.raw.is_autocommit()
    }
}

/// Keeps the error of the last connection that could not be opened. r2d2 itself keeps only its
/// text.
#[derive(Clone, Debug, Default)]
struct LastError(Arc<Mutex<(u64, Option<Error>)>>);

impl LastError {
    /// Returns the number of errors so far.
    fn count(&self) -> u64 {
        lock(&self.0).0
    }

    /// Returns the last error if there were more than `count` errors; otherwise `None`.
    fn since(&self, count: u64) -> Option<Error> {
        let last = lock(&self.0);
        last.1.as_ref().filter(|_| last.0 > count).map(Error::without_source)
    }
}

impl r2d2::HandleError<rusqlite::Error> for LastError {
    fn handle_error(&self, error: rusqlite::Error) {
        let mut last = lock(&self.0);
        *last = (last.0 + 1, Some(typed(error)));
    }
}

/// The connections of one database.
#[derive(Clone)]
pub(crate) struct Pool {
    pool: r2d2::Pool<Manager>,
    last_error: LastError,
    files: Arc<OpenFiles>,
}

/// The maximum number of helper readers, which are started when all other readers wait for tasks
/// that read their streams slowly.
pub(crate) const MAX_HELPERS: u32 = 64;

/// Returns the threads on which r2d2 opens connections. Two threads serve all databases of the
/// process.
fn scheduler() -> Result<Arc<ScheduledThreadPool>> {
    const THREADS: usize = 2;
    static SCHEDULER: Mutex<Option<Arc<ScheduledThreadPool>>> = Mutex::new(None);
    let mut scheduler = lock(&SCHEDULER);
    if let Some(scheduler) = &*scheduler {
        return Ok(Arc::clone(scheduler));
    }
    let cannot = "cannot start the threads that open connections";
    // The crate panics if it cannot start its threads. So first try to start this number of
    // threads.
    let attempts: Vec<_> = (0..THREADS).map(|_| thread::Builder::new().spawn(|| ())).collect();
    for started in attempts {
        // The thread does nothing and cannot panic.
        let _ = started.map_err(|error| Error::new(ErrorKind::Other, cannot).with_source(error))?.join();
    }
    let build = || ScheduledThreadPool::builder().num_threads(THREADS).thread_name_pattern("aio-sql opener {}").build();
    let built = Arc::new(caught(build).map_err(|_| Error::new(ErrorKind::Other, cannot))?);
    *scheduler = Some(Arc::clone(&built));
    Ok(built)
}

impl Pool {
    /// Opens the first connection of the database.
    pub(crate) fn open(options: &Options) -> Result<Pool> {
        options.check_file_types()?;
        let opener = SqliteConnectionManager::file(options.file_name()).with_flags(options.flags());
        let first = r2d2::ManageConnection::connect(&opener).map_err(|error| options.add_context(typed(error)))?;
        let flags = options.flags() - OpenFlags::SQLITE_OPEN_CREATE;
        let opener = SqliteConnectionManager::file(options.file_name()).with_flags(flags);
        let last_error = LastError::default();
        let files = Arc::default();
        let pool = r2d2::Pool::builder()
            .max_size(options.sqlite.readers.saturating_add(options.common.connections).saturating_add(1 + MAX_HELPERS))
            .min_idle(Some(0))
            .test_on_check_out(false)
            // With either limit, r2d2 would schedule a job that outlives the database.
            .idle_timeout(None)
            .max_lifetime(None)
            .connection_timeout(options.common.acquire_timeout.max(ERROR_CHECK_INTERVAL))
            .thread_pool(scheduler()?)
            .error_handler(Box::new(last_error.clone()))
            .build_unchecked(Manager { opener, first: Mutex::new(Some(first)), files: Arc::clone(&files) });
        Ok(Pool { pool, last_error, files })
    }

    /// Closes the connections and waits until the last one has closed the file. One of r2d2's
    /// threads may still hold the pool, and so the connections in it, for a moment.
    pub(crate) fn close(self) {
        let Pool { pool, files, .. } = self;
        drop(pool);
        let mut state = files.lock();
        while state.count > 0 {
            state = wait(&files.closed, state);
        }
    }

    /// Takes a connection from the pool, and sets it up if it is new. Called on the thread that
    /// will use the connection.
    pub(crate) fn check_out(&self, options: &Options) -> Result<(CheckedOut, CheckpointState)> {
        let mut connection = self.get(options).map_err(|error| self.files.check().err().unwrap_or(error))?;
        self.files.check().inspect_err(|_| connection.dirty = true)?;
        // SQLite silently opens a file read-only if it cannot open it for writing.
        if !options.read_only && connection.raw.is_readonly("main").map_err(typed)? {
            connection.dirty = true;
            return Err(options.read_only_error());
        }
        if connection.identity.is_none() {
            set_up(&mut connection.raw, options).inspect_err(|_| connection.dirty = true)?;
            if !options.read_only && !can_write(&connection.raw) {
                connection.dirty = true;
                return Err(options.read_only_error());
            }
            for attached in options.attached.iter().filter(|attached| !attached.file.read_only) {
                if connection.raw.is_readonly(attached.name.as_str()).map_err(typed)? {
                    connection.dirty = true;
                    let context = format_args!("attaching {:?}", attached.name).to_string();
                    return Err(attached.file.read_only_error().context(context));
                }
            }
            let identity = self.files.register(options).inspect_err(|_| connection.dirty = true)?;
            connection.identity = Some(identity);
        }
        let raw = &connection.raw;
        // SQLite would run a checkpoint within the commit when the log has this number of pages.
        // The library runs it instead, between two transactions. 0 turns these checkpoints off.
        let checkpoint_after = match connection.checkpoint_after {
            Some(after) => after,
            None => number(raw, "wal_autocheckpoint")?,
        };
        connection.checkpoint_after = Some(checkpoint_after);
        let page_size = u64::from(number(&connection.raw, "page_size")?);
        let checkpoint_after = if options.read_only { 0 } else { checkpoint_after };
        let log = CheckpointState { page_size, checkpoint_after, last_checkpoint: 0, last_checkpoint_of_attached: 0 };
        Ok((connection, log))
    }
}

impl Pool {
    /// Waits for a connection, but fails at once if one cannot be opened: r2d2 would retry until
    /// the timeout.
    fn get(&self, options: &Options) -> Result<CheckedOut> {
        // Wait for five seconds at least: opening a file takes a moment, even if the acquire
        // timeout is zero.
        let timeout = options.common.acquire_timeout.max(Duration::from_secs(5));
        let started = Instant::now();
        let before = self.last_error.count();
        loop {
            let left = timeout.saturating_sub(started.elapsed());
            match self.pool.get_timeout(left.clamp(Duration::from_millis(1), ERROR_CHECK_INTERVAL)) {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    if let Some(cause) = self.last_error.since(before) {
                        return Err(options.add_context(cause));
                    }
                    if left.is_zero() {
                        let message = format!("no connection could be opened within {timeout:.1?}");
                        return Err(Error::new(ErrorKind::Timeout, message).with_source(error));
                    }
                }
            }
        }
    }
}

fn number(raw: &Connection, pragma: &str) -> Result<u32> {
    raw.pragma_query_value(None, pragma, |row| row.get(0)).map_err(typed)
}
