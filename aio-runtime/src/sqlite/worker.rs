//! What a connection's thread does: takes requests, runs them on its driver, keeps track of
//! transactions.
//!
//! After every request the thread looks whether the database has ended the transaction by itself.
//! Such a transaction is dead: whatever is still sent in it fails with the first cause, and none
//! of it runs in autocommit.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::gate::{Gate, Pass};
use super::reads::{Reader, Reads, Restart};
use super::{Checkpoint, Driver, Look, WriteLog, cannot_be_in_transaction};
use crate::caught::{Panic, caught};
use crate::engine::Turn;
use crate::engine::job::{Flow, Names, Reply, Responder, Stalls};
use crate::engine::metrics::{Counters, Meter};
use crate::engine::queue::{Queue, closed, in_transaction, waited};
use crate::engine::request::{Access, Command, Name, Request, Step};
use crate::engine::timer;
use crate::engine::{Stopper, TransactionMode};
use crate::error::{Error, ErrorKind, FailedRow, Result};
use crate::outcome::Outcome;
use crate::sql::Run;
use crate::trace::Trace;

pub(crate) struct Worker<D> {
    pub(super) driver: D,
    pub(super) stopper: Arc<Stopper>,
    pub(super) name: Name,
    pub(super) shared: Shared,
    pub(super) meter: Arc<Meter>,
    reader: Arc<Reader>,
    /// Who is told when it waits for a task that reads a stream slowly.
    pub(super) stalls: Option<Arc<dyn Stalls>>,
    /// Where statements go that turn out to write, from a thread that only reads.
    forward: Option<Arc<Queue>>,
    pub(super) pass: Option<Pass>,
    /// The open transaction and its savepoints.
    pub(super) transactions: Vec<u64>,
    /// Whether a snapshot of the database is held, by a read under way or an open transaction.
    reading: bool,
    /// Why the open transaction is over already.
    dead: Option<Error>,
    /// Its connection can only read, and should not.
    is_spoiled: bool,
}

/// What the threads of a database share.
#[derive(Clone)]
pub(super) struct Shared {
    /// Where a thread waits before it writes; `None` where nothing can be written.
    pub(super) gate: Option<Arc<Gate>>,
    pub(super) writer: Arc<Queue>,
    pub(super) reads: Arc<Reads>,
    pub(super) counters: Arc<Counters>,
    /// How long others are waited for.
    pub(super) patience: Duration,
    /// How long a statement runs until it is called slow.
    pub(super) slow: Duration,
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

impl<D: Driver> Worker<D> {
    pub(super) fn new(driver: D, name: &Name, shared: Shared, forwards: bool) -> Worker<D> {
        Worker {
            stopper: driver.stopper(),
            driver,
            name: Arc::clone(name),
            meter: shared.counters.meter(name),
            reader: shared.reads.reader(name),
            forward: forwards.then(|| Arc::clone(&shared.writer)),
            stalls: None,
            shared,
            pass: None,
            transactions: Vec::new(),
            reading: false,
            dead: None,
            is_spoiled: false,
        }
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, request: Request) {
        // Where it panics the request is dropped, and answered by that.
        let _ = self.caught(|worker| {
            worker.answer_or_panic(request);
            Ok(())
        });
    }

    /// Does something of which a panic is an error, and ends what is open on the connection.
    pub(super) fn caught<T>(&mut self, act: impl FnOnce(&mut Worker<D>) -> Result<T>) -> Result<T> {
        caught(|| act(self)).unwrap_or_else(|panic| {
            let cause = panicked(panic);
            // Nobody knows what it has left: another connection takes the place of this one.
            self.is_spoiled = true;
            // A connection that cannot roll back is closed then.
            drop(caught(|| self.driver.rollback()));
            if !self.transactions.is_empty() {
                self.dead.get_or_insert_with(|| cause.summary());
            }
            self.pass = None;
            self.leave();
            self.stopper.reset();
            Err(cause)
        })
    }

