//! The state of a connection's transactions, as its thread knows it.
//!
//! After every request the thread checks whether the database itself has ended the transaction.
//! Such a transaction is dead: every later request in it fails with an error that names the cause,
//! because it must not run outside of the transaction.

use super::driver::Driver;
use super::errors::{closed, in_transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;

/// The open transaction of a connection and the transactions nested in it.
#[derive(Default)]
pub(crate) struct Transactions {
    /// The ids of the open transaction and its savepoints, outermost first.
    open: Vec<u64>,
    /// The error because of which the open transaction is dead: it was ended, but not by a request
    /// to commit it or roll it back. `None` if it is not dead.
    dead: Option<Error>,
    /// The error that has made a transaction unusable until it is rolled back, with the number of
    /// transactions that were open then; the innermost of these is the unusable one. `None` if
    /// there is none, and always with a database that undoes only the failed statement.
    failed: Option<(usize, Error)>,
}

impl Transactions {
    /// Returns whether a transaction has begun and no request has ended it, even if the database
    /// has ended it by itself.
    pub(crate) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Returns whether the open transaction is dead: it was ended, but not by a request to commit
    /// it or roll it back.
    pub(crate) fn are_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// Checks that a request in transaction `id` may run. An `id` of 0 means no transaction.
    ///
    /// # Errors
    /// Returns [`ErrorKind::InTransaction`] if another transaction is open, [`ErrorKind::Closed`]
    /// if transaction `id` is no longer open, and [`ErrorKind::RolledBack`] if it is dead.
    pub(crate) fn check(&self, id: u64) -> Result<()> {
        match self.open.last().copied().unwrap_or(0) {
            innermost if innermost == id => self.cause().map_or(Ok(()), |cause| Err(rolled_back(cause))),
            0 => Err(closed()),
            _ => Err(in_transaction()),
        }
    }

    /// Returns the error because of which nothing more can run in the open transaction, or in the
    /// innermost one nested in it.
    fn cause(&self) -> Option<&Error> {
        self.dead.as_ref().or(self.failed.as_ref().map(|(_, cause)| cause))
    }

    /// Records that a transaction has begun, or a savepoint inside the open one.
    pub(crate) fn begun(&mut self, id: u64) {
        self.open.push(id);
    }

    /// Marks the open transaction, if there is one, as dead: it was ended because of `cause`.
    pub(crate) fn mark_dead(&mut self, cause: &Error) {
        if self.are_open() {
            self.dead.get_or_insert_with(|| cause.without_source());
        }
    }

    /// Forgets all transactions, after the connection was rolled back.
    pub(crate) fn clear(&mut self) {
        self.open.clear();
        (self.dead, self.failed) = (None, None);
    }

    /// Checks the connection after a request with this result, and returns the result to answer
    /// with. If the database has ended the open transaction, the transaction is marked as dead. If
    /// the request has left a transaction open that the library did not begin, that transaction is
    /// rolled back and the request fails.
    pub(crate) fn after_request<D: Driver>(&mut self, driver: &mut D, result: Result<Outcome>) -> Result<Outcome> {
        match (self.are_open(), driver.in_transaction()) {
            (true, false) => {
                let cause = match &result {
                    Err(error) => error.without_source(),
                    // A closure passed to `run` can end a transaction without the driver seeing
                    // it.
                    Ok(_) => Error::usage("a closure passed to `run` has ended it: use `commit` or `rollback`"),
                };
                let result = result.and(Err(rolled_back(&cause)));
                self.dead = Some(cause);
                self.failed = None;
                result
            }
            (true, true) if driver.has_failed_transaction() => {
                let cause = match &result {
                    Err(error) => error.without_source(),
                    Ok(_) => Error::usage("a statement in it has failed"),
                };
                let depth = self.open.len();
                self.failed.get_or_insert((depth, cause));
                result
            }
            (false, true) => {
                let undone = driver.rollback();
                let advice = "a transaction was left open and has been rolled back: use `begin` or `transaction`";
                result.and(undone).and(Err(Error::usage(advice)))
            }
            _ => result,
        }
    }

    /// Ends transaction `id`: commits it if `commit` is given, and otherwise rolls it back.
    /// `commit` is called only for the outermost transaction; to commit a nested one, its
    /// savepoint is released. Transactions that are nested in it and still open are rolled back.
    ///
    /// # Errors
    /// Fails if `commit` is given and the transaction was not committed, or if a rollback fails.
    /// The transaction has ended in these cases too.
    pub(crate) fn end<D: Driver>(
        &mut self,
        driver: &mut D,
        id: u64,
        commit: Option<impl FnOnce(&mut D) -> Result<()>>,
    ) -> Result<Outcome> {
        let Some(level) = self.open.iter().position(|open| *open == id) else {
            return if commit.is_some() { Err(closed()) } else { Ok(Outcome::default()) };
        };
        let nested = self.open.get(level + 1).copied();
        self.open.truncate(level);
        // A failure in a transaction that is nested in this one is undone together with it.
        let failed = self.failed.take().filter(|(depth, _)| *depth == level + 1);
        let result = match (&self.dead, failed) {
            (Some(cause), _) if commit.is_some() => Err(rolled_back(cause)),
            (Some(_), _) => Ok(Outcome::default()),
            (None, Some((_, cause))) => {
                let undone = match level {
                    0 => driver.rollback(),
                    _ => driver.rollback_to(id),
                };
                let result = match commit {
                    Some(_) => Err(rolled_back(&cause)),
                    None => undone.map(|()| Outcome::default()),
                };
                self.after_request(driver, result)
            }
            (None, None) => {
                let result = self.end_live(driver, id, nested, commit);
                if result.is_err() && driver.in_transaction() {
                    // After a failed commit of a nested transaction, the outer transaction must
                    // not commit its changes either. If the savepoint cannot be rolled back, roll
                    // back the whole transaction.
                    let _ = match level {
                        0 => driver.rollback(),
                        _ => driver.rollback_to(id).or_else(|_| driver.rollback()),
                    };
                }
                self.after_request(driver, result.map(|()| Outcome::default()))
            }
        };
        if level == 0 && self.dead.take().is_some() {
            // The database has already ended the transaction. This call lets the driver restore
            // the settings that it changed for the transaction.
            let _ = driver.rollback();
        }
        result
    }

    fn end_live<D: Driver>(
        &self,
        driver: &mut D,
        id: u64,
        nested: Option<u64>,
        commit: Option<impl FnOnce(&mut D) -> Result<()>>,
    ) -> Result<()> {
        // A nested transaction that is still open was not committed, so the outer one must not
        // commit its changes.
        if let (true, Some(nested)) = (commit.is_some(), nested) {
            driver.rollback_to(nested)?;
        }
        match (self.are_open(), commit) {
            (false, Some(commit)) => commit(driver),
            (false, None) => driver.rollback(),
            (true, Some(_)) => driver.release(id),
            (true, None) => driver.rollback_to(id),
        }
    }
}

/// Returns the error for a request in a transaction that the database has ended.
fn rolled_back(cause: &Error) -> Error {
    let what = match cause.kind() {
        ErrorKind::Usage => "the transaction is over, committed or rolled back",
        _ => "the transaction has been rolled back",
    };
    Error::new(ErrorKind::RolledBack, format!("{what}: {cause}")).with_source(cause.without_source())
}
