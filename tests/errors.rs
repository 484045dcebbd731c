//! Errors: each has the right kind, names the table and the columns, and shows no value of a
//! statement.

#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::{Database, Dialect, Error, ErrorKind, Record, Result, Row, SqlType, Table, query, sql};
use servers::on_every_database;

use kinds::*;

#[path = "errors/constraints.rs"]
mod constraints;
#[path = "errors/foreign_keys.rs"]
mod foreign_keys;
#[path = "errors/input.rs"]
mod input;
#[path = "errors/kinds.rs"]
mod kinds;
#[path = "errors/limits.rs"]
mod limits;
#[path = "errors/members.rs"]
mod members;
#[path = "errors/migrations.rs"]
mod migrations;
#[path = "errors/nul.rs"]
mod nul;
#[path = "errors/reading.rs"]
mod reading;
#[path = "errors/shape.rs"]
mod shape;
#[cfg(any(feature = "json", feature = "postgres"))]
#[path = "errors/silence.rs"]
mod silence;
#[path = "errors/usage.rs"]
mod usage;

/// Returns what is expected on the open database.
fn either<T>(db: &Database, sqlite: T, postgres: T) -> T {
    match db.dialect() {
        Dialect::Sqlite => sqlite,
        _ => postgres,
    }
}
