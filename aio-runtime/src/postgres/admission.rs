//! When the requests of a connection run: at once, for the server has its own locks.

use std::any::Any;

use super::driver::{NAME, PostgresDriver};
use crate::engine::{Access, Admission, Admitted, Request, access};
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Admits every request at once.
pub(crate) struct Unrestricted;

impl Admission<PostgresDriver> for Unrestricted {
    fn admit(&mut self, driver: &mut PostgresDriver, request: &Request, _: bool) -> Result<Admitted> {
        let access = access(driver, &request.command, false)?;
        Ok(if access == Access::Read { Admitted::Read } else { Admitted::Write })
    }

    fn run_backend_command(&mut self, _: &mut PostgresDriver, _: &mut dyn Any) -> Result<Outcome> {
        Err(Error::unsupported(NAME, "command of another database"))
    }
}
