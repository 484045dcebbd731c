//! Columns of types that the library does not choose itself, in tables that another program has
//! made in PostgreSQL.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::{Collation, Database, ErrorKind, Result, SqlType, Table, sql};
use servers::{Needs, Outcome, on_postgres};

#[path = "postgres_types/citext.rs"]
mod citext;
#[path = "postgres_types/domains.rs"]
mod domains;
#[path = "postgres_types/enums.rs"]
mod enums;
#[path = "postgres_types/numbers.rs"]
mod numbers;
#[path = "postgres_types/texts.rs"]
mod texts;
#[path = "postgres_types/times.rs"]
mod times;

/// Runs a test with an empty database.
fn with_database<F: Future<Output = Result<()>>>(test: impl FnOnce(Database) -> F) {
    on_postgres(test, Outcome::Success, Needs::Nothing);
}

/// Asserts that the value is refused before it is sent, and that the error names the column.
#[track_caller]
fn assert_unstorable<T: std::fmt::Debug>(result: Result<T>, table: &str, column: &str, words: &str) {
    let error = result.unwrap_err();
    let expected = ErrorKind::Unstorable { table: Some(table.to_owned()), column: Some(column.to_owned()) };
    assert_eq!(*error.kind(), expected, "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}
