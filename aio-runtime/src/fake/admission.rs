//! Who may run on the fake database: everybody, at once.

use std::any::Any;

use super::DIALECT;
use super::driver::FakeDriver;
use crate::engine::{Access, Admission, Admitted, Request, access};
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// The admission of a database whose connections wait for nobody.
pub(super) struct Unrestricted;

impl Admission<FakeDriver> for Unrestricted {
    fn admit(&mut self, driver: &mut FakeDriver, request: &Request, _: bool) -> Result<Admitted> {
        let access = access(driver, &request.command, false)?;
        Ok(if access == Access::Read { Admitted::Read } else { Admitted::Write })
    }

    fn run_own(&mut self, _: &mut FakeDriver, _: &mut dyn Any) -> Result<Outcome> {
        Err(Error::unsupported(DIALECT.name(), "command of another database"))
    }
}
