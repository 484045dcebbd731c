//! Answers the requests of one connection, on the connection's thread.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::admission::{Admission, Admitted};
use super::driver::Driver;
use super::errors::writes_on_replica;
use super::job::{Responder, StallObserver};
use super::metrics::Meter;
use super::name::Name;
use super::request::{Command, Request};
use super::transactions::Transactions;
use super::{Stopper, backoff};
use crate::caught::{Panic, caught};
use crate::error::{Error, ErrorKind, Result};

/// How often a request outside of a transaction runs again after failures that may pass.
const MAX_REPETITIONS: u32 = 3;

/// Checks each request of a connection, runs it on the driver, and keeps track of transactions.
///
/// A panic while a request is answered fails the request, but does not end the thread: an open
/// transaction is rolled back, and the connection is replaced.
pub(crate) struct Worker<D, A> {
    pub(crate) driver: D,
    pub(crate) admission: A,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) name: Name,
    pub(crate) meter: Arc<Meter>,
    /// A statement that runs at least this long is reported as slow.
    pub(crate) slow_threshold: Duration,
    /// The observer to notify when the thread begins or stops waiting for a task that reads a
    /// stream slowly; `None` if nobody observes this.
    pub(crate) stall_observer: Option<Arc<dyn StallObserver>>,
    pub(super) transactions: Transactions,
    /// Whether the current request was admitted as a read.
    pub(super) reads: bool,
    /// Whether the connection has to be replaced as soon as no transaction is open on it.
    is_unusable: bool,
}

impl<D: Driver, A: Admission<D>> Worker<D, A> {
    pub(crate) fn new(
        driver: D,
        admission: A,
        name: &Name,
        meter: Arc<Meter>,
        slow_threshold: Duration,
    ) -> Worker<D, A> {
        Worker {
            stopper: driver.stopper(),
            driver,
            admission,
            name: Arc::clone(name),
            meter,
            slow_threshold,
            stall_observer: None,
            transactions: Transactions::default(),
            reads: false,
            is_unusable: false,
        }
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, request: Request) {
        // If this panics, the request is dropped, which answers it.
        let _ = self.catch_panic(|worker| {
            match request.command {
                Command::Commit { id } => worker.end_transaction(request, id, true),
                Command::Rollback { id } => worker.end_transaction(request, id, false),
                _ => worker.answer_unguarded(request),
            }
            Ok(())
        });
    }

    /// Calls `act` and turns a panic into an error. After a panic the connection is rolled back
    /// and marked for replacement.
    pub(crate) fn catch_panic<T>(&mut self, act: impl FnOnce(&mut Worker<D, A>) -> Result<T>) -> Result<T> {
        caught(|| act(self)).unwrap_or_else(|panic| {
            let cause = panicked(panic);
            // The state in which the panic has left the connection is not known.
            self.is_unusable = true;
            // If the rollback fails, the transaction ends when the connection is closed.
            drop(caught(|| self.driver.rollback()));
            self.transactions.mark_dead(&cause);
            self.admission.release_write();
            self.leave();
            self.stopper.reset();
            Err(cause)
        })
    }

    fn end_transaction(&mut self, request: Request, id: u64, commit: bool) {
        let Request { responder, arrived, trace, .. } = request;
        // A commit that has not begun when its future is dropped becomes a rollback.
        let commit = commit && responder.begin(&self.stopper, false);
        if !commit {
            self.stopper.reset();
        }
        let started = Instant::now();
        let run = trace.run(arrived, self.slow_threshold);
        let Worker { driver, admission, transactions, .. } = self;
        let result = transactions.end(driver, id, commit.then_some(|driver: &mut D| admission.commit(driver)));
        let result = self.with_context(result);
        self.leave();
        run.end(&self.name, if commit { "COMMIT" } else { "ROLLBACK" }, 0, &result);
        self.meter.count(1, started.elapsed(), (0, 0));
        let undone = !commit || result.is_err();
        responder.finish(result);
        self.after_write(undone);
    }

