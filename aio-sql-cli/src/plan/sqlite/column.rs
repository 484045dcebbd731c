//! The SQL of columns and constraints for ALTER TABLE, and the rowid of a table.

use aio_sql::inspect::{Action, Check, Column, ForeignKey, Table};

use crate::plan::name::{is, list, quoted};
use crate::plan::tokens::{Kind, tokens};

/// Returns the definition of a column for ALTER TABLE … ADD COLUMN, with the checks and the
/// foreign key that are declared with it.
pub(super) fn definition(column: &Column, checks: &[&Check], key: Option<&ForeignKey>) -> String {
    let mut sql = quoted(column.name());
    if !column.declared_type().is_empty() {
        sql += &format!(" {}", column.declared_type());
    }
    if !column.is_nullable() {
        sql += " NOT NULL";
    }
    if let Some(default) = column.default() {
        sql += &format!(" DEFAULT {}", default_clause(default));
    }
    if let Some(collation) = column.collation() {
        sql += &format!(" COLLATE {}", quoted(collation));
    }
    if let Some(generated) = column.generated() {
        sql += &format!(" GENERATED ALWAYS AS ({})", generated.expression());
        sql += if generated.is_stored() { " STORED" } else { " VIRTUAL" };
    }
    for check in checks {
        sql += &format!(" {}", check_constraint(check));
    }
    if let Some(key) = key {
        sql += &format!("{} {}", constraint_name(key.name()), references(key));
    }
    sql
}

/// Returns a CHECK constraint with its name.
pub(super) fn check_constraint(check: &Check) -> String {
    let name = constraint_name(check.name());
    format!("{} CHECK ({})", name, check.expression()).trim_start().to_owned()
}

fn constraint_name(name: Option<&str>) -> String {
    name.map(|name| format!(" CONSTRAINT {}", quoted(name))).unwrap_or_default()
}

fn references(key: &ForeignKey) -> String {
    let mut sql = format!("REFERENCES {} ({})", quoted(key.table()), list(key.targets().iter().map(String::as_str)));
    for (event, action) in [("DELETE", key.on_delete()), ("UPDATE", key.on_update())] {
        if action != Action::NoAction {
            sql += &format!(" ON {event} {action}");
        }
    }
    if key.is_deferred() {
        sql += " DEFERRABLE INITIALLY DEFERRED";
    } else if key.is_deferrable() {
        sql += " DEFERRABLE";
    }
    sql
}

/// Returns what follows DEFAULT. An expression gets parentheses, which the reported default lacks.
fn default_clause(default: &str) -> String {
    if is_plain(default) { default.to_owned() } else { format!("({default})") }
}

/// Returns whether a default is one token, or a number with a sign.
fn is_plain(default: &str) -> bool {
    match tokens(default).as_slice() {
        [_] => true,
        [sign, number] => matches!(sign.text, "+" | "-") && number.kind == Kind::Number,
        _ => false,
    }
}

/// Returns whether a default has the same value for all rows, so that ADD COLUMN takes it.
pub(super) fn is_constant(default: &str) -> bool {
    let is_time = |text: &str| ["current_time", "current_date", "current_timestamp"].iter().any(|time| is(text, time));
    is_plain(default) && !is_time(default.trim())
}

/// Returns whether a column is another name of the rowid
/// (<https://sqlite.org/lang_createtable.html#rowid>).
pub(super) fn is_rowid(table: &Table, column: &str) -> bool {
    rowid_column(table).is_some_and(|name| is(name, column))
}

/// Returns the column that is another name of the rowid, if the table has one.
pub(super) fn rowid_column(table: &Table) -> Option<&str> {
    // It is the only column that the database can number.
    let numbered = table.columns().iter().find(|column| column.auto() != aio_sql::inspect::Auto::No);
    numbered.map(Column::name)
}

/// Returns a name of the rowid that no column of the table has; `None` if the table has no rowid,
/// or if columns have all of these names.
pub(super) fn rowid_name(table: &Table) -> Option<&'static str> {
    let names = ["rowid", "_rowid_", "oid"];
    if table.is_without_rowid() {
        return None;
    }
    names.into_iter().find(|name| table.column(name).is_none())
}
