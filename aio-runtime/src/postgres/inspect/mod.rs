//! Reads the schema of a database from its catalogue.

use super::connection::Connection;
use super::driver::NAME;
use crate::engine::WantedTable;
use crate::error::{Error, Result};
use crate::inspect::{Inspect, Schema};

/// Reads the schema of the database.
pub(super) fn inspect(_connection: &mut Connection, _what: &Inspect) -> Result<Schema> {
    Err(Error::unsupported(NAME, "`inspect`"))
}

/// Compares the existing table with the declared one. Returns a line for each difference.
pub(super) fn compare(_connection: &mut Connection, _wanted: &WantedTable) -> Result<Vec<String>> {
    Ok(Vec::new())
}
