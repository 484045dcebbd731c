//! Answers the requests of one connection, on the connection's thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Stopper;
use super::admission::{Admission, Admitted};
use super::driver::Driver;
use super::job::{Responder, Stalls};
use super::metrics::Meter;
use super::name::Name;
use super::request::{Command, Request};
use super::transactions::Transactions;
use crate::caught::{Panic, caught};
use crate::error::{Error, ErrorKind, Result};

/// What a connection's thread does with each request: checks it, runs it on the driver, and keeps
/// track of transactions.
///
/// A panic on the way fails the request and not the thread: the connection is rolled back and
/// then replaced.
pub(crate) struct Worker<D, A> {
    pub(crate) driver: D,
    pub(crate) admission: A,
    pub(crate) stopper: Arc<Stopper>,
    pub(crate) name: Name,
    pub(crate) meter: Arc<Meter>,
    /// How long a statement runs until a warning calls it slow.
    pub(crate) slow: Duration,
    /// Who is told when the thread waits for a task that reads a stream slowly.
    pub(crate) stalls: Option<Arc<dyn Stalls>>,
    pub(super) transactions: Transactions,
    /// Whether the request under way was admitted as a read.
    pub(super) reads: bool,
    /// Whether the connection has to be replaced before another transaction.
    is_unusable: bool,
}

impl<D: Driver, A: Admission<D>> Worker<D, A> {
    pub(crate) fn new(driver: D, admission: A, name: &Name, meter: Arc<Meter>, slow: Duration) -> Worker<D, A> {
        Worker {
            stopper: driver.stopper(),
            driver,
            admission,
            name: Arc::clone(name),
            meter,
            slow,
            stalls: None,
            transactions: Transactions::default(),
            reads: false,
            is_unusable: false,
        }
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, request: Request) {
        // Where this panics the request is dropped, which answers it.
        let _ = self.caught(|worker| {
            match request.command {
                Command::Commit { id } => worker.end_transaction(request, id, true),
                Command::Rollback { id } => worker.end_transaction(request, id, false),
                _ => worker.answer_or_panic(request),
            }
            Ok(())
        });
    }

    /// Calls `act` and turns a panic into an error, after which the connection is rolled back and
    /// has to be replaced.
    pub(crate) fn caught<T>(&mut self, act: impl FnOnce(&mut Worker<D, A>) -> Result<T>) -> Result<T> {
        caught(|| act(self)).unwrap_or_else(|panic| {
            let cause = panicked(panic);
            // In which state the panic has left the connection is not known.
            self.is_unusable = true;
            // A connection that cannot roll back is closed when it is replaced.
            drop(caught(|| self.driver.rollback()));
            self.transactions.lost(&cause);
            self.admission.give_up_writing();
            self.leave();
            self.stopper.reset();
            Err(cause)
        })
    }

    fn end_transaction(&mut self, request: Request, id: u64, commit: bool) {
        let Request { responder, arrived, trace, .. } = request;
        // A commit that nobody waits for any more and that has not begun is a dropped transaction.
        let commit = commit && responder.begin(&self.stopper, false);
        if !commit {
            self.stopper.reset();
        }
        let started = Instant::now();
        let run = trace.run(arrived, self.slow);
        let Worker { driver, admission, transactions, .. } = self;
        let result = transactions.end(driver, id, commit.then_some(|driver: &mut D| admission.commit(driver)));
        let result = self.examined(result);
        self.leave();
        run.end(&self.name, if commit { "COMMIT" } else { "ROLLBACK" }, 0, &result);
        self.meter.count(1, started.elapsed(), (0, 0));
        let undone = !commit || result.is_err();
        responder.finish(result);
        self.after_write(undone);
    }

