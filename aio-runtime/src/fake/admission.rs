//! The admission of the fake database: every request runs at once.

use std::any::Any;

use super::DIALECT;
use super::driver::FakeDriver;
use crate::engine::{Access, Admission, Admitted, Request, access};
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Admits every request at once.
pub(super) struct Unrestricted;

impl Admission<FakeDriver> for Unrestricted {
    fn admit(&mut self, driver: &mut FakeDriver, request: &Request, _: bool) -> Result<Admitted> {
        let access = access(driver, &request.command, false)?;
        Ok(if access == Access::Read { Admitted::Read } else { Admitted::Write })
    }

    fn run_backend_command(&mut self, _: &mut FakeDriver, _: &mut dyn Any) -> Result<Outcome> {
        Err(Error::unsupported(DIALECT.name(), "command of another database"))
    }
}
