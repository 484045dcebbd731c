//! Foreign keys that a schema change would hurt.

use rusqlite::Connection;

use super::engine::DIALECT;
use super::error::typed;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::select_any_key;

/// Returns whether the connection enforces them.
pub(super) fn are_enforced(raw: &Connection) -> bool {
    raw.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap_or(false)
}

/// Refuses to drop a table that rows of another table refer to: SQLite would delete the table's
/// rows first, and what the keys say would happen to the others
/// (<https://sqlite.org/foreignkeys.html#fk_schemacommands>).
pub(super) fn refuse_to_drop(raw: &Connection, table: &str) -> Result<()> {
    if !are_enforced(raw) {
        return Ok(());
    }
    let Some((child, columns)) = referring(raw, table)? else { return Ok(()) };
    let message = format!(
        "dropping {table} would delete or change the rows of {child} that refer to it by {}: give the step \
         `Migration::foreign_keys_off()` if it puts another table in its place, or delete those rows first",
        columns.join(", ")
    );
    Err(Error::new(ErrorKind::ForeignKey { table: child, columns, references: table.to_owned() }, message))
}

/// Returns a table with rows that refer to those of another one, and its columns that do.
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

/// Returns the columns of the foreign keys that lead from other tables to this one, each with its
/// table and the number of the key.
fn columns_of_keys(raw: &Connection, parent: &str) -> rusqlite::Result<Vec<(String, i64, String)>> {
    let mut keys = raw.prepare(
        "SELECT child.name, key.id, key.\"from\" FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
         WHERE child.type = 'table' AND key.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
         ORDER BY child.rowid, key.id, key.seq",
    )?;
    keys.query_map([parent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
