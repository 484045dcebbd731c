//! Which requests of a connection run, when, and what SQLite needs before and after them: the gate
//! in front of the one writer, room for the write-ahead log to be begun anew, checks of the files,
//! and checkpoints.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counters::Counters;
use super::gate::{Gate, Pass, RIGHT_TO_WRITE};
use super::reads::{Reader, Reads, Restart};
use super::{Checkpoint, FileCheck, SqliteConnection, WriteLog};
use crate::engine::errors::not_acquired;
use crate::engine::job::{Flow, Names, Reply};
use crate::engine::metrics::Meters;
use crate::engine::queue::Queue;
use crate::engine::request::{Access, Command, Request};
use crate::engine::{Admission, Admitted, Name, Turn, access, timer};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::trace::Trace;

/// What the threads of a database share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Where a thread waits before it writes; `None` where the database is opened for reading.
    pub(super) gate: Option<Arc<Gate>>,
    pub(super) writer: Arc<Queue>,
    pub(super) reads: Arc<Reads>,
    pub(super) meters: Arc<Meters>,
    pub(super) counters: Arc<Counters>,
    pub(super) acquire_timeout: Duration,
}

impl Shared {
    /// Asks the writer to begin the write-ahead log anew.
    fn ask_for_restart(&self) {
        let (_, responder) = Reply::new(Flow::Collected, 0, Names::Known, None);
        let command = WriteLog::begun_anew(Restart::new(&self.reads));
        let trace = Trace::none();
        self.writer.push_first(Request { command, responder, transaction: 0, arrived: Instant::now(), trace });
    }
}

/// What one connection holds of what the database shares.
pub(super) struct SqliteAdmission {
    pub(super) shared: Shared,
    name: Name,
    reader: Arc<Reader>,
    /// Whether the connection only reads, so that statements that turn out to write go to the
    /// writer.
    forwards: bool,
    pass: Option<Pass>,
    /// Whether a snapshot of the database is held, by a read under way or an open transaction.
    is_reading: bool,
    /// Whether the right to write was held by what has just ended.
    has_written: bool,
}

impl SqliteAdmission {
    pub(super) fn new(shared: Shared, name: &Name, forwards: bool) -> SqliteAdmission {
        SqliteAdmission {
            name: Arc::clone(name),
            reader: shared.reads.reader(name),
            shared,
            forwards,
            pass: None,
            is_reading: false,
            has_written: false,
        }
    }

    /// Waits for the right to write for a group of requests, which is held until it is
    /// [given up](Admission::give_up_writing).
    pub(super) fn enter_for_group(&mut self) {
        self.pass = self.shared.gate.as_ref().and_then(|gate| gate.enter(&self.name, None, || false));
    }

    /// Waits for the right to write, as long as the request is wanted.
    fn enter(&mut self, request: &Request) -> Result<()> {
        if self.pass.is_some() {
            return Ok(());
        }
        let Some(gate) = &self.shared.gate else { return Ok(()) };
        if !request.responder.wait_for(Arc::clone(gate) as _) {
            return Ok(());
        }
        let acquire_timeout = self.shared.acquire_timeout;
        let until = timer::after(request.arrived, acquire_timeout);
        self.pass = gate.enter(&self.name, Some(until), || request.responder.is_stopped());
        match (&self.pass, &request.command) {
            (Some(_), Command::Begin { how, .. }) => gate.held_by_transaction(how.place),
            (None, _) if !request.responder.is_stopped() => {
                return Err(not_acquired(acquire_timeout, RIGHT_TO_WRITE, &gate.holder()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits while reads are held back, as long as the request is wanted.
    fn begin_to_read(&mut self, request: &Request) {
        if !self.is_reading {
            // Whoever holds the gate does not wait: the checkpoint that others wait for needs it.
            let (may_wait, unwanted) = (self.pass.is_none(), || request.responder.is_stopped());
            self.shared.reads.enter(&self.reader, may_wait, unwanted, || self.shared.ask_for_restart());
            self.is_reading = true;
        }
    }

    fn write_log<D: SqliteConnection>(&self, driver: &mut D, write: &mut WriteLog) -> Result<Outcome> {
        let WriteLog { restart, busy_timeout } = write;
        let Some(restart) = restart else { return self.checkpoint(driver, Checkpoint::Truncate, *busy_timeout) };
        // A log of the usual length keeps its file: commits are faster where it does not have to
        // grow again.
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
        // What code does with the connection is not known; that it only reads does not make it a
        // statement.
        let is_code = matches!(request.command, Command::Call { .. });
        let check = if is_code { FileCheck::BeforeWrite } else { FileCheck::BeforeRead };
        match driver.check_files(check).and_then(|()| access(driver, &request.command, false)) {
            Ok(Access::Read) => {
                self.begin_to_read(request);
                return Ok(Admitted::Read);
            }
            Ok(_) => {}
            // A statement that was sent before this one, and that the writer has yet to run, may
            // change the schema so that this one can be compiled.
            Err(error) if self.forwards && !request.command.is_query() && *error.kind() == ErrorKind::Sql => {}
            Err(error) => return Err(error),
        }
        if self.forwards {
            return Ok(Admitted::Elsewhere);
        }
        // In a transaction that writes already the files are checked again before the commit.
        let begins = !in_transaction || self.pass.is_none();
        self.enter(request)?;
        if begins && let Err(error) = driver.check_files(FileCheck::BeforeWrite) {
            self.pass = None;
            return Err(error);
        }
        Ok(Admitted::Write)
    }

    fn forward(&mut self, request: Request) {
        self.shared.writer.push(request);
    }

    fn run_own(&mut self, driver: &mut D, command: &mut dyn Any) -> Result<Outcome> {
        match command.downcast_mut() {
            Some(write) => self.write_log(driver, write),
            None => Err(Error::unsupported("sqlite", "command of another database")),
        }
    }

    fn commit(&mut self, driver: &mut D) -> Result<()> {
        if self.pass.is_none() {
            return driver.commit();
        }
        driver.check_files(FileCheck::BeforeWrite)?;
        driver.commit()?;
        driver.check_files(FileCheck::AfterCommit)
    }

    fn after_autocommit(&mut self, driver: &mut D) -> Result<()> {
        driver.check_files(FileCheck::AfterCommit)
    }

    fn give_up_writing(&mut self) {
        self.has_written |= self.pass.take().is_some();
    }

    fn leave(&mut self) {
        self.has_written |= self.pass.take().is_some();
        if self.is_reading {
            self.is_reading = false;
            self.shared.reads.leave(&self.reader, || self.shared.ask_for_restart());
        }
    }

    /// Keeps the write-ahead log short.
    ///
    /// What was `undone` is in no commit, but SQLite has written into the log what it had no
    /// memory for.
    fn after_write(&mut self, driver: &mut D, undone: bool) {
        let undone = std::mem::take(&mut self.has_written) && undone;
        let Some(log) = driver.log_after_commit() else {
            let bytes = if undone { driver.log_file() } else { 0 };
            if self.shared.reads.is_far_too_long(bytes) && self.shared.reads.log_has_grown(bytes) {
                self.shared.ask_for_restart();
            }
            return;
        };
        self.shared.counters.set_wal_bytes(log.bytes);
        if self.shared.reads.log_has_grown(log.bytes) {
            self.shared.ask_for_restart();
            return;
        }
        self.shared.reads.slow_down(log.bytes);
        if log.is_due {
            // What does not succeed now is tried again after a later commit.
            let _ = self.checkpoint(driver, Checkpoint::Passive, Duration::ZERO);
        }
    }
}
