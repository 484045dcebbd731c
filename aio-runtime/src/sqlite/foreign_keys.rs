//! Foreign keys that a schema change would hurt.

use rusqlite::Connection;

use super::error::typed;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::quoted;

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
    let Some((child, columns)) = referring(raw, table).map_err(typed)? else { return Ok(()) };
    let message = format!(
        "dropping {table} would delete or change the rows of {child} that refer to it by {}: give the step \
         `Migration::foreign_keys_off()` if it puts another table in its place, or delete those rows first",
        columns.join(", ")
    );
    Err(Error::new(ErrorKind::ForeignKey { table: child, columns, references: table.to_owned() }, message))
}

/// Returns a table with rows that refer to those of another one, and its columns that do.
fn referring(raw: &Connection, parent: &str) -> rusqlite::Result<Option<(String, Vec<String>)>> {
    let mut keys = raw.prepare(
        "SELECT child.name, key.id, key.\"from\" FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
         WHERE child.type = 'table' AND key.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
         ORDER BY child.rowid, key.id, key.seq",
    )?;
    let keys = keys.query_map([parent], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let keys: Vec<(String, i64, String)> = keys.collect::<rusqlite::Result<_>>()?;
    for key in keys.chunk_by(|one, next| (&one.0, one.1) == (&next.0, next.1)) {
        let child = &key[0].0;
        let refers: Vec<_> = key.iter().map(|(_, _, column)| format!("{} IS NOT NULL", quoted(column))).collect();
        let text = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {})", quoted(child), refers.join(" AND "));
        if raw.query_row(&text, [], |row| row.get(0))? {
            return Ok(Some((child.clone(), key.iter().map(|(_, _, column)| column.clone()).collect())));
        }
    }
    Ok(None)
}
