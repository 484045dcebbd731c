//! The function `regexp(Y, X)`, which SQLite calls for the operator `X REGEXP Y` but does not
//! define (<https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>).

use regex_lite::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

/// Registers the function `regexp` on a connection.
pub(super) fn add_function(raw: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("regexp", 2, flags, |context| {
        let (Some(pattern), Some(text)) = (text(context, 0)?, text(context, 1)?) else { return Ok(None) };
        // A constant pattern is compiled once for a statement.
        let regex = context.get_or_create_aux(0, |_| {
            Regex::new(pattern)
                .map_err(|error| format!("regexp: the pattern is not a valid regular expression: {error}"))
        })?;
        Ok(Some(regex.is_match(text)))
    })
}

/// Returns an argument as text, or `None` if it is NULL.
fn text<'a>(context: &'a Context<'_>, index: usize) -> Result<Option<&'a str>> {
    let failed = |message: String| Error::UserFunctionError(format!("regexp: {message}").into());
    match context.get_raw(index) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => str::from_utf8(text).map(Some).map_err(|_| failed("the text is not UTF-8".into())),
        other => Err(failed(format!("expected text, found {}", other.data_type().to_string().to_lowercase()))),
    }
}
