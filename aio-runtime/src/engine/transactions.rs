//! The state of a connection's transactions, as its thread knows it.
//!
//! After every request the thread checks whether the database has ended the transaction by itself.
//! Such a transaction is dead: whatever is still sent in it fails with the first cause, and none
//! of it runs outside of a transaction.

use super::driver::Driver;
use super::errors::{closed, in_transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;

/// The open transaction of a connection and those nested in it.
#[derive(Default)]
pub(crate) struct Transactions {
    /// The ids of the open transaction and its savepoints, the innermost last.
    open: Vec<u64>,
    /// Why the database has ended the open transaction.
    dead: Option<Error>,
}

impl Transactions {
    /// Returns whether a transaction is open, be it dead or not.
    pub(crate) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Returns whether the database has ended the open transaction.
    pub(crate) fn are_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// Checks whether a request may run that belongs to transaction `id`; 0 stands for none.
    ///
    /// # Errors
    /// [`ErrorKind::InTransaction`] and [`ErrorKind::Closed`] where another transaction is open,
    /// or none; [`ErrorKind::RolledBack`] where the transaction is dead.
    pub(crate) fn check(&self, id: u64) -> Result<()> {
        match self.open.last().copied().unwrap_or(0) {
            innermost if innermost == id => self.dead.as_ref().map_or(Ok(()), |cause| Err(rolled_back(cause))),
            0 => Err(closed()),
            _ => Err(in_transaction()),
        }
    }

    /// Records that a transaction has begun, or a savepoint in the one that is open.
    pub(crate) fn begun(&mut self, id: u64) {
        self.open.push(id);
    }

    /// Records that the open transaction, if any, has ended because of `cause`.
    pub(crate) fn lost(&mut self, cause: &Error) {
        if self.are_open() {
            self.dead.get_or_insert_with(|| cause.without_source());
        }
    }

    /// Forgets all transactions: the connection has been rolled back for good.
    pub(crate) fn clear(&mut self) {
        self.open.clear();
        self.dead = None;
    }

    /// Checks what a request with this result has left, and returns its answer: a transaction that
    /// the database has ended is dead, and one that nobody asked for is rolled back.
    pub(crate) fn after_request<D: Driver>(&mut self, driver: &mut D, result: Result<Outcome>) -> Result<Outcome> {
        match (self.are_open(), driver.in_transaction()) {
            (true, false) => {
                let cause = match &result {
                    Err(error) => error.without_source(),
                    // Code that has the connection can end a transaction without being seen.
                    Ok(_) => Error::usage("its own code has ended it: use `commit` or `rollback`"),
                };
                let result = result.and(Err(rolled_back(&cause)));
                self.dead = Some(cause);
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

    /// Ends transaction `id` and those nested in it: commits it, where `commit` is given, or rolls
    /// it back. `commit` commits the outermost transaction.
    ///
    /// # Errors
    /// Where it is not committed and should have been. It has ended all the same.
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
        let result = match &self.dead {
            Some(cause) if commit.is_some() => Err(rolled_back(cause)),
            Some(_) => Ok(Outcome::default()),
            None => {
                let result = self.end_alive(driver, id, nested, commit);
                if result.is_err() && driver.in_transaction() {
                    // What could not be committed must not be committed by the outer transaction
                    // either. What cannot be undone alone is undone with all that is around it.
                    let _ = match level {
                        0 => driver.rollback(),
                        _ => driver.rollback_to(id).or_else(|_| driver.rollback()),
                    };
                }
                self.after_request(driver, result.map(|()| Outcome::default()))
            }
        };
        if level == 0 && self.dead.take().is_some() {
            // Nothing is open any more; the driver restores what it set for the transaction.
            let _ = driver.rollback();
        }
        result
    }

    fn end_alive<D: Driver>(
        &self,
        driver: &mut D,
        id: u64,
        nested: Option<u64>,
        commit: Option<impl FnOnce(&mut D) -> Result<()>>,
    ) -> Result<()> {
        // A nested transaction that was not committed is not committed by the outer one.
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

/// The answer to what is sent in a transaction that the database has ended.
fn rolled_back(cause: &Error) -> Error {
    let what = match cause.kind() {
        ErrorKind::Usage => "the transaction is over, committed or rolled back",
        _ => "the transaction has been rolled back",
    };
    Error::new(ErrorKind::RolledBack, format!("{what}: {cause}")).with_source(cause.without_source())
}