    fn answer_unguarded(&mut self, mut request: Request) {
        if request.responder.is_stopped() {
            return request.responder.finish_stopped();
        }
        if let Err(error) = self.transactions.check(request.transaction) {
            return request.responder.finish(Err(error));
        }
        let in_transaction = self.transactions.are_open();
        match self.admission.admit(&mut self.driver, &request, in_transaction) {
            Ok(Admitted::Read) => self.reads = true,
            Ok(_) if request.only_reads => {
                self.leave();
                return self.refuse(request, writes_on_replica());
            }
            Ok(Admitted::Write) => {
                self.reads = false;
                if !in_transaction {
                    request.responder.hold_rows();
                }
            }
            Ok(Admitted::Elsewhere) => {
                request.responder.requeue();
                return self.admission.forward(request);
            }
            Err(error) => {
                self.leave();
                return self.refuse(request, error);
            }
        }
        if !request.responder.begin(&self.stopper, self.reads) {
            self.leave();
            return request.responder.finish_stopped();
        }
        self.run(request);
    }

    /// Answers a request that was not admitted.
    pub(super) fn refuse(&self, request: Request, error: Error) {
        let result = Err(error.with_sql(request.command.sql()));
        let run = request.trace.run(request.arrived, self.slow_threshold);
        run.end(&self.name, request.command.sql(), 0, &result);
        request.responder.finish(result);
    }

    fn run(&mut self, request: Request) {
        let Request { mut command, mut responder, arrived, trace, .. } = request;
        if let Some(stall_observer) = &self.stall_observer {
            responder.set_stall_observer(stall_observer);
        }
        let started = Instant::now();
        let run = trace.run(arrived, self.slow_threshold);
        let is_read = command.reads();
        let mut result = self.perform_catching(&mut command, &mut responder);
        if is_read {
            result = result.map_err(without_doubt);
        }
        let mut failures = 0;
        while let Err(error) = &result
            && failures < MAX_REPETITIONS
            && self.may_repeat(error, &command, &responder)
        {
            failures += 1;
            let leaves_server = self.driver.leaves_server_after(error);
            if *error.kind() == ErrorKind::Conflict && !leaves_server {
                thread::sleep(backoff(failures));
            } else {
                // While there is no connection, nothing runs: a stop ends the request at once.
                responder.requeue();
                if self.driver.reconnect().is_err() {
                    break;
                }
                self.is_unusable = false;
                if !responder.begin(&self.stopper, self.reads) {
                    break;
                }
            }
            responder.start_over();
            result = self.perform_catching(&mut command, &mut responder);
            if is_read {
                result = result.map_err(without_doubt);
            }
        }
        if result.is_err() {
            // A stop that came for the failed statement must not interrupt its rollback.
            responder.forbid_stop();
            self.stopper.reset();
        }
        if result.as_ref().is_err_and(|error| *error.kind() == ErrorKind::Conflict) {
            self.admission.release_write();
        }
        // This is done before the check of the transaction: if the database has ended the
        // transaction, later requests report this error as the cause, and it has to be the
        // timeout, not the interrupt by which the timeout was enforced.
        result = result.map_err(|error| responder.timeout_or(error));
        result = self.transactions.after_request(&mut self.driver, result);
        self.leave();
        let is_own = matches!(command, Command::Backend(_));
        if !self.reads && !is_own && !self.transactions.are_open() {
            let driver = &mut self.driver;
            result = result.and_then(|outcome| self.admission.after_autocommit(driver).map(|()| outcome));
        }
        let result = result.map_err(|error| error.with_sql(command.sql()));
        let undone = result.is_err() && !is_own;
        run.end(&self.name, command.sql(), responder.rows_returned(), &result);
        self.meter.count(1, started.elapsed(), self.driver.take_cache_counts());
        responder.finish(result);
        // A stop of this request must not hit the next one.
        self.stopper.reset();
        if !self.reads {
            self.after_write(undone);
        }
        self.driver.after_request();
    }

