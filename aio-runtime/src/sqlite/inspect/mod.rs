//! The schema of a SQLite database: how it is read, and when two spellings in it mean the same.
//!
//! Tables are read through the pragmas that describe them. The CREATE statements are read only for
//! the parts that no pragma reports. Two expressions are equal if SQLite compiles them to the same
//! program, so that differences that SQLite normalizes (case, quotes, blanks, parentheses) do not
//! count.

mod affinity;
mod compare;
mod definition;
mod meaning;
mod read;
mod stand_in;

pub(super) use compare::compare;
pub(crate) use compare::{differences, schema_of};

use rusqlite::Connection;

use crate::error::Result;
use crate::inspect::{Inspect, Schema};

/// Reads the schema of a database.
pub(super) fn inspect(raw: &Connection, what: &Inspect) -> Result<Schema> {
    read::schema(raw, what)
}
