//! What differs between a table as it is and as it should be.
//!
//! SQLite itself says what both look like: the table that should be is made in an empty database
//! beside it, and the pragmas that describe a table are asked of both. Only what no pragma tells
//! is compared as text: checks, expressions of generated columns, and whether a foreign key is
//! deferred.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::error::typed;
use crate::error::Result;
use crate::sql::tokens;

/// What a table looks like: a name for each thing, and what is so of it.
#[derive(Default)]
struct Shape(BTreeMap<String, (String, String)>);

impl Shape {
    fn add(&mut self, what: String, words: impl Into<String>) {
        // Names that differ only in case are one name to SQLite.
        self.0.insert(what.to_ascii_lowercase(), (what, words.into()));
    }
}

/// Compares the table of this name with the one that these statements would make.
///
/// Two differences do not count, in either direction: whether the table is STRICT, and whether it
/// has the checks in `implied`, which follow from the types of its columns. A table from before
/// these were written is still the same table.
pub(crate) fn compare(raw: &Connection, table: &str, ddl: &[String], implied: &[String]) -> Result<Vec<String>> {
    let wanted = Connection::open_in_memory().map_err(typed)?;
    for statement in ddl {
        wanted.execute_batch(statement).map_err(typed)?;
    }
    let (found, mut wanted) = (shape(raw, table).map_err(typed)?, shape(&wanted, table).map_err(typed)?);
    for check in implied {
        let name = check_name(&normal(&tokens(check))).to_ascii_lowercase();
        if !found.0.contains_key(&name) {
            wanted.0.remove(&name);
        }
    }
    let mut differences = Vec::new();
    for (name, (what, wanted)) in &wanted.0 {
        match found.0.get(name) {
            None => differences.push(format!("{what} is missing: expected {wanted}")),
            Some((_, found)) if found != wanted => differences.push(format!("{what} is {found}: expected {wanted}")),
            Some(_) => {}
        }
    }
    let unexpected = found.0.iter().filter(|(name, _)| !wanted.0.contains_key(*name));
    differences.extend(unexpected.map(|(_, (what, found))| format!("{what} is unexpected: {found}")));
    Ok(differences)
}

fn shape(raw: &Connection, table: &str) -> rusqlite::Result<Shape> {
    let sql: String = raw.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        [table],
        |row| row.get(0),
    )?;
    let sql = tokens(&sql);
    let mut shape = Shape::default();
    columns(raw, table, &sql, &mut shape)?;
    indexes(raw, table, &mut shape)?;
    foreign_keys(raw, table, &sql, &mut shape)?;
    for check in behind("check", &sql) {
        shape.add(check_name(&check), "there");
    }
    let without_rowid: bool =
        raw.query_row("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", [table], |row| row.get(0))?;
    shape.add("the table".to_owned(), if without_rowid { "WITHOUT ROWID" } else { "a plain one" });
    Ok(shape)
}

fn check_name(condition: &str) -> String {
    format!("the check ({condition})")
}

