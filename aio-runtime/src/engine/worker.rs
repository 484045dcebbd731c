//! What a connection's thread does: takes requests, runs them on its driver, keeps track of transactions.
//!
//! After every request the thread looks whether the database has ended the transaction by itself. Such a transaction is
//! dead: whatever is still sent in it fails with the first cause, and none of it runs in autocommit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::gate::{Gate, Pass};
use super::queue::{Queue, closed, in_transaction};
use super::reply::Responder;
use super::request::{Access, Command, Name, Request};
use crate::driver::{Driver, Outcome, TransactionMode};
use crate::error::{Error, ErrorKind, FailedRow, Result};
use crate::sql::Run;
use crate::trace::Trace;

pub(crate) struct Worker<D> {
    pub(crate) driver: D,
    pub(crate) name: Name,
    /// Where it waits before it writes; `None` where nothing can be written.
    pub(crate) gate: Option<Arc<Gate>>,
    pub(crate) patience: Duration,
    /// Where statements go that turn out to write, from a thread that only reads.
    pub(crate) writer: Option<Arc<Queue>>,
    pub(crate) pass: Option<Pass>,
    /// The open transaction and its savepoints.
    pub(crate) transactions: Vec<u64>,
    /// Why the open transaction is over already.
    pub(crate) dead: Option<Error>,
}

impl<D: Driver> Worker<D> {
    /// Answers one request.
    pub(crate) fn answer(&mut self, queue: &Queue, request: Request) {
        let Request { command, mut responder, transaction, .. } = request;
        let mut command = match command {
            // A commit that nobody waits for any more has not begun: the transaction is dropped.
            Command::Commit { id } if responder.is_cancelled() => Command::Rollback { id },
            command => command,
        };
        match command {
            Command::Commit { id } => return responder.finish(self.end(id, true)),
            Command::Rollback { id } => return responder.finish(self.end(id, false)),
            _ if responder.is_cancelled() => return,
            _ => {}
        }
        let top = self.transactions.last().copied().unwrap_or(0);
        if transaction != top {
            return responder.finish(Err(if transaction == 0 { in_transaction() } else { closed() }));
        }
        if let Some(cause) = &self.dead {
            return responder.finish(Err(rolled_back(cause)));
        }
        match self.access(&command) {
            Ok(Access::Read) => {}
            Ok(_) => {
                if let Some(writer) = &self.writer {
                    return writer.push(Request { command, responder, transaction, place: None });
                }
                if let Err(error) = self.enter(&responder) {
                    return responder.finish(Err(error.with_sql(command.text())));
                }
                if responder.is_cancelled() {
                    return self.leave();
                }
                responder.collect();
            }
            Err(error) => {
                let result = Err(error);
                Trace::start().end(&self.name, command.text(), &result);
                return responder.finish(result);
            }
        }
        let streaming = queue.begin_stream(responder.pressure());
        let trace = Trace::start();
        let result = catch_unwind(AssertUnwindSafe(|| self.perform(&mut command, &mut responder)));
        queue.end_stream(streaming);
        let result = result.unwrap_or_else(|payload| Err(panicked(&payload)));
        let result = self.settle(result);
        trace.end(&self.name, command.text(), &result);
        responder.finish(result.map_err(|error| error.with_sql(command.text())));
    }

    /// The thread's last work for its connection.
    pub(crate) fn stop(&mut self) {
        if self.driver.in_transaction() {
            // A connection that cannot roll back is closed: the pool sees that its transaction is open.
            let _ = self.driver.rollback();
        }
        self.transactions.clear();
        self.leave();
    }

    fn access(&mut self, command: &Command) -> Result<Access> {
        match command {
            Command::Statement { text, access: Access::Unknown, .. } => {
                let reads = self.driver.is_read(text).map_err(|error| error.with_sql(text))?;
                Ok(if reads { Access::Read } else { Access::Write })
            }
            Command::Statement { access, .. } | Command::Call { access, .. } => Ok(*access),
            Command::Runs(_) | Command::Script(_) => Ok(Access::Write),
            Command::Begin { mode: TransactionMode::Deferred | TransactionMode::ReadOnly, .. } => Ok(Access::Read),
            Command::Begin { .. } => Ok(Access::Write),
            Command::Savepoint { .. } | Command::Commit { .. } | Command::Rollback { .. } => Ok(Access::Read),
        }
    }

