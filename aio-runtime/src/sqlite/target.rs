//! What a statement writes to: of a view and of a virtual table SQLite counts and numbers in
//! another way.

use rusqlite::{Connection, OptionalExtension};

use super::reading::{InsertText, ReturnedColumn, contains, inserts, returned, written_to};
use crate::error::{Error, Result};

/// What kind of table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Table,
    View,
    Virtual,
}

impl Target {
    /// Looks up the table that a statement inserts into, updates or deletes from.
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

/// Whether each column that a statement gives is one of a table that holds values of the declared
/// types alone.
///
/// What an expression gives may be a column of any other table.
pub(super) fn are_strict(raw: &Connection, text: &str, width: usize) -> Vec<bool> {
    let is_column = |column| !matches!(column, ReturnedColumn::Expression(_));
    if !is_strict(raw, text) {
        return Vec::new();
    }
    returned(text, width).unwrap_or_default().into_iter().map(is_column).collect()
}

/// Whether the table that a statement writes to holds values of the declared types alone.
fn is_strict(raw: &Connection, text: &str) -> bool {
    let Some((schema, name)) = written_to(text) else { return false };
    let found =
        raw.prepare_cached("SELECT strict FROM pragma_table_list(?1) WHERE ?2 IS NULL OR schema = ?2 COLLATE NOCASE");
    let all = found.and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<bool>>>()
    });
    all.is_ok_and(|all| !all.is_empty() && all.iter().all(|strict| *strict))
}

/// The names of a row's number (<https://sqlite.org/lang_createtable.html#rowid>).
const NUMBERS: [&str; 3] = ["rowid", "_rowid_", "oid"];

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|of| name.eq_ignore_ascii_case(of))
}

/// Which columns of RETURNING are the number of a row of a virtual table, which numbers it behind
/// that.
pub(super) fn numbers(raw: &Connection, text: &str, width: usize) -> Vec<bool> {
    if Target::of(raw, text) != Target::Virtual {
        return Vec::new();
    }
    let numbers = numbers_of(raw, text);
    let is_number = |column| matches!(column, ReturnedColumn::Column(name) if is_one_of(&name, &numbers));
    returned(text, width).unwrap_or_default().into_iter().map(is_number).collect()
}

/// Refuses a statement that gives the number of a row of a virtual table where it could not be put
/// right.
pub(super) fn refuse_numbers(raw: &Connection, text: &str, width: usize) -> Result<()> {
    if !NUMBERS.iter().any(|number| contains(text, number)) || Target::of(raw, text) != Target::Virtual {
        return Ok(());
    }
    let numbers = numbers_of(raw, text);
    let is_number = |name: &String| is_one_of(name, &numbers);
    let Some(InsertText { columns, one }) = inserts(text) else { return Ok(()) };
    let is_known = one || columns.iter().any(is_number);
    let advice = returned(text, width).unwrap_or_default().into_iter().find_map(|column| match column {
        ReturnedColumn::Column(name) if is_number(&name) && !is_known => {
            Some("insert the rows one by one, or name the column in the insert and give each row its number")
        }
        ReturnedColumn::Expression(names) if names.iter().any(is_number) => {
            Some("return the number by itself, and compute with it afterwards")
        }
        _ => None,
    });
    let Some(advice) = advice else { return Ok(()) };
    let table = written_to(text).map(|(_, name)| name).unwrap_or_default();
    let message =
        format!("SQLite does not tell RETURNING the numbers of the rows of the virtual table `{table}`: {advice}");
    Err(Error::usage(message).with_remark("the statement was not run"))
}

/// What is to be said of several rows of a virtual table, of which the numbers of some are not
/// known.
#[cold]
pub(super) fn numbers_are_not_known() -> Error {
    Error::usage(
        "SQLite does not tell RETURNING the numbers of the rows of a virtual table: insert the rows one by one",
    )
    .with_remark("the statement was run")
}

/// The names of a row's number that no column of the table has.
fn numbers_of(raw: &Connection, text: &str) -> Vec<&'static str> {
    let Some((schema, name)) = written_to(text) else { return Vec::new() };
    let columns = raw.prepare_cached("SELECT name FROM pragma_table_xinfo(?1, ?2)").and_then(|mut found| {
        found.query_map((name, schema), |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    });
    let columns = columns.unwrap_or_default();
    NUMBERS.into_iter().filter(|number| !columns.iter().any(|column| column.eq_ignore_ascii_case(number))).collect()
}