fn columns(raw: &Connection, table: &str, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    let mut expressions = behind("as", sql).into_iter();
    // https://sqlite.org/pragma.html#pragma_table_xinfo
    let mut statement = raw.prepare(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden, (SELECT max(pk) FROM pragma_table_info(?1)) \
         FROM pragma_table_xinfo(?1)",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
        let (key, hidden, keys): (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
        let (_, collation, _, _, autoincrement) = raw.column_metadata(Some("main"), table, &name)?;
        let mut words = ty.to_ascii_uppercase();
        // `INTEGER PRIMARY KEY` is the row's number, which is never NULL
        // (https://sqlite.org/lang_createtable.html#rowid).
        if not_null || (key, keys) == (1, 1) && words == "INTEGER" {
            words.push_str(" NOT NULL");
        }
        if let Some(default) = default {
            words.push_str(&format!(" DEFAULT {default}"));
        }
        if let Some(collation) = collation.map(|name| name.to_string_lossy().to_ascii_uppercase())
            && collation != "BINARY"
        {
            words.push_str(&format!(" COLLATE {collation}"));
        }
        if key > 0 {
            words.push_str(&format!(", part {key} of the primary key"));
        }
        if autoincrement {
            words.push_str(" with AUTOINCREMENT");
        }
        let kind = match hidden {
            2 => Some("not stored"),
            3 => Some("stored"),
            _ => None,
        };
        if let Some(kind) = kind {
            words.push_str(&format!(", generated as ({}) and {kind}", expressions.next().unwrap_or_default()));
        }
        shape.add(format!("the column `{name}`"), words);
    }
    Ok(())
}

fn indexes(raw: &Connection, table: &str, shape: &mut Shape) -> rusqlite::Result<()> {
    let mut statement = raw.prepare(
        "SELECT list.name, list.\"unique\", list.origin, schema.sql, \
         (SELECT group_concat(coalesce(name, '?'), ', ') FROM pragma_index_info(list.name)) \
         FROM pragma_index_list(?) AS list LEFT JOIN sqlite_schema AS schema ON schema.name = list.name",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (sql, columns): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
        match (origin.as_str(), sql) {
            ("u", _) => {
                shape.add(format!("the UNIQUE ({})", columns.unwrap_or_default()), "there");
            }
            ("c", Some(sql)) => {
                // Everything from the name on, so that partial indexes and those on expressions
                // are seen whole.
                let on = sql.find('(').map_or("", |open| &sql[open..]);
                let kind = if unique { "unique on" } else { "on" };
                shape.add(format!("the index `{name}`"), format!("{kind} {}", normal(&tokens(on))));
            }
            _ => {}
        }
    }
    Ok(())
}

fn foreign_keys(raw: &Connection, table: &str, sql: &[&str], shape: &mut Shape) -> rusqlite::Result<()> {
    // The pragma's first key is the last that was written.
    let deferred: Vec<bool> = sql.rsplit(|token| is(token, "references")).map(is_deferred).collect();
    let mut statement = raw.prepare(
        "SELECT id, group_concat(\"from\", ', '), \"table\", group_concat(coalesce(\"to\", ''), ', '), on_delete, \
         on_update FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let [from, target, to, on_delete, on_update]: [String; 5] =
            [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        let deferred = if deferred.get(number as usize) == Some(&true) { ", deferred" } else { "" };
        let words = format!("to {target} ({to}), on delete {on_delete}, on update {on_update}{deferred}");
        shape.add(format!("the foreign key ({from})"), words);
    }
    Ok(())
}

/// Whether a foreign key is deferred, from what is written behind its `REFERENCES`.
fn is_deferred(tokens: &[&str]) -> bool {
    let place = tokens
        .windows(3)
        .position(|words| is(words[0], "deferrable") && is(words[1], "initially") && is(words[2], "deferred"));
    place.is_some_and(|place| place == 0 || !is(tokens[place - 1], "not"))
}

fn is(token: &str, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

/// Tokens as one text. A name may be quoted or not.
fn normal(tokens: &[&str]) -> String {
    let mut text = String::new();
    for (place, token) in tokens.iter().enumerate() {
        let tight = place == 0 || tokens[place - 1] == "(" || matches!(*token, ")" | ",");
        text.push_str(if tight { "" } else { " " });
        text.push_str(token.trim_matches('"'));
    }
    text
}

/// The expressions in parentheses behind each occurrence of a word.
fn behind(word: &str, sql: &[&str]) -> Vec<String> {
    let places = sql.windows(2).enumerate().filter(|(_, pair)| is(pair[0], word) && pair[1] == "(");
    places
        .map(|(place, _)| {
            let mut depth = 0;
            let open = &sql[place + 1..];
            let end = open.iter().position(|token| {
                depth += match *token {
                    "(" => 1,
                    ")" => -1,
                    _ => 0,
                };
                depth == 0
            });
            normal(&open[1..end.unwrap_or(open.len())])
        })
        .collect()
}
