//! The work that a database does before and after each request of a connection.

use std::any::Any;

use super::TransactionMode;
use super::driver::Driver;
use super::request::{Access, Command, Request};
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Decides when the requests of one connection may run, and does the work that the database needs
/// before and after them, such as waiting for a lock, choosing another connection, or maintenance.
///
/// Each worker owns an `Admission` and calls it on the worker's thread. Most methods have a
/// default, for databases that need no such work.
pub(crate) trait Admission<D: Driver> {
    /// Decides how a request runs, and waits until it may. `in_transaction` says whether a
    /// transaction is open on the connection; if so, the locks that were acquired for the
    /// transaction are still held.
    ///
    /// If the request is stopped, this method must no longer wait. The request then does not
    /// begin, whatever is returned.
    ///
    /// # Errors
    /// Returns the error to answer with, if the request may not run.
    fn admit(&mut self, driver: &mut D, request: &Request, in_transaction: bool) -> Result<Admitted>;

    /// Passes a request that was [admitted elsewhere](Admitted::Elsewhere) to the other
    /// connection. The default drops the request, which answers it with an error.
    fn forward(&mut self, request: Request) {
        drop(request);
    }

    /// Runs a command that only this database has.
    ///
    /// # Errors
    /// Returns the error of the command, or [`Unsupported`](crate::ErrorKind::Unsupported) for a
    /// command of another database.
    fn run_backend_command(&mut self, driver: &mut D, command: &mut dyn Any) -> Result<Outcome>;

    /// Commits the outermost transaction.
    ///
    /// # Errors
    /// Returns the error of the commit, or of the checks around it.
    fn commit(&mut self, driver: &mut D) -> Result<()> {
        driver.commit()
    }

    /// Called after a write outside of a transaction was committed and before it is answered.
    ///
    /// # Errors
    /// The write is answered with this error instead of its result.
    fn after_autocommit(&mut self, _driver: &mut D) -> Result<()> {
        Ok(())
    }

    /// Releases the right to write, so that other connections need not wait for the end of the
    /// transaction. Called when the database has rolled the transaction back, or when nothing but
    /// a rollback is possible in it.
    fn release_write(&mut self) {}

    /// Releases the locks that [`admit`](Admission::admit) acquired. Called after a request that
    /// `admit` has decided about, before it is answered, if no transaction is open then.
    fn leave(&mut self) {}

    /// Called after a write or the end of a transaction was answered, if no transaction is open.
    /// `undone` says that it failed or was rolled back.
    fn after_write(&mut self, _driver: &mut D, _undone: bool) {}
}

/// How a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// As a read, which is interrupted when its future is dropped.
    Read,
    /// As a write, which continues when its future is dropped.
    Write,
    /// On another connection, to which [`Admission::forward`] passes it.
    Elsewhere,
}

/// Returns whether a command is admitted as a read or as a write, asking the driver if the library
/// cannot tell. `in_steps` says that the command is one of several statements of a request, which
/// will run in one transaction.
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
        Command::Insert { .. } | Command::Script { .. } | Command::Backend(_) => Ok(Access::Write),
        Command::Begin { options, .. }
            if matches!(options.mode, TransactionMode::Deferred | TransactionMode::ReadOnly) =>
        {
            Ok(Access::Read)
        }
        Command::Begin { .. } => Ok(Access::Write),
        Command::Describe { .. } | Command::Savepoint { .. } | Command::Commit { .. } | Command::Rollback { .. } => {
            Ok(Access::Read)
        }
    }
}
