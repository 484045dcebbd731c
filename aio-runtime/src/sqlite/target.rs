//! The kind of table that a statement writes to. SQLite counts changes and assigns rowids
//! differently for views and virtual tables.

use rusqlite::{Connection, OptionalExtension};

use super::statement_text::{InsertText, ReturnedColumn, contains, inserts, returned, written_to};
use crate::error::{Error, Result};

/// The kind of a table that a statement writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Table,
    View,
    Virtual,
}

impl Target {
    /// Returns the kind of the table that a statement writes to.
    pub(super) fn of(raw: &Connection, text: &str) -> Target {
        let kind = |(schema, name): (Option<String>, String)| {
            let mut found = raw.prepare_cached(
                "SELECT type FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE \
                 ORDER BY schema = 'temp' DESC, schema = 'main' DESC LIMIT 1",
            )?;
            found.query_row((name, schema), |row| row.get::<_, String>(0)).optional()
        };
        match written_to(text).map(kind) {
            Some(Ok(Some(kind))) if kind == "view" => Target::View,
            Some(Ok(Some(kind))) if kind == "virtual" => Target::Virtual,
            _ => Target::Table,
        }
    }
}

/// Returns for each RETURNING column whether it is a column of a STRICT table, whose values always
/// have the declared type. The list is empty if the statement does not write to such a table.
///
/// An expression may contain columns of other tables, so it does not count as a column of a STRICT
/// table.
pub(super) fn are_strict(raw: &Connection, text: &str, width: usize) -> Vec<bool> {
    let is_column = |column| !matches!(column, ReturnedColumn::Expression(_));
    if !is_strict(raw, text) {
        return Vec::new();
    }
    returned(text, width).unwrap_or_default().into_iter().map(is_column).collect()
}

/// Returns whether a statement writes to a STRICT table.
fn is_strict(raw: &Connection, text: &str) -> bool {
    let Some((schema, name)) = written_to(text) else { return false };
    let found =
        raw.prepare_cached("SELECT strict FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE");
    let all = found.and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<bool>>>()
    });
    all.is_ok_and(|all| !all.is_empty() && all.iter().all(|strict| *strict))
}

/// The names of the rowid (<https://sqlite.org/lang_createtable.html#rowid>).
const ROWID_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|of| name.eq_ignore_ascii_case(of))
}

/// Returns for each RETURNING column whether it is the rowid of a virtual table, which the table
/// assigns only after RETURNING has been evaluated. The list is empty if the statement does not
/// write to a virtual table.
pub(super) fn rowid_columns(raw: &Connection, text: &str, width: usize) -> Vec<bool> {
    if Target::of(raw, text) != Target::Virtual {
        return Vec::new();
    }
    let rowids = rowid_names(raw, text);
    let is_rowid = |column| matches!(column, ReturnedColumn::Column(name) if is_one_of(&name, &rowids));
    returned(text, width).unwrap_or_default().into_iter().map(is_rowid).collect()
}

/// Refuses a statement that returns the rowids of a virtual table if the library could not fill
/// them in afterwards.
pub(super) fn refuse_unknown_rowids(raw: &Connection, text: &str, width: usize) -> Result<()> {
    if !ROWID_NAMES.iter().any(|rowid| contains(text, rowid)) || Target::of(raw, text) != Target::Virtual {
        return Ok(());
    }
    let rowids = rowid_names(raw, text);
    let is_rowid = |name: &String| is_one_of(name, &rowids);
    let Some(InsertText { columns, one }) = inserts(text) else { return Ok(()) };
    let is_known = one || columns.iter().any(is_rowid);
    let advice = returned(text, width).unwrap_or_default().into_iter().find_map(|column| match column {
        ReturnedColumn::Column(name) if is_rowid(&name) && !is_known => {
            Some("insert the rows one by one, or name the rowid in the insert and give each row one")
        }
        ReturnedColumn::Expression(names) if names.iter().any(is_rowid) => {
            Some("return the plain rowid, and compute with it afterwards")
        }
        _ => None,
    });
    let Some(advice) = advice else { return Ok(()) };
    let table = written_to(text).map(|(_, name)| name).unwrap_or_default();
    let message = format!("RETURNING cannot return the rowids of the virtual table `{table}`: {advice}");
    Err(Error::usage(message).with_remark("the statement was not run"))
}

/// Returns the error for several inserted rows of a virtual table whose rowids are not known.
#[cold]
pub(super) fn unknown_rowids() -> Error {
    Error::usage("RETURNING cannot return the rowids of several rows of a virtual table: insert the rows one by one")
        .with_remark("the statement was run")
}

/// Returns the names of the rowid that no column of the table has.
fn rowid_names(raw: &Connection, text: &str) -> Vec<&'static str> {
    let Some((schema, name)) = written_to(text) else { return Vec::new() };
    let columns = raw.prepare_cached("SELECT name FROM pragma_table_xinfo(?1, ?2)").and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    });
    let columns = columns.unwrap_or_default();
    ROWID_NAMES.into_iter().filter(|rowid| !columns.iter().any(|column| column.eq_ignore_ascii_case(rowid))).collect()
}
