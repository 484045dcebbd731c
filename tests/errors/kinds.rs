//! The kinds of errors that are expected, and the value that no error may show.

use std::error::Error as _;

use aio_sql::{Error, ErrorKind, Result};

/// A value that no error may show.
pub(crate) const SECRET: &str = "s3cret";

/// Checks that the result is an error of this kind that does not show the secret value, and
/// returns the error.
#[track_caller]
pub(crate) fn failed<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    let error = result.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    assert_silent(&error);
    error
}

/// Asserts that neither the error nor its sources show the secret value.
#[track_caller]
pub(crate) fn assert_silent(error: &Error) {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.sql());
    let mut cause = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    assert!(!shown.contains(SECRET), "{shown}");
}

#[track_caller]
pub(crate) fn assert_says(error: &Error, words: &[&str]) {
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
}

/// Asserts that a statement was refused because of a NUL character.
#[track_caller]
pub(crate) fn refused<T>(result: Result<T>, what: &str) {
    let Err(error) = result else { panic!("{what}: it ran") };
    assert_eq!(*error.kind(), ErrorKind::Usage, "{what}: {error}");
    assert_says(&error, &["NUL"]);
}

pub(crate) fn unique(table: &str, columns: &[&str]) -> ErrorKind {
    ErrorKind::Unique { table: table.to_owned(), columns: owned(columns) }
}

pub(crate) fn check(table: &str, columns: &[&str], constraint: &str) -> ErrorKind {
    ErrorKind::Check { table: table.to_owned(), columns: owned(columns), constraint: constraint.to_owned() }
}

pub(crate) fn foreign_key(table: &str, columns: &[&str], references: &str) -> ErrorKind {
    ErrorKind::ForeignKey { table: table.to_owned(), columns: owned(columns), references: references.to_owned() }
}

pub(crate) fn not_found(table: &str) -> ErrorKind {
    ErrorKind::NotFound { table: Some(table.to_owned()) }
}

pub(crate) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
