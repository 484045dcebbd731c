//! The connections of a database, opened, checked and recycled by r2d2.
//!
//! r2d2 opens a connection on a thread of its own; what is set on it is set when it is first
//! checked out, on the thread where it lives.

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

/// A connection and what r2d2 has to know of it.
pub(crate) struct Pooled {
    pub(crate) raw: Connection,
    /// The files that it has open; `None` until it has been set up.
    identity: Option<Identity>,
    /// After how many pages of its log a checkpoint is due, as it was set up.
    checkpoint_after: Option<u32>,
    /// Whether something was done to it that the next user must not see.
    pub(crate) dirty: bool,
    /// Dropped behind the connection.
    open: OpenFile,
}

impl Pooled {
    /// Fails where the files are not those that it has open.
    pub(super) fn check_files(&mut self, check: FileCheck) -> Result<()> {
        self.identity.as_mut().map_or(Ok(()), |identity| identity.check(check))
    }

    /// How many bytes the log's file has.
    pub(super) fn log_file(&self) -> u64 {
        self.identity.as_ref().map_or(0, Identity::log_file)
    }

    /// Takes the log that lies there for the database's own, after code that may have changed the
    /// journal mode: SQLite then removes the log or makes a new one. It does so only where no
    /// other connection is open.
    pub(super) fn log_may_be_new(&mut self) {
        if let Some(identity) = &mut self.identity {
            let mut state = self.open.0.lock();
            if state.set_up == 1
                && let Some(known) = &mut state.identity
            {
                identity.log_is_what_lies_there();
                *known = identity.clone();
            }
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let Some(identity) = &self.identity else { return };
        // Before it is closed: from then on the log may go.
        self.open.0.lock().set_up -= 1;
        if !identity.may_be_put_away() {
            let _ = self.raw.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

/// Which files the connections have open.
#[derive(Default)]
struct OpenFiles {
    state: Mutex<OpenState>,
    closed: Condvar,
}

#[derive(Default)]
struct OpenState {
    /// How many connections there are, and how many of them have been set up, and hold the log in
    /// its place.
    count: usize,
    set_up: usize,
    identity: Option<Identity>,
}

impl OpenFiles {
    fn lock(&self) -> MutexGuard<'_, OpenState> {
        lock(&self.state)
    }

    /// Fails where the path leads to other files than those that are open.
    fn are_there(&self) -> Result<()> {
        self.lock().are_there()
    }

    /// Takes a connection that has been set up in, and says which files it has open.
    fn admit(&self, options: &Options) -> Result<Identity> {
        let mut state = self.lock();
        state.are_there()?;
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
    fn are_there(&self) -> Result<()> {
        match &self.identity {
            Some(known) if self.set_up > 0 => known.are_there(FileCheck::BeforeWrite),
            Some(known) => known.file_is_there(),
            None => Ok(()),
        }
    }
}

/// One of the connections.
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

/// A connection on its thread.
pub(crate) type CheckedOut = r2d2::PooledConnection<Manager>;

/// What is known of the write-ahead log.
pub(super) struct LogLength {
    pub(super) page_size: u64,
    /// After how many pages it is written into the file; 0 for never.
    pub(super) checkpoint_after: u32,
    /// How many it had at the last attempt.
    pub(super) at_checkpoint: u32,
}

/// How often the pool checks, while it waits for a connection, whether opening one has failed.
const ERROR_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Opens connections.
pub(crate) struct Manager {
    /// Opens the file that is there: one that is gone is not made again.
    opener: SqliteConnectionManager,
    /// The connection that was opened directly, so that its error was the real one.
    first: Mutex<Option<Connection>>,
    files: Arc<OpenFiles>,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Pooled;
    type Error = rusqlite::Error;

    fn connect(&self) -> rusqlite::Result<Pooled> {
        // Counted before it is opened: who closes waits for an opener that has begun.
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

/// Keeps the error of the last connection that could not be opened: r2d2 itself keeps only its
/// text.
#[derive(Clone, Debug, Default)]
struct LastError(Arc<Mutex<(u64, Option<Error>)>>);

impl LastError {
    /// Returns how many there were.
    fn count(&self) -> u64 {
        lock(&self.0).0
    }

    /// Returns the last, if there were more than `count`.
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

/// How many readers may help out, beside those that the options say, where tasks keep others
/// waiting by streams that they read slowly.
pub(crate) const HELPERS: u32 = 64;

/// r2d2 wants threads to open connections on; a few serve all databases of the process.
fn scheduler() -> Result<Arc<ScheduledThreadPool>> {
    const THREADS: usize = 2;
    static SCHEDULER: Mutex<Option<Arc<ScheduledThreadPool>>> = Mutex::new(None);
    let mut scheduler = lock(&SCHEDULER);
    if let Some(scheduler) = &*scheduler {
        return Ok(Arc::clone(scheduler));
    }
    let cannot = "cannot start the threads that open connections";
    // The crate panics where it cannot start them: it is tried before, whether as many can be
    // started.
    let tried: Vec<_> = (0..THREADS).map(|_| thread::Builder::new().spawn(|| ())).collect();
    for started in tried {
        // It does nothing, and does not panic.
        let _ = started.map_err(|error| Error::new(ErrorKind::Other, cannot).with_source(error))?.join();
    }
    let build = || ScheduledThreadPool::builder().num_threads(THREADS).thread_name_pattern("aio-sql opener {}").build();
    let built = Arc::new(caught(build).map_err(|_| Error::new(ErrorKind::Other, cannot))?);
    *scheduler = Some(Arc::clone(&built));
    Ok(built)
}

impl Pool {
    /// Opens the database's first connection.
    pub(crate) fn open(options: &Options) -> Result<Pool> {
        options.check_kind_of_files()?;
        let opener = SqliteConnectionManager::file(options.file_name()).with_flags(options.flags());
        let first = r2d2::ManageConnection::connect(&opener).map_err(|error| options.explain(typed(error)))?;
        let flags = options.flags() - OpenFlags::SQLITE_OPEN_CREATE;
        let opener = SqliteConnectionManager::file(options.file_name()).with_flags(flags);
        let last_error = LastError::default();
        let files = Arc::default();
        let pool = r2d2::Pool::builder()
            .max_size(options.sqlite.readers.saturating_add(options.common.connections).saturating_add(1 + HELPERS))
            .min_idle(Some(0))
            .test_on_check_out(false)
            // Each would start a job in the scheduler that outlives the database.
            .idle_timeout(None)
            .max_lifetime(None)
            .connection_timeout(options.common.acquire_timeout.max(ERROR_CHECK_INTERVAL))
            .thread_pool(scheduler()?)
            .error_handler(Box::new(last_error.clone()))
            .build_unchecked(Manager { opener, first: Mutex::new(Some(first)), files: Arc::clone(&files) });
        Ok(Pool { pool, last_error, files })
    }

    /// Closes the connections, and waits until the last has closed the file: one of r2d2's threads
    /// may be about to let go of the pool, and of the connections in it.
    pub(crate) fn close(self) {
        let Pool { pool, files, .. } = self;
        drop(pool);
        let mut state = files.lock();
        while state.count > 0 {
            state = wait(&files.closed, state);
        }
    }

    /// Takes a connection and sets it up, on the thread where it will live.
    pub(crate) fn check_out(&self, options: &Options) -> Result<(CheckedOut, LogLength)> {
        let mut connection = self.get(options).map_err(|error| self.files.are_there().err().unwrap_or(error))?;
        self.files.are_there().inspect_err(|_| connection.dirty = true)?;
        // SQLite opens for reading what it cannot open for writing, and says nothing.
        if !options.read_only && connection.raw.is_readonly("main").map_err(typed)? {
            connection.dirty = true;
            return Err(options.only_readable());
        }
        if connection.identity.is_none() {
            set_up(&mut connection.raw, options).inspect_err(|_| connection.dirty = true)?;
            if !options.read_only && !can_write(&connection.raw) {
                connection.dirty = true;
                return Err(options.only_readable());
            }
            let identity = self.files.admit(options).inspect_err(|_| connection.dirty = true)?;
            connection.identity = Some(identity);
        }
        let raw = &connection.raw;
        // The checkpoints that SQLite would run after this number of pages are run by the library,
        // between two transactions; 0 switches them off.
        let checkpoint_after = match connection.checkpoint_after {
            Some(after) => after,
            None => number(raw, "wal_autocheckpoint")?,
        };
        connection.checkpoint_after = Some(checkpoint_after);
        let page_size = u64::from(number(&connection.raw, "page_size")?);
        let checkpoint_after = if options.read_only { 0 } else { checkpoint_after };
        let log = LogLength { page_size, checkpoint_after, at_checkpoint: 0 };
        Ok((connection, log))
    }
}

impl Pool {
    /// Waits for a connection, but no longer for one that cannot be opened: r2d2 would try again
    /// until the time is up.
    fn get(&self, options: &Options) -> Result<CheckedOut> {
        // The database may be told not to wait for its turn at all; to open a file always takes a
        // while.
        let timeout = options.common.acquire_timeout.max(Duration::from_secs(5));
        let started = Instant::now();
        let before = self.last_error.count();
        loop {
            let left = timeout.saturating_sub(started.elapsed());
            match self.pool.get_timeout(left.clamp(Duration::from_millis(1), ERROR_CHECK_INTERVAL)) {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    if let Some(cause) = self.last_error.since(before) {
                        return Err(options.explain(cause));
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
