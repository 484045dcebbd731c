//! Reads the properties of a table with the pragmas that describe it.

use rusqlite::Connection;

use super::definition::{behind, checks, is, is_deferred, normal, written};
use super::index::indexes;
use super::program::Program;
use super::{CHECK, COLUMN, Column, FOREIGN_KEY, Property, Shape};
use crate::sql::tokens;

/// Reads the properties of a table.
pub(super) fn shape(raw: &Connection, program: &Program<'_>) -> rusqlite::Result<Shape> {
    let table = program.table;
    let sql: String = raw.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        [table],
        |row| row.get(0),
    )?;
    let sql = tokens(&sql);
    let (without_rowid, is_strict): (bool, bool) =
        raw.query_row("SELECT wr, strict FROM pragma_table_list(?) WHERE schema = 'main'", [table], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut shape = Shape { is_strict, properties: Vec::new() };
    columns(raw, program, &sql, &mut shape)?;
    indexes(raw, program, &mut shape)?;
    foreign_keys(raw, table, &sql, &mut shape)?;
    for (name, check) in checks(&sql) {
        let meaning = program.of_row(&written(check));
        match name {
            Some(name) => shape.add(CHECK, format!("the check `{name}`"), format!("({})", normal(check)), meaning),
            None => shape.add(CHECK, format!("the check ({})", normal(check)), "there", meaning),
        }
    }
    for clause in
        sql.windows(3).filter(|words| is(words[0], "on") && is(words[1], "conflict") && !is(words[2], "abort"))
    {
        let clause = format!("ON CONFLICT {}", clause[2].to_ascii_uppercase());
        shape.add("on conflict", format!("the clause {clause}"), "there", clause);
    }
    let words = if without_rowid { "WITHOUT ROWID" } else { "a plain one" };
    shape.add("table", "the table".to_owned(), words, words.to_owned());
    Ok(shape)
}

fn columns(raw: &Connection, program: &Program<'_>, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    let mut expressions = behind("as", sql).into_iter();
    let no_default = program.of_default("NULL");
    // https://sqlite.org/pragma.html#pragma_table_xinfo
    let mut statement = raw.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden, (SELECT max(pk) FROM pragma_table_info(?1)) \
         FROM pragma_table_xinfo(?1)",
    )?;
    let mut rows = statement.query([program.table])?;
    while let Some(row) = rows.next()? {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
        let (key, hidden, keys): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let (_, _, _, _, autoincrement) = raw.column_metadata(Some("main"), program.table, &name)?;
        // INTEGER PRIMARY KEY is the rowid, which is never NULL
        // (https://sqlite.org/lang_createtable.html#rowid).
        let is_not_null = not_null || (key, keys) == (1, 1) && is(&ty, "integer");
        let mut column = Column {
            name: name.clone(),
            ty: ty.to_ascii_uppercase(),
            is_not_null,
            is_key: key > 0,
            autoincrement,
            default: None,
            is_generated: false,
        };
        let mut description = column.ty.clone();
        description.push_str(if is_not_null { " NOT NULL" } else { "" });
        let mut meaning = String::new();
        let mut both = |text: &str| {
            description.push_str(text);
            meaning.push_str(text);
        };
        let collation = collation(raw, program.table, &name)?;
        if collation != BINARY {
            both(&format!(" COLLATE {collation}"));
        }
        if key > 0 {
            both(&format!(", part {key} of the primary key"));
        }
        description.push_str(if autoincrement { " with AUTOINCREMENT" } else { "" });
        if let Some(default) = default {
            let means = program.of_default(&default);
            if means != no_default {
                description.push_str(&format!(" DEFAULT {default}"));
                column.default = Some(means);
            }
        }
        let kind = match hidden {
            2 => Some("not stored"),
            3 => Some("stored"),
            _ => None,
        };
        if let Some(kind) = kind {
            let expression = expressions.next().unwrap_or_default();
            description.push_str(&format!(", generated as ({}) and {kind}", normal(expression)));
            meaning.push_str(&format!(", generated as {} {kind}", program.of_row(&written(expression))));
            column.is_generated = true;
        }
        // Names that differ only in case are the same name in SQLite.
        let kind = format!("{COLUMN} {}", name.to_ascii_lowercase());
        let name = format!("the column `{name}`");
        shape.push(Property { kind, name, description, meaning, column: Some(column) });
    }
    Ok(())
}

/// The collation of a column without a COLLATE clause.
pub(super) const BINARY: &str = "BINARY";

/// Returns the collation of a column.
pub(super) fn collation(raw: &Connection, table: &str, column: &str) -> rusqlite::Result<String> {
    let (_, collation, ..) = raw.column_metadata(Some("main"), table, column)?;
    Ok(collation.map_or_else(|| BINARY.to_owned(), |name| name.to_string_lossy().to_ascii_uppercase()))
}

fn foreign_keys(raw: &Connection, table: &str, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    // The pragma lists the foreign keys in the reverse order of the CREATE statement.
    let deferred: Vec<bool> = sql.rsplit(|token| is(token, "references")).map(is_deferred).collect();
    // A foreign key without column names references the primary key.
    let mut statement = raw.prepare(
        "SELECT id, group_concat(\"from\", ', '), \"table\", \
         coalesce(group_concat(\"to\", ', '), (SELECT group_concat(name, ', ') FROM \
         (SELECT name FROM pragma_table_info(keys.\"table\") WHERE pk > 0 ORDER BY pk)), ''), on_delete, on_update \
         FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) AS keys GROUP BY id",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let [from, target, to, on_delete, on_update]: [String; 5] =
            [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        let deferred = if deferred.get(number as usize) == Some(&true) { ", deferred" } else { "" };
        let words = format!("to {target} ({to}), on delete {on_delete}, on update {on_update}{deferred}");
        let kind = format!("{FOREIGN_KEY} {}", from.to_ascii_lowercase());
        let meaning = words.to_ascii_lowercase();
        shape.add(kind, format!("the foreign key ({from})"), words, meaning);
    }
    Ok(())
}
