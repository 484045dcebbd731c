//! The integrity check of a database file
//! (<https://sqlite.org/pragma.html#pragma_integrity_check>).

use rusqlite::Connection;

use super::error::typed;
use super::statement_text::contains;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::begins_with_one_of;

/// Runs SQLite's integrity check on the whole file. If the file is damaged, fails with an error
/// that lists what the check has found.
pub(crate) fn check(raw: &Connection) -> Result<()> {
    let found = || -> rusqlite::Result<Vec<String>> {
        forget_schema(raw)?;
        let mut statement = raw.prepare("SELECT integrity_check FROM pragma_integrity_check()")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match &found().map_err(typed)?[..] {
        [fine] if fine == "ok" => Ok(()),
        found => Err(Error::new(ErrorKind::Corrupt, format!("the database file is damaged: {}", found.join("; ")))),
    }
}

/// Returns whether a statement is the pragma `integrity_check` or `quick_check`.
pub(super) fn is_check(text: &str) -> bool {
    begins_with_one_of(text, &["pragma"]) && ["integrity_check", "quick_check"].iter().any(|name| contains(text, name))
}

/// Makes the connection forget the schema before an integrity check outside of a transaction, so
/// that the check reads it again.
///
/// Otherwise the check of a full-text index would compare the file with data that the connection
/// has cached, which is outdated if another connection has written since.
pub(super) fn forget_schema(raw: &Connection) -> rusqlite::Result<()> {
    raw.execute_batch("PRAGMA writable_schema = RESET")
}
