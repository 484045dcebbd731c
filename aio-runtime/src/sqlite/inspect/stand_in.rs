//! Functions and collations that only the program registers, in an in-memory database that
//! compares schemas: it compiles expressions and never evaluates one.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Null;

use crate::error::Result;
use crate::sqlite::error::typed;
use crate::sqlite::set_up::empty;

/// Opens an empty in-memory database that accepts every collation.
pub(super) fn empty_for_any_schema() -> Result<Connection> {
    let raw = empty()?;
    raw.collation_needed(|raw, name| raw.create_collation(name, |one: &str, other: &str| one.cmp(other)))
        .map_err(typed)?;
    Ok(raw)
}

/// Calls `prepare`, and again after each function that it did not find was registered.
pub(super) fn with_any_function<T>(
    raw: &Connection,
    mut prepare: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut last = None;
    loop {
        let error = match prepare() {
            Ok(prepared) => return Ok(prepared),
            Err(error) => error,
        };
        let function = missing_function(&error);
        if function.is_none() || function == last {
            return Err(error);
        }
        if let Some(name) = &function {
            let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
            raw.create_scalar_function(name.as_str(), -1, flags, |_| Ok(Null))?;
        }
        last = function;
    }
}

/// Returns the name of the function that a statement calls and that is not registered.
fn missing_function(error: &rusqlite::Error) -> Option<String> {
    let message = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        _ => return None,
    };
    message.strip_prefix("no such function: ").map(str::to_owned)
}