    fn answer_or_panic(&mut self, mut request: Request) {
        if request.responder.is_stopped() {
            return request.responder.give_up();
        }
        if let Err(error) = self.transactions.check(request.transaction) {
            return request.responder.finish(Err(error));
        }
        let in_transaction = self.transactions.are_open();
        match self.admission.admit(&mut self.driver, &request, in_transaction) {
            Ok(Admitted::Read) => self.reads = true,
            Ok(Admitted::Write) => {
                self.reads = false;
                if !in_transaction {
                    request.responder.keep();
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
            return request.responder.give_up();
        }
        self.run(request);
    }

    /// Answers a request that may not run.
    fn refuse(&self, request: Request, error: Error) {
        let result = Err(error.with_sql(request.command.sql()));
        let run = request.trace.run(request.arrived, self.slow);
        run.end(&self.name, request.command.sql(), 0, &result);
        request.responder.finish(result);
    }

    fn run(&mut self, request: Request) {
        let Request { mut command, mut responder, arrived, trace, .. } = request;
        if let Some(stalls) = &self.stalls {
            responder.set_stalls(stalls);
        }
        let started = Instant::now();
        let run = trace.run(arrived, self.slow);
        let mut result = self.perform_caught(&mut command, &mut responder);
        if result.is_err() {
            // What was stopped is undone now, which must not be stopped again.
            responder.forbid_stop();
            self.stopper.reset();
        }
        if result.as_ref().is_err_and(|error| *error.kind() == ErrorKind::Conflict) {
            self.admission.give_up_writing();
        }
        // Where the transaction is dead, later requests are told of the deadline and not of the
        // interrupt by which it was kept.
        result = result.map_err(|error| responder.why(error));
        result = self.transactions.after_request(&mut self.driver, result);
        self.leave();
        let is_own = matches!(command, Command::Own(_));
        if !self.reads && !is_own && !self.transactions.are_open() {
            let driver = &mut self.driver;
            result = result.and_then(|outcome| self.admission.after_autocommit(driver).map(|()| outcome));
        }
        let result = result.map_err(|error| error.with_sql(command.sql()));
        let undone = result.is_err() && !is_own;
        run.end(&self.name, command.sql(), responder.rows_given(), &result);
        self.meter.count(1, started.elapsed(), self.driver.take_cache_figures());
        responder.finish(result);
        // What has ended must not be stopped any more.
        self.stopper.reset();
        if !self.reads {
            self.after_write(undone);
        }
    }

    /// Gives back what was acquired for the request or transaction that has just ended.
    fn leave(&mut self) {
        if self.transactions.are_dead() {
            self.admission.give_up_writing();
        }
        if !self.transactions.are_open() {
            // A transaction that could not be rolled back would take in what the next request
            // does.
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

    /// Rolls back what is open: the connection has served its user, or its thread ends.
    pub(crate) fn stop(&mut self) {
        // A connection that cannot roll back is closed by whoever takes it back.
        let _ = self.caught(|worker| worker.driver.rollback());
        self.transactions.clear();
        self.leave();
    }

    /// Returns whether another connection has to take the place of this one, which is not to be
    /// used again then.
    pub(crate) fn must_be_replaced(&mut self) -> bool {
        let must = (self.is_unusable || self.driver.is_changed_for_others()) && !self.transactions.are_open();
        if must {
            self.driver.discard();
        }
        must
    }

    /// Records whether an error says that the connection has to be replaced, and has the driver
    /// say what it knows of it.
    pub(crate) fn examined<T>(&mut self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            self.is_unusable |= self.driver.is_unusable_after(&error);
            self.driver.explain(error)
        })
    }

    /// Returns whether the next user of the connection finds it as if it had just been opened.
    pub(crate) fn is_as_new(&mut self) -> bool {
        !self.driver.in_transaction() && self.driver.is_as_new()
    }

    /// Runs a command. A panic in the driver becomes its error, as [`caught`](Worker::caught)
    /// says.
    pub(crate) fn perform_caught(
        &mut self,
        command: &mut Command,
        responder: &mut Responder,
    ) -> Result<crate::outcome::Outcome> {
        let result = self.caught(|worker| worker.perform(command, responder));
        self.examined(result)
    }
}

/// The error of code that has panicked on a connection's thread.
pub(crate) fn panicked(panic: Panic) -> Error {
    panic.into_error("code on the connection's thread")
}