    fn answer_or_panic(&mut self, mut request: Request) {
        if let Command::Commit { id } | Command::Rollback { id } = request.command {
            // A commit that nobody waits for any more has not begun: the transaction is dropped.
            let commit =
                matches!(request.command, Command::Commit { .. }) && request.responder.begin(&self.stopper, false);
            if !commit {
                self.stopper.reset();
            }
            let writes = self.pass.is_some();
            let started = Instant::now();
            let run = request.trace.run(request.arrived, self.shared.slow);
            let result = self.end(id, commit);
            let undone = writes && (!commit || result.is_err());
            run.end(&self.name, if commit { "COMMIT" } else { "ROLLBACK" }, 0, &result);
            self.meter.count(1, started.elapsed(), (0, 0));
            request.responder.finish(result);
            return self.after_write(undone);
        }
        if request.responder.is_stopped() {
            return request.responder.give_up();
        }
        let top = self.transactions.last().copied().unwrap_or(0);
        if request.transaction != top {
            return request.responder.finish(Err(if top == 0 { closed() } else { in_transaction() }));
        }
        if let Some(cause) = &self.dead {
            return request.responder.finish(Err(rolled_back(cause)));
        }
        // What code does with the connection is not known; that it only reads does not make it a
        // statement.
        let look = if matches!(request.command, Command::Call { .. }) { Look::Now } else { Look::Lately };
        let reads = match self.driver.look(look).and_then(|()| self.access(&request.command, false)) {
            Ok(access) => access == Access::Read,
            // A reader may not know yet what was created a moment ago; the writer does.
            Err(error) if self.forward.is_some() && !request.command.is_query() && is_about_what_exists(&error) => {
                false
            }
            Err(error) => return self.refuse(request, error),
        };
        if reads {
            self.begin_to_read(&request);
        } else {
            if let Some(writer) = &self.forward {
                request.responder.requeue();
                writer.push(request);
                return;
            }
            // In a transaction that writes already it is looked again before the commit.
            let begins = self.transactions.is_empty() || self.pass.is_none();
            if let Err(error) = self.enter(&request) {
                return request.responder.finish(Err(error.with_sql(request.command.sql())));
            }
            if begins && let Err(error) = self.driver.look(Look::Now) {
                self.pass = None;
                self.leave();
                return self.refuse(request, error);
            }
            if self.transactions.is_empty() {
                request.responder.keep();
            }
        }
        if !request.responder.begin(&self.stopper, reads) {
            self.leave();
            return request.responder.give_up();
        }
        self.run(request, reads);
    }

    /// Answers a request that cannot be run.
    fn refuse(&self, request: Request, error: Error) {
        let result = Err(error.with_sql(request.command.sql()));
        let run = request.trace.run(request.arrived, self.shared.slow);
        run.end(&self.name, request.command.sql(), 0, &result);
        request.responder.finish(result);
    }

    fn run(&mut self, request: Request, reads: bool) {
        let Request { mut command, mut responder, arrived, trace, .. } = request;
        if let Some(stalls) = &self.stalls {
            responder.tell_stalls(stalls);
        }
        let started = Instant::now();
        let run = trace.run(arrived, self.shared.slow);
        let result = caught(|| self.perform(&mut command, &mut responder));
        let result = result.unwrap_or_else(|panic| Err(panicked(panic)));
        self.look_for_spoil(&result);
        if result.is_err() {
            // What was stopped is undone now, which must not be stopped again.
            responder.settle();
            self.stopper.reset();
        }
        if result.as_ref().is_err_and(|error| *error.kind() == ErrorKind::Conflict) {
            // The transaction can only be rolled back; nobody has to wait for that.
            self.pass = None;
        }
        // Whoever finds the transaction dead later is told of the deadline, not of the interrupt
        // by which it was kept.
        let mut result = self.settle(result.map_err(|error| responder.why(error)));
        if !reads && self.transactions.is_empty() && !matches!(command, Command::Own(_)) {
            result = result.and_then(|outcome| self.driver.look(Look::Committed).map(|()| outcome));
        }
        let result = result.map_err(|error| error.with_sql(command.sql()));
        let undone = result.is_err() && !matches!(command, Command::Own(_));
        run.end(&self.name, command.sql(), responder.rows_given(), &result);
        self.meter.count(1, started.elapsed(), self.driver.take_cache_figures());
        responder.finish(result);
        // It has ended, and is not stopped any more.
        self.stopper.reset();
        if !reads {
            self.after_write(undone);
        }
    }

