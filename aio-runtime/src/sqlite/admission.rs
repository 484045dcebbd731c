//! Decides when a request may run on a SQLite connection, and which requests a reader forwards to
//! the writer. Takes the write lock, holds reads back while the write-ahead log restarts, checks
//! the files, and runs checkpoints.

use std::any::Any;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::reads::{ActiveReads, Reader, Restart};
use super::write_lock::{WRITE_LOCK, WriteLock, WriteLockGuard};
use super::{Checkpoint, CheckpointCommand, FileCheck, SqliteConnection};
use crate::engine::errors::not_acquired;
use crate::engine::job::{Flow, Names, Reply};
use crate::engine::metrics::Meters;
use crate::engine::queue::Queue;
use crate::engine::request::{Access, Command, Request};
use crate::engine::{Admission, Admitted, Name, Turn, access, timer};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::trace::Trace;

/// The state that the threads of a database share.
#[derive(Clone)]
pub(super) struct Shared {
    /// The lock that every write takes; `None` if the database is read-only.
    pub(super) write_lock: Option<Arc<WriteLock>>,
    pub(super) writer: Arc<Queue>,
    pub(super) reads: Arc<ActiveReads>,
    pub(super) meters: Arc<Meters>,
    pub(super) counters: Arc<Counters>,
    pub(super) acquire_timeout: Duration,
}

impl Shared {
    /// Asks the writer to restart the write-ahead log.
    fn request_restart(&self) {
        let (_, responder) = Reply::new(Flow::Collected, 0, Names::Known, None);
        let command = CheckpointCommand::restart(Restart::new(&self.reads));
        let trace = Trace::none();
        self.writer.push_first(Request {
            command,
            responder,
            transaction: 0,
            arrived: Instant::now(),
            trace,
            runs_alone: false,
            only_reads: false,
        });
    }
}

/// Decides when requests may run on one connection, and holds the write lock for those that write.
pub(super) struct SqliteAdmission {
    pub(super) shared: Shared,
    name: Name,
    reader: Arc<Reader>,
    /// Whether the connection is a reader. A reader forwards a statement to the writer if the
    /// statement turns out to write.
    forwards_writes: bool,
    write_guard: Option<WriteLockGuard>,
    /// Where the last transaction on the connection was begun.
    begun_at: Option<&'static Location<'static>>,
    /// Whether the current request or transaction has registered a read in `Shared::reads` and not
    /// ended it yet.
    is_reading: bool,
    /// Whether the write lock was held for the request or transaction that has just ended.
    has_written: bool,
}

impl SqliteAdmission {
    pub(super) fn new(shared: Shared, name: &Name, forwards_writes: bool) -> SqliteAdmission {
        SqliteAdmission {
            name: Arc::clone(name),
            reader: shared.reads.reader(name),
            shared,
            forwards_writes,
            write_guard: None,
            begun_at: None,
            is_reading: false,
            has_written: false,
        }
    }

    /// Acquires the write lock for a group of requests. The lock is held until
    /// [`release_write`](Admission::release_write) is called.
    pub(super) fn acquire_for_group(&mut self) {
        self.write_guard =
            self.shared.write_lock.as_ref().and_then(|write_lock| write_lock.acquire(&self.name, None, || false));
    }

    /// Acquires the write lock for a request, if the database has such a lock and the connection
    /// does not hold it. Fails if the lock is not free within the acquire timeout, counted from
    /// the arrival of the request. If the request is stopped, returns without the lock, because
    /// the request will not begin.
    fn acquire_write_lock(&mut self, request: &Request) -> Result<()> {
        if self.write_guard.is_some() {
            return Ok(());
        }
        let Some(write_lock) = &self.shared.write_lock else { return Ok(()) };
        if !request.responder.wait_for(Arc::clone(write_lock) as _) {
            return Ok(());
        }
        let acquire_timeout = self.shared.acquire_timeout;
        let until = timer::after(request.arrived, acquire_timeout);
        self.write_guard = write_lock.acquire(&self.name, Some(until), || request.responder.is_stopped());
        if self.write_guard.is_none() && !request.responder.is_stopped() {
            return Err(not_acquired(acquire_timeout, WRITE_LOCK, &write_lock.holder()));
        }
        // A deferred transaction takes the lock with its first write.
        let is_of_transaction = request.transaction != 0 || matches!(request.command, Command::Begin { .. });
        if let Some(place) = self.begun_at.filter(|_| is_of_transaction && self.write_guard.is_some()) {
            write_lock.set_transaction(place);
        }
        Ok(())
    }

    /// Registers a read, if none is registered yet. Waits first while reads are held back, until
    /// the request is stopped.
    fn begin_read(&mut self, request: &Request) {
        if !self.is_reading {
            // The holder of the write lock does not wait: the checkpoint for which reads are held
            // back needs that lock.
            let (may_wait, is_stopped) = (self.write_guard.is_none(), || request.responder.is_stopped());
            self.shared.reads.enter(&self.reader, may_wait, is_stopped, || self.shared.request_restart());
            self.is_reading = true;
        }
    }