    /// Returns whether a request that has failed because the connection was lost, or because of
    /// another transaction, can run again: it certainly had no effect, belongs to no transaction,
    /// and the task has got nothing of its answer.
    fn may_repeat(&self, error: &Error, command: &Command, responder: &Responder) -> bool {
        // Statements of a script that ran before the failed one are committed, and a closure can
        // be called only once.
        let is_whole = matches!(
            command,
            Command::Statement { .. }
                | Command::Describe { .. }
                | Command::Insert { .. }
                | Command::Steps(_)
                | Command::Begin { .. }
        );
        let may_pass = match error.kind() {
            ErrorKind::Disconnected => true,
            ErrorKind::Conflict => self.driver.resolves_conflicts(error),
            _ => false,
        };
        may_pass && is_whole && !self.transactions.are_open() && responder.can_start_over()
    }

    /// Releases the locks that were acquired for the request or the transaction, if no transaction
    /// is open any more.
    pub(super) fn leave(&mut self) {
        if self.transactions.are_dead() {
            self.admission.release_write();
        }
        if !self.transactions.are_open() {
            // If the rollback of a transaction failed, the next request would run inside that
            // transaction, so the connection is replaced.
            self.is_unusable = self.is_unusable || self.driver.in_transaction();
            self.admission.leave();
        }
    }

    fn after_write(&mut self, undone: bool) {
        if !self.transactions.are_open() {
            self.admission.after_write(&mut self.driver, undone);
        }
    }

    /// Returns whether a transaction is open on the connection.
    pub(crate) fn in_transaction(&self) -> bool {
        self.transactions.are_open()
    }

    /// Rolls back an open transaction, because the connection's user has gone or its thread ends.
    pub(crate) fn stop(&mut self) {
        // If the rollback fails, `leave` marks the connection for replacement, which ends the
        // transaction.
        let _ = self.catch_panic(|worker| worker.driver.rollback());
        self.transactions.clear();
        self.leave();
    }

    /// Returns whether the connection has to be replaced. If so, discards it.
    pub(crate) fn must_be_replaced(&mut self) -> bool {
        let must = (self.is_unusable || self.driver.has_leaked_changes()) && !self.transactions.are_open();
        if must {
            self.driver.discard();
        }
        must
    }

    /// If the result is an error, lets the driver add details to it, and marks the connection for
    /// replacement if it cannot be used after this error.
    pub(crate) fn with_context<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            self.is_unusable |= self.driver.is_unusable_after(&error);
            self.driver.add_context(error)
        })
    }

    /// Returns whether the connection is known to be lost. If a transaction is open, the next
    /// statement in it finds that out.
    pub(crate) fn is_lost(&mut self) -> bool {
        !self.transactions.are_open() && self.driver.is_lost()
    }

    /// Makes the connection as if it had just been opened, if that is possible. Returns whether it
    /// is.
    pub(crate) fn is_pristine(&mut self) -> bool {
        self.driver.prepare_to_park();
        !self.driver.in_transaction() && self.driver.is_pristine()
    }

    /// Runs a command. A panic in the driver becomes an error, as described at
    /// [`catch_panic`](Worker::catch_panic).
    pub(crate) fn perform_catching(
        &mut self,
        command: &mut Command,
        responder: &mut Responder,
    ) -> Result<crate::outcome::Outcome> {
        let result = self.catch_panic(|worker| worker.perform(command, responder));
        self.with_context(result)
    }
}

/// A read whose answer was lost has had no effect, whether it has run or not.
fn without_doubt(error: Error) -> Error {
    match error.kind() {
        ErrorKind::OutcomeUnknown => error.with_kind(ErrorKind::Disconnected),
        _ => error,
    }
}

/// Returns the error for a panic on a connection's thread.
pub(crate) fn panicked(panic: Panic) -> Error {
    panic.into_error("code on the connection's thread")
}
