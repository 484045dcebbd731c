//! Binding values to the parameters of a statement.

use std::rc::Rc;

use rusqlite::CachedStatement;
use rusqlite::types::{ToSqlOutput, ValueRef as RawRef};

use super::super::error::typed;
use crate::error::{Error, Result};
use crate::row_batch::{Packed, RowBatch};
use crate::value::{Param, Value};

/// Binds the values of one statement.
pub(super) fn bind(statement: &mut CachedStatement<'_>, params: &[Param]) -> Result<()> {
    check_count(statement, params.len())?;
    for (place, param) in params.iter().enumerate() {
        let bound = match param {
            Param::Value(value) => {
                let value = match value {
                    Value::Null => RawRef::Null,
                    Value::Integer(value) => RawRef::Integer(*value),
                    Value::Real(value) => RawRef::Real(*value),
                    Value::Text(text) => RawRef::Text(text.as_bytes()),
                    Value::Blob(bytes) => RawRef::Blob(bytes),
                };
                statement.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(value))
            }
            Param::List(values) => {
                let values: rusqlite::vtab::array::Array = Rc::new(values.iter().map(raw_value).collect());
                statement.raw_bind_parameter(place + 1, values)
            }
        };
        bound.map_err(typed)?;
    }
    Ok(())
}

/// Binds the values of a row that begins at `*at`, and moves on to the next.
pub(super) fn bind_packed(
    statement: &mut CachedStatement<'_>,
    params: &RowBatch,
    at: &mut usize,
    width: usize,
) -> Result<()> {
    check_count(statement, width)?;
    for place in 1..=width {
        let value = match params.read_packed(at)? {
            Packed::Null => RawRef::Null,
            Packed::Integer(value) => RawRef::Integer(value),
            Packed::Real(value) => RawRef::Real(value),
            Packed::Text(text) => RawRef::Text(text),
            Packed::Blob(bytes) => RawRef::Blob(bytes),
        };
        statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(value)).map_err(typed)?;
    }
    Ok(())
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

fn raw_value(value: &Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Raw;
    match value {
        Value::Null => Raw::Null,
        Value::Integer(value) => Raw::Integer(*value),
        Value::Real(value) => Raw::Real(*value),
        Value::Text(text) => Raw::Text(text.clone()),
        Value::Blob(bytes) => Raw::Blob(bytes.clone()),
    }
}
