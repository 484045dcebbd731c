//! Errors of what only SQLite has: its result codes, STRICT tables, limits, pragmas and files, and
//! closures that get its connection.

use std::error::Error as _;

use aio_sql::{Database, Dialect, Error, ErrorKind, Result, Row, Table, query, rusqlite, sql};

pub(crate) use kinds::*;

mod constraints;
mod input;
#[path = "../errors/kinds.rs"]
#[allow(dead_code, reason = "the tests of every database use it, too")]
mod kinds;
mod limits;
#[path = "../errors/members.rs"]
mod members;
mod nul;
mod reading;
mod shape;
mod silence;
mod usage;