    /// The thread's last work for its connection.
    pub(crate) fn stop(&mut self) {
        // A connection that cannot roll back is closed: the pool sees that its transaction is
        // open.
        let _ = self.caught(|worker| worker.driver.rollback());
        self.transactions.clear();
        self.dead = None;
        self.leave();
    }

    /// Whether another connection has to take the place of this one.
    pub(super) fn is_spoiled(&mut self) -> bool {
        let spoiled = (self.is_spoiled || self.driver.is_changed_for_others()) && self.transactions.is_empty();
        if spoiled {
            self.driver.discard();
        }
        spoiled
    }

    /// Looks whether an error says that the connection can only read, and should not.
    pub(super) fn look_for_spoil<T>(&mut self, result: &Result<T>) {
        self.is_spoiled |= result.as_ref().is_err_and(|error| self.driver.is_only_readable(error));
    }

    /// Whether the next to use the connection finds it as if it had just been opened.
    pub(super) fn is_as_new(&mut self) -> bool {
        !self.driver.in_transaction() && self.driver.is_as_new()
    }

    /// Whether it writes. One of several steps is run in a transaction, which may not have begun
    /// yet.
    fn access(&mut self, command: &Command, in_steps: bool) -> Result<Access> {
        match command {
            Command::Statement { text, params, access: Access::Unknown, .. } => {
                Ok(if self.driver.is_read(text, params, in_steps)? { Access::Read } else { Access::Write })
            }
            Command::Statement { access, .. } | Command::Call { access, .. } => Ok(*access),
            Command::Steps(steps) => {
                for (number, step) in steps.iter().enumerate() {
                    let access = self.access(&step.command, true);
                    let named = |error: Error| error.with_sql(step.command.sql()).at_statement(number);
                    if access.map_err(named)? != Access::Read {
                        return Ok(Access::Write);
                    }
                }
                Ok(Access::Read)
            }
            Command::Runs { .. } | Command::Script { .. } | Command::Own(_) => Ok(Access::Write),
            Command::Begin { how, .. } if matches!(how.mode, TransactionMode::Deferred | TransactionMode::ReadOnly) => {
                Ok(Access::Read)
            }
            Command::Begin { .. } => Ok(Access::Write),
            Command::Savepoint { .. } | Command::Commit { .. } | Command::Rollback { .. } => Ok(Access::Read),
        }
    }

    fn begin_to_read(&mut self, request: &Request) {
        if !self.reading {
            // Who holds the gate does not wait: the checkpoint that others wait for needs it.
            let (may_wait, unwanted) = (self.pass.is_none(), || request.responder.is_stopped());
            self.shared.reads.enter(&self.reader, may_wait, unwanted, || self.shared.ask_for_restart());
            self.reading = true;
        }
    }

