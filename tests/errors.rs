//! Errors: each has the right kind, names the table and the columns, and shows no value of a
//! statement.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::error::Error as _;

use aio_sql::{Database, Error, ErrorKind, Record, Result, Row, SqlType, Table, query, rusqlite, sql};

#[path = "errors/constraints.rs"]
mod constraints;
#[path = "errors/foreign_keys.rs"]
mod foreign_keys;
#[path = "errors/input.rs"]
mod input;
#[path = "errors/limits.rs"]
mod limits;
#[path = "errors/migrations.rs"]
mod migrations;
#[path = "errors/nul.rs"]
mod nul;
#[path = "errors/reading.rs"]
mod reading;
#[path = "errors/shape.rs"]
mod shape;
#[path = "errors/silence.rs"]
mod silence;
#[path = "errors/usage.rs"]
mod usage;

/// A value that no error may show.
const SECRET: &str = "s3cret";

/// Checks that the result is an error of this kind that does not show the secret value, and
/// returns the error.
#[track_caller]
fn failed<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    let error = result.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    assert_silent(&error);
    error
}

/// Asserts that neither the error nor its sources show the secret value.
#[track_caller]
fn assert_silent(error: &Error) {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.sql());
    let mut cause = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    assert!(!shown.contains(SECRET), "{shown}");
}

#[track_caller]
fn assert_says(error: &Error, words: &[&str]) {
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
}

fn unique(table: &str, columns: &[&str]) -> ErrorKind {
    ErrorKind::Unique { table: table.to_owned(), columns: owned(columns) }
}

fn check(table: &str, columns: &[&str], constraint: &str) -> ErrorKind {
    ErrorKind::Check { table: table.to_owned(), columns: owned(columns), constraint: constraint.to_owned() }
}

fn foreign_key(table: &str, columns: &[&str], references: &str) -> ErrorKind {
    ErrorKind::ForeignKey { table: table.to_owned(), columns: owned(columns), references: references.to_owned() }
}

fn not_found(table: &str) -> ErrorKind {
    ErrorKind::NotFound { table: Some(table.to_owned()) }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
