//! Runs the commands of requests on a driver.

use std::any::Any;
use std::sync::Arc;

use super::admission::Admission;
use super::driver::{Driver, FailedStatement, StepSink, TransactionKind};
use super::job::Responder;
use super::request::{Access, Command, Step};
use super::row_sink::RowSink;
use super::worker::{Worker, panicked};
use crate::error::{Error, ErrorKind, FailedRow, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::sql::RowsToInsert;

/// The number of the savepoint around a request of several statements in a transaction. The
/// savepoints of nested transactions have numbers from 1 on.
const SAVEPOINT: u64 = 0;

impl<D: Driver, A: Admission<D>> Worker<D, A> {
    /// Runs a command that has been admitted.
    pub(crate) fn perform(&mut self, command: &mut Command, responder: &mut Responder) -> Result<Outcome> {
        match command {
            Command::Statement { text, params, sources, access, .. } => {
                if let Some(sources) = sources {
                    self.driver.check_sources(sources, params)?;
                }
                let exact = *access == Access::Unknown;
                if !self.needs_own_transaction(responder) {
                    return self.driver.execute(text, params, exact, responder);
                }
                if self.driver.must_run_outside_of_transactions(text) {
                    // If the statement were stopped half way, a part of its effect would remain.
                    responder.forbid_stop();
                    return self.driver.execute(text, params, exact, responder);
                }
                self.run_in_own_transaction(responder, |worker, responder| {
                    worker.driver.execute(text, params, exact, responder)
                })
            }
            Command::Describe { text, params } => {
                self.driver.describe(text, params, responder).map(|()| Outcome::default())
            }
            Command::Insert { rows, atomic } => match *atomic && rows.count() != 1 {
                true => self.atomically(responder, |worker, responder| worker.insert(rows, responder)),
                false if self.needs_own_transaction(responder) => {
                    self.run_in_own_transaction(responder, |worker, responder| worker.insert(rows, responder))
                }
                false => self.insert(rows, responder),
            },
            Command::Steps(steps) if self.driver.runs_together() && steps.iter().all(Step::can_run_together) => {
                self.run_together(steps, responder)
            }
            Command::Steps(steps) => self.atomically(responder, |worker, responder| worker.each_step(steps, responder)),
            Command::Script { text, kind } => {
                if !self.driver.in_transaction() {
                    // Each statement of the script is committed, so if the script were stopped
                    // half way, a part of its effect would remain.
                    responder.forbid_stop();
                }
                self.driver.execute_script(text, kind).map(|()| Outcome::default())
            }
            Command::Call { code, access } => {
                let connection = self.driver.lend(*access == Access::Read)?;
                // The connection is taken back even if the closure panics.
                let called = code.with(|code| code(connection)).unwrap_or(Ok(()));
                let taken_back = self.driver.take_back();
                called.map_err(panicked)?;
                taken_back.map(|()| Outcome::default())
            }
            Command::Begin { id, options } => {
                self.driver.begin(options.enforcement.transaction_kind(options.mode))?;
                self.transactions.begun(*id);
                Ok(Outcome::default())
            }
            Command::Savepoint { id } => {
                self.driver.savepoint(*id)?;
                self.transactions.begun(*id);
                Ok(Outcome::default())
            }
            Command::Backend(own) => {
                let own: &mut dyn Any = &mut **own;
                self.admission.run_backend_command(&mut self.driver, own)
            }
            // `Worker::answer` runs these commands itself, without calling this function.
            Command::Commit { .. } | Command::Rollback { .. } => Ok(Outcome::default()),
        }
    }

    /// Returns whether the current request is a write outside of a transaction that has a
    /// deadline. Such a write runs in a transaction that is begun for it, so that a stop rolls it
    /// back and cannot hit its commit.
    fn needs_own_transaction(&self, responder: &Responder) -> bool {
        responder.has_deadline() && !self.reads && !self.driver.in_transaction()
    }

    /// Runs one write in a transaction that is begun for it, so that its deadline can stop it.
    fn run_in_own_transaction(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D, A>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        self.driver.begin(TransactionKind::Write)?;
        let result = body(self, responder);
        if result.is_err() && self.driver.has_failed_transaction() {
            responder.forbid_stop();
            self.stopper.reset();
            // The error to report is that of the statement.
            let _ = self.driver.rollback();
            return result;
        }
        if self.driver.in_transaction() {
            // This commits even if the statement has failed: the driver has already undone its
            // changes, except those that its own text asks to keep (`OR FAIL`).
            let committed = self.commit_unstoppable(responder);
            return result.and_then(|outcome| committed.map(|()| outcome));
        }
        result
    }

    /// Commits. From here on a deadline can no longer stop the request.
    fn commit_unstoppable(&mut self, responder: &Responder) -> Result<()> {
        responder.forbid_stop();
        self.stopper.reset();
        self.driver.commit()
    }

    /// Runs several statements so that all or none take effect: in a transaction, or in a
    /// savepoint of the open one.
    fn atomically(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D, A>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        let own = !self.driver.in_transaction();
        if own {
            // A transaction is needed even for reads, so that all of them see the same state of
            // the database.
            self.driver.begin(if self.reads { TransactionKind::Read } else { TransactionKind::Write })?;
        } else {
            self.driver.savepoint(SAVEPOINT)?;
        }
        let result = body(self, responder);
        // From here on a stop would hit the commit or the rollback, which must not be stopped.
        responder.forbid_stop();
        self.stopper.reset();
        let result = result.and_then(|outcome| {
            let kept = if own { self.driver.commit() } else { self.driver.release(SAVEPOINT) };
            kept.map(|()| outcome)
        });
        if result.is_err() && self.driver.in_transaction() {
            // The error to report is that of the statement, not of the rollback. If the
            // transaction stays open nevertheless, the worker notices that after the request.
            let _ = if own {
                self.driver.rollback()
            } else {
                // If the savepoint cannot be rolled back, roll back the whole transaction.
                self.driver.rollback_to(SAVEPOINT).or_else(|_| self.driver.rollback())
            };
        }
        result
    }

    fn insert(&mut self, rows: &RowsToInsert, responder: &mut Responder) -> Result<Outcome> {
        self.driver.insert(rows, responder).map_err(|(row, error)| match row {
            Some(row) => at_row(rows, row, error),
            None => error,
        })
    }

    /// Runs several statements together, so that all or none take effect.
    fn run_together(&mut self, steps: &[Step], responder: &mut Responder) -> Result<Outcome> {
        for (number, step) in steps.iter().enumerate() {
            if let Command::Statement { sources: Some(sources), params, .. } = &step.command {
                let checked = self.driver.check_sources(sources, params);
                checked.map_err(|error| error.with_sql(step.command.sql()).at_statement(number))?;
            }
        }
        let statements: Vec<_> = steps.iter().filter_map(|step| step.command.as_statement()).collect();
        let failed = |failed: FailedStatement| {
            let FailedStatement { number, row, error } = failed;
            let Some((number, step)) = number.and_then(|number| Some((number, steps.get(number)?))) else {
                return error;
            };
            let error = match (&step.command, row) {
                (Command::Insert { rows, .. }, Some(row)) => at_row(rows, row, error),
                _ => error,
            };
            error.with_sql(step.command.sql()).at_statement(number)
        };
        if self.driver.in_transaction() {
            return self.atomically(responder, |worker, responder| {
                let done = worker.driver.run_together(&statements, None, &mut StepsOf { responder, steps });
                done.map(|()| Outcome::default()).map_err(failed)
            });
        }
        let kind = if self.reads { TransactionKind::Read } else { TransactionKind::Write };
        let done = self.driver.run_together(&statements, Some(kind), &mut StepsOf { responder, steps });
        done.map(|()| Outcome::default()).map_err(failed)
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
}

/// Passes the rows of several statements to the request.
struct StepsOf<'a> {
    responder: &'a mut Responder,
    steps: &'a [Step],
}

impl StepSink for StepsOf<'_> {
    fn expected(&self, number: usize) -> Option<&'static Expected> {
        self.steps.get(number).and_then(|step| step.names.expected())
    }

    fn next_step(&mut self, number: usize) {
        if let Some(step) = self.steps.get(number) {
            self.responder.next_step(step.rows, step.names);
        }
    }

    fn rows(&mut self) -> &mut dyn RowSink {
        self.responder
    }

    fn end_step(&mut self, outcome: Outcome) {
        self.responder.end_step(outcome);
    }
}

/// Adds the row to the error of an insert.
pub(super) fn at_row(rows: &RowsToInsert, row: usize, error: Error) -> Error {
    let error = failed_row(rows, row, error);
    if rows.count() == 1 { error } else { error.at_row(row) }
}

/// Adds the SQL of the failed row to the error. For a foreign key violation it adds the row's
/// values too: the caller uses these values to find out which key is violated.
#[cold]
fn failed_row(rows: &RowsToInsert, row: usize, error: Error) -> Error {
    let Ok((statement, values)) = rows.row(row) else { return error };
    let error = error.with_sql(&statement.text);
    match error.kind() {
        ErrorKind::ForeignKey { .. } => {
            error.with_failed_row(FailedRow { columns: Arc::clone(&statement.columns), values })
        }
        _ => error,
    }
}
