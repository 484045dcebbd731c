//! Foreign keys that dropping a table would violate.

use rusqlite::Connection;

use super::engine::DIALECT;
use super::error::typed;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::select_any_key;

/// Returns whether the connection enforces foreign keys.
pub(super) fn are_enforced(raw: &Connection) -> bool {
    raw.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap_or(false)
}

/// Fails if foreign keys are enforced and rows of another table reference the table to be dropped.
/// SQLite would delete the table's rows first, which runs the ON DELETE actions of those keys
/// (<https://sqlite.org/foreignkeys.html#fk_schemacommands>).
pub(super) fn refuse_to_drop(raw: &Connection, table: &str) -> Result<()> {
    if !are_enforced(raw) {
        return Ok(());
    }
    let Some((child, columns)) = referring(raw, table)? else { return Ok(()) };
    let message = format!(
        "dropping {table} would delete or change the rows of {child} that reference it by {}: if the step replaces \
         the table, begin it with the line `-- aio-sql: rebuild {table}`, or give it `Migration::foreign_keys_off()`; \
         otherwise delete those rows first",
        columns.join(", ")
    );
    Err(Error::new(ErrorKind::ForeignKey { table: child, columns, references: table.to_owned() }, message))
}

/// Returns a table with rows that reference `parent`, and the columns of its foreign key, or
/// `None` if there is no such table.
fn referring(raw: &Connection, parent: &str) -> Result<Option<(String, Vec<String>)>> {
    let keys = columns_of_keys(raw, parent).map_err(typed)?;
    for key in keys.chunk_by(|one, next| (&one.0, one.1) == (&next.0, next.1)) {
        let child = &key[0].0;
        let columns: Vec<_> = key.iter().map(|(_, _, column)| column.clone()).collect();
        let refers = select_any_key(DIALECT, child, &columns)?;
        if raw.query_row(&refers.text, [], |row| row.get(0)).map_err(typed)? {
            return Ok(Some((child.clone(), columns)));
        }
    }
    Ok(None)
}

/// Returns the columns of all foreign keys of other tables that reference `parent`: for each
/// column its table, the number of its key in that table, and its name.
fn columns_of_keys(raw: &Connection, parent: &str) -> rusqlite::Result<Vec<(String, i64, String)>> {
    let mut keys = raw.prepare(
        "SELECT child.name, key.id, key.\"from\" FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
         WHERE child.type = 'table' AND key.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
         ORDER BY child.rowid, key.id, key.seq",
    )?;
    keys.query_map([parent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