    /// Waits for the right to write.
    fn enter(&mut self, request: &Request) -> Result<()> {
        if self.pass.is_some() {
            return Ok(());
        }
        let Some(gate) = &self.shared.gate else { return Ok(()) };
        if !request.responder.wait_for(Arc::clone(gate) as _) {
            return Ok(());
        }
        let until = timer::after(request.arrived, self.shared.patience);
        self.pass = gate.enter(&self.name, Some(until), || request.responder.is_stopped());
        match (&self.pass, &request.command) {
            (Some(_), Command::Begin { how, .. }) => gate.held_by_transaction(how.place),
            (None, _) if !request.responder.is_stopped() => {
                return Err(waited(self.shared.patience, true, &gate.holder()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives the gate to the next and lets go of the snapshot, unless a transaction goes on.
    fn leave(&mut self) {
        if self.transactions.is_empty() {
            self.pass = None;
            if self.reading {
                self.reading = false;
                self.shared.reads.leave(&self.reader, || self.shared.ask_for_restart());
            }
        }
    }

    pub(super) fn perform(&mut self, command: &mut Command, responder: &mut Responder) -> Result<Outcome> {
        match command {
            Command::Statement { text, params, sources, access } => {
                if let Some(sources) = sources {
                    self.driver.check_sources(sources, params)?;
                }
                let exact = *access == Access::Unknown;
                if !self.can_be_late(responder) {
                    return self.driver.execute(text, params, exact, responder);
                }
                if cannot_be_in_transaction(text) {
                    // It has begun, and is not stopped half way.
                    responder.settle();
                    return self.driver.execute(text, params, exact, responder);
                }
                self.in_time(responder, |worker, responder| worker.driver.execute(text, params, exact, responder))
            }
            Command::Runs { runs, whole } => {
                let one = matches!(&runs[..], [run] if run.rows() == 1);
                match *whole && !one {
                    true => self.all_or_none(responder, |worker, responder| worker.each_row(runs, responder)),
                    false if self.can_be_late(responder) => {
                        self.in_time(responder, |worker, responder| worker.each_row(runs, responder))
                    }
                    false => self.each_row(runs, responder),
                }
            }
            Command::Steps(steps) => {
                self.all_or_none(responder, |worker, responder| worker.each_step(steps, responder))
            }
            Command::Script { text, of_migration } => {
                if !self.driver.in_transaction() {
                    // Its statements are done one by one: what has begun is not stopped half way.
                    responder.settle();
                }
                self.driver.execute_script(text, *of_migration).map(|()| Outcome::default())
            }
            Command::Call { code, access } => {
                let raw = self.driver.lend(*access == Access::Read)?;
                // The handlers are put back even if the code panics.
                let called = code.with(|code| code(raw)).unwrap_or(Ok(()));
                let taken_back = self.driver.take_back();
                called.map_err(panicked)?;
                taken_back.map(|()| Outcome::default())
            }
            Command::Begin { id, how } => {
                match how.foreign_keys_off {
                    true => self.driver.begin_without_foreign_keys()?,
                    false => self.driver.begin(how.mode)?,
                }
                self.transactions.push(*id);
                Ok(Outcome::default())
            }
            Command::Savepoint { id } => {
                self.driver.savepoint(*id)?;
                self.transactions.push(*id);
                Ok(Outcome::default())
            }
            Command::Own(own) => {
                let own: &mut dyn Any = &mut **own;
                own.downcast_mut().map_or_else(|| Ok(Outcome::default()), |write| self.write_log(write))
            }
            Command::Commit { .. } | Command::Rollback { .. } => Ok(Outcome::default()),
        }
    }

    /// Runs one statement that may be stopped by its deadline. Its commit must not be, so that it
    /// is a step of its own.
    fn in_time(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        self.driver.begin(TransactionMode::Immediate)?;
        let result = body(self, responder);
        if self.driver.in_transaction() {
            // A statement that fails may have done a part, by OR FAIL, which it keeps: what else
            // it did SQLite has undone.
            let committed = self.commit_in_time(responder);
            return result.and_then(|outcome| committed.map(|()| outcome));
        }
        result
    }

    /// SQLite asks once more whether to go on when it has committed: from here on it does.
    fn commit_in_time(&mut self, responder: &Responder) -> Result<()> {
        responder.settle();
        self.stopper.reset();
        self.driver.commit()
    }

    /// Whether it may be stopped by a deadline while it commits by itself. A write has a
    /// transaction around it then, whose COMMIT is not stopped.
    fn can_be_late(&self, responder: &Responder) -> bool {
        responder.has_deadline() && self.pass.is_some() && !self.driver.in_transaction()
    }

    fn write_log(&mut self, WriteLog { restart, patience }: &mut WriteLog) -> Result<Outcome> {
        let Some(restart) = restart else { return self.checkpoint(Checkpoint::Truncate, *patience) };
        // A log of the usual length keeps its file: commits are faster where it does not have to
        // grow again.
        let is_too_long = self.shared.reads.is_far_too_long(self.driver.log_file());
        let how = if is_too_long { Checkpoint::Truncate } else { Checkpoint::Restart };
        let result = self.checkpoint(how, *patience);
        restart.done(result.is_ok());
        result
    }

    fn checkpoint(&mut self, how: Checkpoint, patience: Duration) -> Result<Outcome> {
        self.driver.checkpoint(how, patience)?;
        self.shared.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
        Ok(Outcome::default())
    }

    /// Runs several statements so that none is done unless all are: in a transaction, or a
    /// savepoint where one is open.
    fn all_or_none(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        const SAVEPOINT: u64 = 0;
        let own = !self.driver.in_transaction();
        if own {
            // Where only reads follow, they see one state of the database.
            let reads = self.reading && self.pass.is_none();
            self.driver.begin(if reads { TransactionMode::Deferred } else { TransactionMode::Immediate })?;
        } else {
            self.driver.savepoint(SAVEPOINT)?;
        }
        match body(self, responder) {
            Ok(outcome) => {
                if own {
                    self.commit_in_time(responder)?;
                } else {
                    self.driver.release(SAVEPOINT)?;
                }
                Ok(outcome)
            }
            Err(error) => {
                if self.driver.in_transaction() {
                    // The statement's error is the one to tell; a transaction that stays open is
                    // seen behind the request.
                    let _ = if own {
                        self.driver.rollback()
                    } else {
                        // What cannot be undone alone is undone with all that is around it.
                        self.driver.rollback_to(SAVEPOINT).or_else(|_| self.driver.rollback())
                    };
                }
                Err(error)
            }
        }
    }

    fn each_row(&mut self, runs: &[Run], responder: &mut Responder) -> Result<Outcome> {
        let mut all = Outcome::default();
        let total: usize = runs.iter().map(Run::rows).sum();
        let mut before = 0;
        for run in runs {
            let done = self.driver.execute_rows(&run.text, &run.params, run.width(), responder);
            let outcome = done.map_err(|(row, error)| {
                let error = failed_row(run, row, error);
                if total == 1 { error } else { error.at_row(before + row) }
            })?;
            all.rows_affected += outcome.rows_affected;
            all.last_insert_id = outcome.last_insert_id.or(all.last_insert_id);
            before += run.rows();
        }
        Ok(all)
    }

    fn each_step(&mut self, steps: &mut [Step], responder: &mut Responder) -> Result<Outcome> {
        for (number, step) in steps.iter_mut().enumerate() {
            responder.next_step(step.rows, step.names);
            let result = self.perform(&mut step.command, responder);
            let named = |error: Error| error.with_sql(step.command.sql()).at_statement(number);
            responder.end_step(result.map_err(named)?);
        }
        Ok(Outcome::default())
    }

    /// Looks what the request has left: a transaction that is gone, or one that nobody asked for.
    pub(super) fn settle(&mut self, result: Result<Outcome>) -> Result<Outcome> {
        let open = self.driver.in_transaction();
        let result = match (self.transactions.is_empty(), open) {
            (false, false) => {
                let cause = match &result {
                    Err(error) => error.summary(),
                    // What it ran was not looked at: code can take that from its connection.
                    Ok(_) => Error::usage("its own code has ended it: use `commit` or `rollback`"),
                };
                let result = result.and(Err(rolled_back(&cause)));
                self.dead = Some(cause);
                self.pass = None;
                result
            }
            (true, true) => {
                let undone = self.driver.rollback();
                let advice = "a transaction was left open and has been rolled back: use `begin` or `transaction`";
                result.and(undone).and(Err(Error::usage(advice)))
            }
            _ => result,
        };
        self.leave();
        result
    }

    /// Ends a transaction and what is nested in it.
    fn end(&mut self, id: u64, commit: bool) -> Result<Outcome> {
        let Some(level) = self.transactions.iter().position(|open| *open == id) else {
            return if commit { Err(closed()) } else { Ok(Outcome::default()) };
        };
        let nested = self.transactions.get(level + 1).copied();
        self.transactions.truncate(level);
        let result = match &self.dead {
            Some(cause) => {
                if commit {
                    Err(rolled_back(cause))
                } else {
                    Ok(Outcome::default())
                }
            }
            None => {
                let result = self.end_open(id, nested, commit);
                if result.is_err() && self.driver.in_transaction() {
                    // What could not be committed is not to be, whatever the outer transaction
                    // does.
                    let _ = match level {
                        0 => self.driver.rollback(),
                        // What cannot be undone alone is undone with all that is around it.
                        _ => self.driver.rollback_to(id).or_else(|_| self.driver.rollback()),
                    };
                }
                self.settle(result.map(|()| Outcome::default()))
            }
        };
        if level == 0 && self.dead.take().is_some() {
            // Nothing is open any more; the driver puts back what it set for the transaction.
            let _ = self.driver.rollback();
        }
        self.leave();
        result
    }

    fn end_open(&mut self, id: u64, nested: Option<u64>, commit: bool) -> Result<()> {
        // A nested transaction that was not committed is not committed by the outer one.
        if let (true, Some(nested)) = (commit, nested) {
            self.driver.rollback_to(nested)?;
        }
        match (self.transactions.is_empty(), commit) {
            (true, true) if self.pass.is_some() => {
                self.driver.look(Look::Now)?;
                self.driver.commit()?;
                self.driver.look(Look::Committed)
            }
            (true, true) => self.driver.commit(),
            (true, false) => self.driver.rollback(),
            (false, true) => self.driver.release(id),
            (false, false) => self.driver.rollback_to(id),
        }
    }

    /// Keeps the write-ahead log short. The answers to what was committed have been given.
    ///
    /// What was `undone` is in no commit, but SQLite has written into the log what it had no
    /// memory for.
    pub(super) fn after_write(&mut self, undone: bool) {
        if !self.transactions.is_empty() {
            return;
        }
        let Some(log) = self.driver.log_after_commit() else {
            let bytes = if undone { self.driver.log_file() } else { 0 };
            if self.shared.reads.is_far_too_long(bytes) && self.shared.reads.log_has_grown(bytes) {
                self.shared.ask_for_restart();
            }
            return;
        };
        self.shared.counters.wal_bytes.store(log.bytes, Ordering::Relaxed);
        if self.shared.reads.log_has_grown(log.bytes) {
            self.shared.ask_for_restart();
            return;
        }
        self.shared.reads.slow_down(log.bytes);
        if log.is_due && self.driver.checkpoint(Checkpoint::Passive, Duration::ZERO).is_ok() {
            self.shared.counters.checkpoints.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether a statement cannot be compiled because of what the connection believes to be in the
/// file.
fn is_about_what_exists(error: &Error) -> bool {
    *error.kind() == ErrorKind::Sql && ["no such", "already"].iter().any(|words| error.message().contains(words))
}

/// The error with the row that it is about, where that has to be looked up.
fn failed_row(run: &Run, row: usize, error: Error) -> Error {
    let ErrorKind::ForeignKey { .. } = error.kind() else { return error };
    let mut at = 0;
    let mut values = (0..=row).map(|_| run.row(&mut at)).last();
    match values.take() {
        Some(Ok(values)) => error.with_failed_row(FailedRow { columns: Arc::clone(&run.columns), values }),
        _ => error,
    }
}

pub(super) fn rolled_back(cause: &Error) -> Error {
    let what = match cause.kind() {
        ErrorKind::Usage => "the transaction is over, committed or rolled back",
        _ => "the transaction has been rolled back",
    };
    Error::new(ErrorKind::RolledBack, format!("{what}: {cause}")).with_source(cause.summary())
}

pub(super) fn panicked(panic: Panic) -> Error {
    panic.into_error("code on the connection's thread")
}
