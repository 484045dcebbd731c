//! Binds values. Times and decimals are bound as text, because SQLite has no types for them.

use rusqlite::CachedStatement;
use rusqlite::types::{ToSqlOutput, Value as RawValue, ValueRef as RawRef};
use rusqlite::vtab::array::Array;

use super::super::error::typed;
use crate::error::{Error, Result};
use crate::row_batch::{Packed, RowBatch};
use crate::value::{Param, Value, ValueRef};

/// Binds the parameters of a statement.
pub(super) fn bind(statement: &mut CachedStatement<'_>, params: &[Param]) -> Result<()> {
    check_count(statement, params.len())?;
    let mut text = String::new();
    for (place, param) in (1..).zip(params) {
        let bound = match param {
            Param::Value(value) => {
                let value = stored(value.as_ref(), &mut text);
                statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value))
            }
            Param::List(values) => {
                let values = values.iter().cloned().map(into_stored);
                statement.raw_bind_parameter(place, Array::new(values.collect()))
            }
        };
        bound.map_err(typed)?;
    }
    Ok(())
}

/// Binds the `width` values that begin at the byte `*at` of `params`, and advances `*at` to the
/// byte after them.
pub(super) fn bind_packed(
    statement: &mut CachedStatement<'_>,
    params: &RowBatch,
    at: &mut usize,
    width: usize,
) -> Result<()> {
    check_count(statement, width)?;
    let mut text = String::new();
    for place in 1..=width {
        let value = match params.read_packed(at)? {
            Packed::Text(text) => RawRef::Text(text),
            Packed::Value(value) => stored(value, &mut text),
        };
        statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value)).map_err(typed)?;
    }
    Ok(())
}

/// Converts a value to the value that SQLite stores for it: a time or decimal becomes text.
pub(crate) fn into_stored(value: Value) -> RawValue {
    match value {
        Value::Null => RawValue::Null,
        Value::Integer(value) => RawValue::Integer(value),
        Value::Real(value) => RawValue::Real(value),
        Value::Text(text) => RawValue::Text(text),
        Value::Blob(bytes) => RawValue::Blob(bytes),
        time_or_decimal => RawValue::Text(time_or_decimal.as_ref().text_form()),
    }
}

/// Borrows a value as the value that SQLite stores for it. `text` is a buffer for the text of a
/// time or decimal.
fn stored<'a>(value: ValueRef<'a>, text: &'a mut String) -> RawRef<'a> {
    match value {
        ValueRef::Null => RawRef::Null,
        ValueRef::Integer(value) => RawRef::Integer(value),
        ValueRef::Real(value) => RawRef::Real(value),
        ValueRef::Text(text) => RawRef::Text(text.as_bytes()),
        ValueRef::Blob(bytes) => RawRef::Blob(bytes),
        time_or_decimal => {
            text.clear();
            time_or_decimal.push_text_form(text);
            RawRef::Text(text.as_bytes())
        }
    }
}

fn check_count(statement: &CachedStatement<'_>, given: usize) -> Result<()> {
    let wanted = statement.parameter_count();
    if wanted == given {
        return Ok(());
    }
    Err(Error::usage(format!(
        "the statement has {}, but {} given (a value in braces or a `?` inside quotes is part of the text)",
        counted(wanted, "parameter", ""),
        counted(given, "value", " was")
    )))
}

fn counted(count: usize, what: &str, verb: &str) -> String {
    match (count, verb) {
        (1, verb) => format!("1 {what}{verb}"),
        (count, "") => format!("{count} {what}s"),
        (count, _) => format!("{count} {what}s were"),
    }
}
