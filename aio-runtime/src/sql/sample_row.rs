//! Statements for made-up rows of tables that are known only by their names in the database.

use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;

/// Writes the insert of one row, of columns and the text of the expressions for their values.
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

/// Writes the expression for a column of a row of a table, which is given by its place in the
/// order of `key`.
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
