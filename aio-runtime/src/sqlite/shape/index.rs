//! Reads the indexes of a table, which include those of UNIQUE and PRIMARY KEY constraints.

use rusqlite::Connection;

use super::definition::{normal, parts_of_index, written};
use super::program::Program;
use super::read::{BINARY, collation};
use super::{INDEX, Shape, UNIQUE};
use crate::sql::tokens;

/// Reads the indexes of a table, and the constraints that SQLite implements as indexes.
pub(super) fn indexes(raw: &Connection, program: &Program<'_>, shape: &mut Shape) -> rusqlite::Result<()> {
    let mut statement = raw.prepare(
        "SELECT list.name, list.\"unique\", list.origin, schema.sql FROM pragma_index_list(?) AS list \
         LEFT JOIN sqlite_schema AS schema ON schema.name = list.name",
    )?;
    let mut rows = statement.query([program.table])?;
    while let Some(row) = rows.next()? {
        let (name, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: Option<String> = row.get(3)?;
        let sql = sql.as_deref().map(tokens).unwrap_or_default();
        let (expressions, condition) = parts_of_index(&sql);
        let parts = parts(raw, program, &name, &expressions)?;
        let meaning = parts.meaning.to_ascii_lowercase();
        match origin.as_str() {
            "u" => shape.add(UNIQUE, format!("the UNIQUE ({})", parts.words), "there", meaning),
            // That a column belongs to the primary key is one of the column's properties. The
            // index of the key is a further property only if it has other collations than the
            // columns.
            "pk" if parts.have_collations => {
                shape.add("primary key", format!("the PRIMARY KEY ({})", parts.words), "there", meaning);
            }
            "c" => {
                let kind = if unique { "unique on" } else { "on" };
                let (mut words, mut meaning) = (format!("{kind} ({})", parts.words), format!("{kind} {meaning}"));
                if let Some(condition) = condition {
                    words.push_str(&format!(" where {}", normal(condition)));
                    meaning.push_str(&format!(" where {}", program.of_row(&written(condition))));
                }
                let kind = format!("{INDEX} {}", name.to_ascii_lowercase());
                shape.add(kind, format!("the index `{name}`"), words, meaning);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The columns and expressions of an index.
#[derive(Default)]
struct Parts {
    words: String,
    meaning: String,
    /// Whether a column of the index has a different collation than in the table.
    have_collations: bool,
}

/// Reads the columns of an index. `expressions` are the texts of these columns in the CREATE
/// statement.
fn parts(raw: &Connection, program: &Program<'_>, index: &str, expressions: &[&[&str]]) -> rusqlite::Result<Parts> {
    // https://sqlite.org/pragma.html#pragma_index_xinfo
    let mut statement =
        raw.prepare("SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")?;
    let mut rows = statement.query([index])?;
    let mut parts = Parts::default();
    let mut place = 0;
    while let Some(row) = rows.next()? {
        let (cid, name, is_descending): (i64, Option<String>, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let collated: String = row.get(3)?;
        let separator = if place > 0 { ", " } else { "" };
        let (words, meaning, own) = match name {
            Some(name) => {
                let own = collation(raw, program.table, &name)?;
                (name.clone(), format!("column {name}"), own)
            }
            // The rowid, or an expression.
            None if cid == -1 => ("rowid".to_owned(), "rowid".to_owned(), BINARY.to_owned()),
            None => {
                let expression = expressions.get(place).copied().unwrap_or_default();
                (normal(expression), program.of_row(&written(expression)), BINARY.to_owned())
            }
        };
        let mut ending = String::new();
        if !collated.eq_ignore_ascii_case(&own) {
            parts.have_collations = true;
            ending.push_str(&format!(" COLLATE {}", collated.to_ascii_uppercase()));
        }
        ending.push_str(if is_descending { " DESC" } else { "" });
        parts.words.push_str(&format!("{separator}{words}{ending}"));
        parts.meaning.push_str(&format!("{separator}{meaning}{ending}"));
        place += 1;
    }
    Ok(parts)
}