    fn run_checkpoint<D: SqliteConnection>(&self, driver: &mut D, command: &mut CheckpointCommand) -> Result<Outcome> {
        let CheckpointCommand { restart, busy_timeout } = command;
        let Some(restart) = restart else { return self.checkpoint(driver, Checkpoint::Truncate, *busy_timeout) };
        // Truncate the log file only if it is far too long: commits are faster if the file need
        // not grow again.
        let is_too_long = self.shared.reads.is_far_too_long(driver.log_file());
        let how = if is_too_long { Checkpoint::Truncate } else { Checkpoint::Restart };
        let result = self.checkpoint(driver, how, *busy_timeout);
        restart.done(result.is_ok());
        result
    }

    fn checkpoint<D: SqliteConnection>(
        &self,
        driver: &mut D,
        how: Checkpoint,
        busy_timeout: Duration,
    ) -> Result<Outcome> {
        driver.checkpoint(how, busy_timeout)?;
        self.shared.counters.count_checkpoint();
        Ok(Outcome::default())
    }
}

impl<D: SqliteConnection> Admission<D> for SqliteAdmission {
    fn admit(&mut self, driver: &mut D, request: &Request, in_transaction: bool) -> Result<Admitted> {
        if let Command::Begin { options, .. } = &request.command {
            self.begun_at = Some(options.place);
        }
        // A closure can do anything with the connection, so the files are checked as for a write,
        // even if the closure only reads.
        let has_code = matches!(request.command, Command::Call { .. });
        let check = if has_code { FileCheck::BeforeWrite } else { FileCheck::BeforeRead };
        match driver.check_files(check).and_then(|()| access(driver, &request.command, false)) {
            Ok(Access::Read) => {
                self.begin_read(request);
                return Ok(Admitted::Read);
            }
            Ok(_) => {}
            // The error may be due to a table that an earlier statement will create, which is
            // still queued at the writer. So forward this statement to the writer, which prepares
            // it after that one.
            Err(error) if self.forwards_writes && !request.command.is_query() && *error.kind() == ErrorKind::Sql => {}
            Err(error) => return Err(error),
        }
        if self.forwards_writes {
            return Ok(Admitted::Elsewhere);
        }
        // The files are checked before the first write of a transaction and before its commit, but
        // not before each write in between.
        let begins = !in_transaction || self.write_guard.is_none();
        self.acquire_write_lock(request)?;
        if begins && let Err(error) = driver.check_files(FileCheck::BeforeWrite) {
            self.write_guard = None;
            return Err(error);
        }
        Ok(Admitted::Write)
    }

    fn forward(&mut self, request: Request) {
        self.shared.writer.push(request);
    }

    fn run_backend_command(&mut self, driver: &mut D, command: &mut dyn Any) -> Result<Outcome> {
        match command.downcast_mut() {
            Some(command) => self.run_checkpoint(driver, command),
            None => Err(Error::unsupported("sqlite", "command of another database")),
        }
    }

    fn commit(&mut self, driver: &mut D) -> Result<()> {
        if self.write_guard.is_none() {
            return driver.commit();
        }
        driver.check_files(FileCheck::BeforeWrite)?;
        driver.commit()?;
        driver.check_files(FileCheck::AfterCommit)
    }

    fn after_autocommit(&mut self, driver: &mut D) -> Result<()> {
        driver.check_files(FileCheck::AfterCommit)
    }

    fn release_write(&mut self) {
        self.has_written |= self.write_guard.take().is_some();
    }

    fn leave(&mut self) {
        self.has_written |= self.write_guard.take().is_some();
        if self.is_reading {
            self.is_reading = false;
            self.shared.reads.leave(&self.reader, || self.shared.request_restart());
        }
    }

    /// Keeps the write-ahead log short after a write: requests its restart if the log is longer
    /// than the limit, or runs a checkpoint if one is due.
    ///
    /// `undone` says that the write was rolled back. SQLite may have written pages to the log all
    /// the same, because they did not fit in its cache.
    fn after_write(&mut self, driver: &mut D, undone: bool) {
        let undone = std::mem::take(&mut self.has_written) && undone;
        let Some(log) = driver.log_after_commit() else {
            let bytes = if undone { driver.log_file() } else { 0 };
            if self.shared.reads.is_far_too_long(bytes) && self.shared.reads.log_has_grown(bytes) {
                self.shared.request_restart();
            }
            return;
        };
        self.shared.counters.set_wal_bytes(log.bytes);
        if self.shared.reads.log_has_grown(log.bytes) {
            self.shared.request_restart();
            return;
        }
        self.shared.reads.throttle_writer(log.bytes);
        if log.is_due {
            // If the checkpoint fails, a later commit tries again.
            let _ = self.checkpoint(driver, Checkpoint::Passive, Duration::ZERO);
        }
    }
}
