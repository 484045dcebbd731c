//! Queries for rows that refer to others by a foreign key of the database, which may have no
//! struct.

use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::expr::Query;

/// A foreign key by the names that it has in the database.
#[derive(Clone)]
pub(crate) struct ReferringKey {
    /// The table whose rows refer to others.
    pub(crate) table: String,
    pub(crate) columns: Vec<String>,
    /// The columns that they refer to.
    pub(crate) targets: Vec<String>,
}

/// Writes the query for whether a row refers to another, because all columns of its key have a
/// value.
pub(crate) fn select_any_key(dialect: Dialect, table: &str, columns: &[String]) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT EXISTS (SELECT 1 FROM ");
    writer.name(table);
    for (place, column) in columns.iter().enumerate() {
        writer.push(if place == 0 { " WHERE " } else { " AND " });
        writer.name(column);
        writer.push(" IS NOT NULL");
    }
    writer.push(")");
    writer.finish()
}

/// Writes the query for whether a row refers by the last of some keys to rows that refer by the
/// key before it, and so on, until the first key refers to one of `rows`.
pub(crate) fn select_referring(dialect: Dialect, rows: &Query, path: &[ReferringKey]) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT EXISTS (SELECT 1 FROM ");
    for key in path.iter().rev() {
        writer.name(&key.table);
        writer.push(" WHERE (");
        writer.names(key.columns.iter().map(String::as_str));
        writer.push(") IN (SELECT ");
        writer.names(key.targets.iter().map(String::as_str));
        writer.push(" FROM ");
    }
    writer.push("(");
    writer.rows(rows);
    writer.end_query();
    path.iter().for_each(|_| writer.push(")"));
    writer.push(")");
    writer.finish()
}
