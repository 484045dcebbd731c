//! Statements for made-up rows of tables that are known only by their names in the database.

use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;

/// Writes the INSERT of one row. `values` are the columns, each with the SQL expression for its
/// value.
pub(crate) fn insert_row(dialect: Dialect, table: &str, values: &[(&str, String)]) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("INSERT INTO ");
    writer.name(table);
    if values.is_empty() {
        writer.push(" DEFAULT VALUES");
        return writer.finish();
    }
    writer.push(" (");
    writer.names(values.iter().map(|(column, _)| *column));
    writer.push(") VALUES (");
    for (place, (_, expression)) in values.iter().enumerate() {
        writer.push(if place == 0 { "" } else { ", " });
        writer.push(expression);
    }
    writer.push(")");
    writer.finish()
}

/// Writes an expression for the value of a column in one row of a table: the row at the index
/// `place` if the rows are sorted by the columns `key`.
pub(crate) fn column_of_row(
    dialect: Dialect,
    table: &str,
    key: &[String],
    column: &str,
    place: usize,
) -> Result<String> {
    let mut writer = Writer::new(dialect);
    writer.push("(SELECT ");
    writer.name(column);
    writer.push(" FROM ");
    writer.name(table);
    writer.push(" ORDER BY ");
    writer.names(key.iter().map(String::as_str));
    writer.push(&format!(" LIMIT 1 OFFSET {place})"));
    writer.finish().map(|expression| expression.text)
}
