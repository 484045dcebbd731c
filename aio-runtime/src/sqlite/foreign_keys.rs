//! Foreign keys that dropping a table would violate.

use rusqlite::Connection;

use super::engine::DIALECT;
use super::error::typed;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{TableName, select_any_key};

/// Returns whether the connection enforces foreign keys.
pub(super) fn are_enforced(raw: &Connection) -> bool {
    raw.pragma_query_value(None, "foreign_keys", |row| row.get(0)).unwrap_or(false)
}

/// Fails if foreign keys are enforced and rows of another table reference the table to be dropped.
/// SQLite would delete the table's rows first, which runs the ON DELETE actions of those keys
/// (<https://sqlite.org/foreignkeys.html#fk_schemacommands>).
pub(super) fn refuse_to_drop(raw: &Connection, schema: &str, table: &str) -> Result<()> {
    if !are_enforced(raw) {
        return Ok(());
    }
    let Some((child, columns)) = referring(raw, schema, table)? else { return Ok(()) };
    let table = match schema {
        "main" => table.to_owned(),
        schema => format!("{schema}.{table}"),
    };
    let child = child.to_string();
    let message = format!(
        "dropping {table} would delete or change the rows of {child} that reference it by {}: if the step replaces \
         the table, begin it with the line `-- aio-sql: rebuild {table}`, or give it `Migration::foreign_keys_off()`; \
         otherwise delete those rows first",
        columns.join(", ")
    );
    Err(Error::new(ErrorKind::ForeignKey { table: child, columns, references: table }, message))
}

/// Returns a table with rows that reference `parent`, and the columns of its foreign key, or
/// `None` if there is no such table.
fn referring(raw: &Connection, schema: &str, parent: &str) -> Result<Option<(TableName, Vec<String>)>> {
    let keys = columns_of_keys(raw, schema, parent).map_err(typed)?;
    for key in keys.chunk_by(|one, next| (&one.0, one.1) == (&next.0, next.1)) {
        let own_schema = Some(schema).filter(|schema| *schema != "main").map(str::to_owned);
        let child = TableName { schema: own_schema, name: key[0].0.clone() };
        let columns: Vec<_> = key.iter().map(|(_, _, column)| column.clone()).collect();
        let refers = select_any_key(DIALECT, &child, &columns)?;
        if raw.query_row(&refers.text, [], |row| row.get(0)).map_err(typed)? {
            return Ok(Some((child, columns)));
        }
    }
    Ok(None)
}

/// Returns the columns of all foreign keys of other tables that reference `parent`: for each
/// column its table, the number of its key in that table, and its name.
fn columns_of_keys(raw: &Connection, schema: &str, parent: &str) -> rusqlite::Result<Vec<(String, i64, String)>> {
    let quoted = schema.replace('"', "\"\"");
    let mut keys = raw.prepare(&format!(
        "SELECT child.name, key.id, key.\"from\" \
         FROM \"{quoted}\".sqlite_schema AS child, pragma_foreign_key_list(child.name, ?2) AS key \
         WHERE child.type = 'table' AND key.\"table\" = ?1 COLLATE NOCASE AND child.name <> ?1 COLLATE NOCASE \
         ORDER BY child.rowid, key.id, key.seq"
    ))?;
    keys.query_map([parent, schema], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}
