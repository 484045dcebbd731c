//! Regular expressions, for which SQLite has the operator `X REGEXP Y` but not the function `regexp(Y, X)` that it calls
//! (<https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>).

use regex_lite::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

/// Adds it to a connection.
pub(super) fn add_function(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("regexp", 2, flags, |context| {
        let (Some(_), Some(text)) = (text(context.get_raw(0))?, text(context.get_raw(1))?) else { return Ok(None) };
        Ok(Some(compiled(context)?.is_match(text)))
    })
}

/// The pattern, compiled once for a statement that does not take it from its rows.
fn compiled(context: &Context<'_>) -> Result<std::sync::Arc<Regex>> {
    context.get_or_create_aux(0, |pattern| {
        let pattern = text(pattern)?.unwrap_or_default();
        Regex::new(pattern).map_err(|error| failed(format!("the pattern is no regular expression: {error}")))
    })
}

/// An argument as text; nothing for NULL.
fn text(argument: ValueRef<'_>) -> Result<Option<&str>> {
    match argument {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => str::from_utf8(text).map(Some).map_err(|_| failed("this text is not UTF-8".to_owned())),
        other => Err(failed(format!("expected text, found {}", other.data_type().to_string().to_lowercase()))),
    }
}

fn failed(message: String) -> Error {
    Error::UserFunctionError(format!("regexp: {message}").into())
}
