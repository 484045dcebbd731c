//! What differs between a table as it is and as it should be.
//!
//! SQLite itself says what both look like: the table that should be is made in an empty database beside it, and the
//! pragmas that describe a table are asked of both. Only the checks are compared as text.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::error::typed;
use crate::error::Result;

/// What a table looks like, a line for each thing, under a name for it.
type Shape = BTreeMap<String, String>;

/// Compares the table of this name with the one that these statements would make.
pub(crate) fn compare(raw: &Connection, table: &str, ddl: &[String]) -> Result<Vec<String>> {
    let wanted = Connection::open_in_memory().map_err(typed)?;
    for statement in ddl {
        wanted.execute_batch(statement).map_err(typed)?;
    }
    let (found, wanted) = (shape(raw, table).map_err(typed)?, shape(&wanted, table).map_err(typed)?);
    let mut differences = Vec::new();
    for (what, wanted) in &wanted {
        match found.get(what) {
            None => differences.push(format!("{what} is missing: expected {wanted}")),
            Some(found) if found != wanted => differences.push(format!("{what} is {found}: expected {wanted}")),
            Some(_) => {}
        }
    }
    let unexpected = found.iter().filter(|(what, _)| !wanted.contains_key(*what));
    differences.extend(unexpected.map(|(what, found)| format!("{what} is unexpected: {found}")));
    Ok(differences)
}

fn shape(raw: &Connection, table: &str) -> rusqlite::Result<Shape> {
    let mut shape = Shape::new();
    columns(raw, table, &mut shape)?;
    indexes(raw, table, &mut shape)?;
    foreign_keys(raw, table, &mut shape)?;
    let sql: String =
        raw.query_row("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", [table], |row| row.get(0))?;
    for check in checks(&sql) {
        shape.insert(format!("the check ({check})"), "there".to_owned());
    }
    let (strict, without_rowid): (bool, bool) =
        raw.query_row("SELECT strict, wr FROM pragma_table_list(?) WHERE schema = 'main'", [table], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    shape.insert("the table".to_owned(), table_words(strict, without_rowid).to_owned());
    Ok(shape)
}

fn table_words(strict: bool, without_rowid: bool) -> &'static str {
    match (strict, without_rowid) {
        (false, false) => "a plain one",
        (true, false) => "STRICT",
        (false, true) => "WITHOUT ROWID",
        (true, true) => "STRICT and WITHOUT ROWID",
    }
}

fn columns(raw: &Connection, table: &str, shape: &mut Shape) -> rusqlite::Result<()> {
    // https://sqlite.org/pragma.html#pragma_table_xinfo
    let mut statement =
        raw.prepare("SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)")?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let (name, ty): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, default): (bool, Option<String>) = (row.get(2)?, row.get(3)?);
        let (key, hidden): (i64, i64) = (row.get(4)?, row.get(5)?);
        let mut words = ty.to_ascii_uppercase();
        if not_null {
            words.push_str(" NOT NULL");
        }
        if let Some(default) = default {
            words.push_str(&format!(" DEFAULT {default}"));
        }
        if key > 0 {
            words.push_str(&format!(", part {key} of the primary key"));
        }
        match hidden {
            2 => words.push_str(", generated and not stored"),
            3 => words.push_str(", generated and stored"),
            _ => {}
        }
        shape.insert(format!("the column `{name}`"), words);
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
                shape.insert(format!("the UNIQUE ({})", columns.unwrap_or_default()), "there".to_owned());
            }
            ("c", Some(sql)) => {
                // Everything from the name on, so that partial indexes and those on expressions are seen whole.
                let on = sql.find('(').map_or("", |open| &sql[open..]);
                let kind = if unique { "unique on" } else { "on" };
                shape.insert(format!("the index `{name}`"), format!("{kind} {}", normal(on)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn foreign_keys(raw: &Connection, table: &str, shape: &mut Shape) -> rusqlite::Result<()> {
    let mut statement = raw.prepare(
        "SELECT group_concat(\"from\", ', '), \"table\", group_concat(coalesce(\"to\", ''), ', '), on_delete, on_update \
         FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id",
    )?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        let [from, target, to, on_delete, on_update]: [String; 5] =
            [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        let words = format!("to {target} ({to}), on delete {on_delete}, on update {on_update}");
        shape.insert(format!("the foreign key ({from})"), words);
    }
    Ok(())
}

/// A text's words and signs, without its blanks and comments.
fn tokens(sql: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            '-' if rest.starts_with("--") => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.split_once("*/").map_or("", |(_, rest)| rest);
                continue;
            }
            '\'' | '"' | '`' => quoted_length(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            c if c.is_alphanumeric() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

fn normal(sql: &str) -> String {
    tokens(sql).join(" ").replace('"', "")
}

/// Whether two texts differ in more than blanks and comments.
pub(crate) fn differs(one: &str, other: &str) -> bool {
    tokens(one) != tokens(other)
}

/// The conditions of the CHECKs in a CREATE TABLE.
fn checks(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let mut checks = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if !token.eq_ignore_ascii_case("check") || tokens.get(place + 1) != Some(&"(") {
            continue;
        }
        let mut depth = 0;
        let condition = tokens[place + 1..].iter().take_while(|token| {
            depth += match **token {
                "(" => 1,
                ")" => -1,
                _ => 0,
            };
            depth > 0
        });
        checks.push(condition.skip(1).map(|token| token.trim_matches('"')).collect::<Vec<_>>().join(" "));
    }
    checks
}
