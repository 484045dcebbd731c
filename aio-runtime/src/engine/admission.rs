//! What a database does around the requests of one connection, beside running them.

use std::any::Any;

use super::TransactionMode;
use super::driver::Driver;
use super::request::{Access, Command, Request};
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Decides when the requests of one connection may run, and does what the database needs before
/// and after them: waiting for a lock, choosing another connection, upkeep.
///
/// A worker owns one and calls it on its thread. Most methods have a default for a database whose
/// connections need none of this.
pub(crate) trait Admission<D: Driver> {
    /// Decides how a request runs, and waits until it may. `in_transaction` tells whether a
    /// transaction is open on the connection; what was acquired for it is still held then.
    ///
    /// A request that is stopped while it waits gives up its place; it does not begin, whatever is
    /// returned.
    ///
    /// # Errors
    /// Why the request may not run.
    fn admit(&mut self, driver: &mut D, request: &Request, in_transaction: bool) -> Result<Admitted>;

    /// Hands a request over that was [admitted elsewhere](Admitted::Elsewhere). Where it is
    /// dropped instead, it fails.
    fn forward(&mut self, request: Request) {
        drop(request);
    }

    /// Runs a command that only this database knows.
    ///
    /// # Errors
    /// Those of the command; [`Unsupported`](crate::ErrorKind::Unsupported) where it is one of
    /// another database.
    fn run_own(&mut self, driver: &mut D, command: &mut dyn Any) -> Result<Outcome>;

    /// Commits the outermost transaction.
    ///
    /// # Errors
    /// Those of the commit, and of checks around it.
    fn commit(&mut self, driver: &mut D) -> Result<()> {
        driver.commit()
    }

    /// Called when a write outside of a transaction has been committed, before it is answered.
    ///
    /// # Errors
    /// What the request is answered with instead.
    fn after_autocommit(&mut self, _driver: &mut D) -> Result<()> {
        Ok(())
    }

    /// Called when the open transaction can only be rolled back: others need not wait for that.
    fn give_up_writing(&mut self) {}

    /// Called after each request that leaves no transaction open, before it is answered: gives
    /// back what was acquired by [`admit`](Admission::admit).
    fn leave(&mut self) {}

    /// Called when a write, or the end of a transaction, has been answered and no transaction is
    /// open. `undone` says that nothing of it was committed.
    fn after_write(&mut self, _driver: &mut D, _undone: bool) {}
}

/// How a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// As a read, which a dropped future interrupts.
    Read,
    /// As a write, which a dropped future lets run to its end.
    Write,
    /// On another connection, to which [`Admission::forward`] hands it.
    Elsewhere,
}

/// Returns whether a command writes, and asks the driver where that is not known. A statement that
/// is one of several (`in_steps`) will run in a transaction, which may not have begun yet.
pub(crate) fn access<D: Driver>(driver: &mut D, command: &Command, in_steps: bool) -> Result<Access> {
    match command {
        Command::Statement { text, params, access: Access::Unknown, .. } => {
            Ok(if driver.is_read(text, params, in_steps)? { Access::Read } else { Access::Write })
        }
        Command::Statement { access, .. } | Command::Call { access, .. } => Ok(*access),
        Command::Steps(steps) => {
            for (number, step) in steps.iter().enumerate() {
                let access = access(driver, &step.command, true);
                let named = |error: Error| error.with_sql(step.command.sql()).at_statement(number);
                if access.map_err(named)? != Access::Read {
                    return Ok(Access::Write);
                }
            }
            Ok(Access::Read)
        }
        Command::Insert { .. } | Command::Script { .. } | Command::Own(_) => Ok(Access::Write),
        Command::Begin { how, .. } if matches!(how.mode, TransactionMode::Deferred | TransactionMode::ReadOnly) => {
            Ok(Access::Read)
        }
        Command::Begin { .. } => Ok(Access::Write),
        Command::Describe { .. } | Command::Savepoint { .. } | Command::Commit { .. } | Command::Rollback { .. } => {
            Ok(Access::Read)
        }
    }
}
