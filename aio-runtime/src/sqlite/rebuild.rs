//! The tables that a step of a migration replaces: no row, index or trigger is lost unnoticed.

use rusqlite::{Connection, OptionalExtension};

use super::engine::DIALECT;
use super::error::typed;
use crate::error::{Error, Result};
use crate::sql::count_rows;

/// Returns whether a rename on the connection changes nothing but the name of the table
/// (<https://sqlite.org/pragma.html#pragma_legacy_alter_table>).
pub(super) fn has_simple_alter(raw: &Connection) -> bool {
    raw.pragma_query_value(None, "legacy_alter_table", |row| row.get(0)).unwrap_or(false)
}

/// The tables that a step replaces, as they were before it. Most steps replace none.
pub(super) struct Rebuild {
    tables: Vec<Table>,
    dependents: Vec<Dependent>,
}

struct Table {
    name: String,
    rows: i64,
}

/// An index or trigger, which SQLite drops together with its table.
struct Dependent {
    /// "index" or "trigger".
    kind: String,
    name: String,
    table: String,
    sql: String,
}

impl Rebuild {
    /// Counts the rows of the tables before the step.
    ///
    /// # Errors
    /// Fails if one of the tables does not exist.
    pub(super) fn begin(raw: &Connection, tables: &[String]) -> Result<Rebuild> {
        let count = |name: &String| match rows(raw, name)? {
            Some(rows) => Ok(Table { name: name.clone(), rows }),
            None => Err(Error::usage(format!(
                "the step rebuilds {name}, but there is no such table: correct the line `-- aio-sql: rebuild …`"
            ))),
        };
        Ok(Rebuild { tables: tables.iter().map(count).collect::<Result<_>>()?, dependents: Vec::new() })
    }

    /// Returns the number of rows in all of the tables.
    pub(super) fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows.unsigned_abs()).sum()
    }

    /// Remembers the indexes and triggers of a table that is about to be dropped, if it is one of
    /// the tables that the step replaces.
    pub(super) fn before_drop(&mut self, raw: &Connection, table: &str) -> Result<()> {
        if !self.tables.iter().any(|known| known.name.eq_ignore_ascii_case(table)) {
            return Ok(());
        }
        self.dependents.extend(dependents(raw, table).map_err(typed)?);
        Ok(())
    }

    /// Makes the indexes and triggers again that the step has not made itself, and counts the rows
    /// again.
    ///
    /// # Errors
    /// Fails if a table is missing or has another number of rows than before the step, and if an
    /// index or trigger cannot be made.
    pub(super) fn finish(self, raw: &Connection) -> Result<()> {
        for Table { name, rows: before } in &self.tables {
            let Some(after) = rows(raw, name)? else {
                return Err(Error::usage(format!(
                    "the step rebuilds {name}, but there is no such table at its end: rename the new table, or correct \
                     the line `-- aio-sql: rebuild …`"
                )));
            };
            if *before != after {
                return Err(Error::usage(format!(
                    "the step rebuilds {name}, but the table had {before} rows before it and has {after} at its end: copy \
                     every row, or change the rows in another step"
                )));
            }
        }
        for dependent in &self.dependents {
            let Dependent { kind, name, table, sql } = dependent;
            if exists(raw, kind, name).map_err(typed)? {
                continue;
            }
            raw.execute_batch(sql).map_err(|error| {
                typed(error).context(format_args!(
                    "the {kind} {name} of {table}, which this database had before the step, cannot be made again: make \
                     it in the step in a form that fits the new table, or drop it before the table"
                ))
            })?;
        }
        Ok(())
    }
}

/// Returns the number of rows of a table, or `None` if there is no such table.
fn rows(raw: &Connection, table: &str) -> Result<Option<i64>> {
    if !exists(raw, "table", table).map_err(typed)? {
        return Ok(None);
    }
    let count = count_rows(DIALECT, table)?;
    raw.query_row(&count.text, [], |row| row.get(0)).map(Some).map_err(typed)
}

fn exists(raw: &Connection, kind: &str, name: &str) -> rusqlite::Result<bool> {
    let found = "SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE";
    raw.query_row(found, [kind, name], |_| Ok(())).optional().map(|found| found.is_some())
}

/// Returns the indexes and triggers of a table that have a text. The indexes of its constraints
/// have none.
fn dependents(raw: &Connection, table: &str) -> rusqlite::Result<Vec<Dependent>> {
    let mut found = raw.prepare(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema \
         WHERE tbl_name = ?1 COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY rowid",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Dependent { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    };
    found.query_map([table], read)?.collect()
}