    fn enter(&mut self, responder: &Responder) -> Result<()> {
        if self.pass.is_none()
            && let Some(gate) = &self.gate
        {
            self.pass = Some(gate.enter(&self.name, self.patience, || responder.is_cancelled())?);
        }
        Ok(())
    }

    /// Gives the gate to the next, unless a transaction goes on.
    fn leave(&mut self) {
        if self.transactions.is_empty() {
            self.pass = None;
        }
    }

    fn perform(&mut self, command: &mut Command, responder: &mut Responder) -> Result<Outcome> {
        match command {
            Command::Statement { text, params, .. } => self.driver.execute(text, params, responder),
            Command::Runs(runs) => self.all_or_none(runs, responder),
            Command::Script(text) => self.driver.execute_script(text).map(|()| Outcome::default()),
            Command::Call { code, .. } => {
                code(self.driver.raw());
                Ok(Outcome::default())
            }
            Command::Begin { id, mode } => {
                self.driver.begin(*mode)?;
                self.transactions.push(*id);
                Ok(Outcome::default())
            }
            Command::Savepoint { id } => {
                self.driver.savepoint(*id)?;
                self.transactions.push(*id);
                Ok(Outcome::default())
            }
            Command::Commit { .. } | Command::Rollback { .. } => Ok(Outcome::default()),
        }
    }

    fn all_or_none(&mut self, runs: &[Run], responder: &mut Responder) -> Result<Outcome> {
        const SAVEPOINT: u64 = 0;
        if let [Run { rows: 1, .. }] = runs {
            return self.each_row(runs, responder);
        }
        let own = !self.driver.in_transaction();
        if own {
            self.driver.begin(TransactionMode::Immediate)?;
        } else {
            self.driver.savepoint(SAVEPOINT)?;
        }
        match self.each_row(runs, responder) {
            Ok(outcome) => {
                if own { self.driver.commit() } else { self.driver.release(SAVEPOINT) }?;
                Ok(outcome)
            }
            Err(error) => {
                if self.driver.in_transaction() {
                    // The row's error is the one to tell; a transaction that stays open is seen behind the request.
                    let _ = if own { self.driver.rollback() } else { self.driver.rollback_to(SAVEPOINT) };
                }
                Err(error)
            }
        }
    }

    fn each_row(&mut self, runs: &[Run], responder: &mut Responder) -> Result<Outcome> {
        let mut all = Outcome::default();
        let total: usize = runs.iter().map(|run| run.rows).sum();
        let mut row = 0;
        for run in runs {
            let width = run.params.len() / run.rows.max(1);
            for number in 0..run.rows {
                let params = run.params.get(number * width..(number + 1) * width).unwrap_or_default();
                let outcome = self.driver.execute(&run.text, params, responder).map_err(|error| {
                    let error = match error.kind() {
                        ErrorKind::ForeignKey { .. } => error
                            .with_failed_row(FailedRow { columns: Arc::clone(&run.columns), values: params.to_vec() }),
                        _ => error,
                    };
                    if total == 1 { error } else { error.at_row(row) }
                })?;
                all.rows_affected += outcome.rows_affected;
                all.last_insert_id = outcome.last_insert_id.or(all.last_insert_id);
                row += 1;
            }
        }
        Ok(all)
    }

    /// Looks what the request has left: a transaction that is gone, or one that nobody asked for.
    fn settle(&mut self, result: Result<Outcome>) -> Result<Outcome> {
        let open = self.driver.in_transaction();
        let result = match (self.transactions.is_empty(), open) {
            (false, false) => {
                let cause = match &result {
                    Err(error) => error.summary(),
                    Ok(_) => Error::usage("the statement ended the transaction: use `commit` or `rollback`"),
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
                    // What could not be committed is not to be, whatever the outer transaction does.
                    let _ = if level == 0 { self.driver.rollback() } else { self.driver.rollback_to(id) };
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
            (true, true) => self.driver.commit(),
            (true, false) => self.driver.rollback(),
            (false, true) => self.driver.release(id),
            (false, false) => self.driver.rollback_to(id),
        }
    }
}

fn rolled_back(cause: &Error) -> Error {
    Error::new(ErrorKind::RolledBack, format!("the transaction has been rolled back: {cause}"))
        .with_source(cause.summary())
}

fn panicked(payload: &Box<dyn Any + Send>) -> Error {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words");
    Error::new(ErrorKind::Panic, format!("code on the connection's thread panicked: {words}"))
}
