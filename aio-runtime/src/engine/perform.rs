//! Runs the commands of requests on a driver.

use std::any::Any;
use std::sync::Arc;

use super::admission::Admission;
use super::driver::{Driver, TransactionKind};
use super::job::Responder;
use super::request::{Access, Command, Step};
use super::worker::{Worker, panicked};
use crate::error::{Error, ErrorKind, FailedRow, Result};
use crate::outcome::Outcome;
use crate::sql::RowsToInsert;

/// The number of the savepoint around several statements; those of transactions begin with 1.
const SAVEPOINT: u64 = 0;

impl<D: Driver, A: Admission<D>> Worker<D, A> {
    /// Runs a command, which has been admitted.
    pub(crate) fn perform(&mut self, command: &mut Command, responder: &mut Responder) -> Result<Outcome> {
        match command {
            Command::Statement { text, params, sources, access } => {
                if let Some(sources) = sources {
                    self.driver.check_sources(sources, params)?;
                }
                let exact = *access == Access::Unknown;
                if !self.may_be_late(responder) {
                    return self.driver.execute(text, params, exact, responder);
                }
                if self.driver.must_run_outside_of_transactions(text) {
                    // What has begun is not stopped half way.
                    responder.forbid_stop();
                    return self.driver.execute(text, params, exact, responder);
                }
                self.in_time(responder, |worker, responder| worker.driver.execute(text, params, exact, responder))
            }
            Command::Describe { text, params } => {
                self.driver.describe(text, params, responder).map(|()| Outcome::default())
            }
            Command::Insert { rows, whole } => match *whole && rows.count() != 1 {
                true => self.all_or_none(responder, |worker, responder| worker.insert(rows, responder)),
                false if self.may_be_late(responder) => {
                    self.in_time(responder, |worker, responder| worker.insert(rows, responder))
                }
                false => self.insert(rows, responder),
            },
            Command::Steps(steps) => {
                self.all_or_none(responder, |worker, responder| worker.each_step(steps, responder))
            }
            Command::Script { text, of_migration } => {
                if !self.driver.in_transaction() {
                    // Its statements commit one by one: what has begun is not stopped half way.
                    responder.forbid_stop();
                }
                self.driver.execute_script(text, *of_migration).map(|()| Outcome::default())
            }
            Command::Call { code, access } => {
                let connection = self.driver.lend(*access == Access::Read)?;
                // The connection is taken back even if the code panics.
                let called = code.with(|code| code(connection)).unwrap_or(Ok(()));
                let taken_back = self.driver.take_back();
                called.map_err(panicked)?;
                taken_back.map(|()| Outcome::default())
            }
            Command::Begin { id, how } => {
                self.driver.begin(match how.foreign_keys_off {
                    true => TransactionKind::WithoutForeignKeys,
                    false => TransactionKind::Mode(how.mode),
                })?;
                self.transactions.begun(*id);
                Ok(Outcome::default())
            }
            Command::Savepoint { id } => {
                self.driver.savepoint(*id)?;
                self.transactions.begun(*id);
                Ok(Outcome::default())
            }
            Command::Own(own) => {
                let own: &mut dyn Any = &mut **own;
                self.admission.run_own(&mut self.driver, own)
            }
            // The worker ends transactions by itself.
            Command::Commit { .. } | Command::Rollback { .. } => Ok(Outcome::default()),
        }
    }

    /// Returns whether a deadline may stop a write while it commits by itself. It is run in a
    /// transaction then, whose COMMIT is not stopped.
    fn may_be_late(&self, responder: &Responder) -> bool {
        responder.has_deadline() && !self.reads && !self.driver.in_transaction()
    }

    /// Runs one write that may be stopped by its deadline, and commits it as a step of its own.
    fn in_time(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D, A>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        self.driver.begin(TransactionKind::Write)?;
        let result = body(self, responder);
        if self.driver.in_transaction() {
            // The driver has undone what a failed statement did, but for what its own text asks
            // to keep.
            let committed = self.commit_in_time(responder);
            return result.and_then(|outcome| committed.map(|()| outcome));
        }
        result
    }

    /// Commits what a deadline must not stop from here on.
    fn commit_in_time(&mut self, responder: &Responder) -> Result<()> {
        responder.forbid_stop();
        self.stopper.reset();
        self.driver.commit()
    }

    /// Runs several statements so that none is done unless all are: in a transaction, or in a
    /// savepoint where one is open.
    fn all_or_none(
        &mut self,
        responder: &mut Responder,
        body: impl FnOnce(&mut Worker<D, A>, &mut Responder) -> Result<Outcome>,
    ) -> Result<Outcome> {
        let own = !self.driver.in_transaction();
        if own {
            // Several reads see one state of the database.
            self.driver.begin(if self.reads { TransactionKind::Read } else { TransactionKind::Write })?;
        } else {
            self.driver.savepoint(SAVEPOINT)?;
        }
        let result = body(self, responder);
        // A stop is for the statements, and must hit neither what keeps them nor what undoes them.
        responder.forbid_stop();
        self.stopper.reset();
        let result = result.and_then(|outcome| {
            let kept = if own { self.driver.commit() } else { self.driver.release(SAVEPOINT) };
            kept.map(|()| outcome)
        });
        if result.is_err() && self.driver.in_transaction() {
            // The error to report is that of the statement. A transaction that stays open is found
            // after the request.
            let _ = if own {
                self.driver.rollback()
            } else {
                // What cannot be undone alone is undone with all that is around it.
                self.driver.rollback_to(SAVEPOINT).or_else(|_| self.driver.rollback())
            };
        }
        result
    }

    fn insert(&mut self, rows: &RowsToInsert, responder: &mut Responder) -> Result<Outcome> {
        self.driver.insert(rows, responder).map_err(|(row, error)| {
            let Some(row) = row else { return error };
            let error = failed_row(rows, row, error);
            if rows.count() == 1 { error } else { error.at_row(row) }
        })
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

/// Adds the text of the failed row's statement to the error, and to that of a foreign key the
/// values, by which the verb that ran the statement finds out which key it is.
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
