//! Finds out which columns a violated constraint has.

use super::connection::Connection;
use super::error::{missing_parent, remaining_child, violated_check};
use crate::error::{Error, ErrorKind};
use crate::value::Value;

/// The columns of a foreign key or a CHECK constraint, and the table to which the key refers.
const QUERY: &str = "SELECT a.attname::text, r.relname::text \
    FROM pg_catalog.pg_constraint c \
    JOIN pg_catalog.pg_class t ON t.oid = c.conrelid LEFT JOIN pg_catalog.pg_class r ON r.oid = c.confrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
    CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY k (number, place) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number \
    WHERE c.contype IN ('f', 'c') AND n.nspname = $1 AND t.relname = $2 AND c.conname = $3 ORDER BY k.place";

/// Adds the columns of a violated constraint to an error, if they can be found. `violated` are the
/// schema, the table and the name of the constraint; `is_missing` says whether the row to which a
/// foreign key refers is missing.
pub(super) fn explain(connection: &mut Connection, violated: [String; 3], is_missing: bool, error: Error) -> Error {
    let params = violated.clone().map(|name| Value::Text(name).into());
    let Ok(rows) = connection.query(QUERY, &params) else { return error };
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let mut columns: Vec<_> = rows.iter().map(|row| text(row.first())).collect();
    let Some(row) = rows.first() else { return error };
    let ([_, table, constraint], references) = (violated, text(row.get(1)));
    let (kind, message) = match error.kind() {
        ErrorKind::Check { .. } => {
            // The condition of a column reads that column. One that reads several belongs to the
            // table.
            if columns.len() > 1 {
                columns.clear();
            }
            violated_check(table, columns, constraint)
        }
        _ if is_missing => missing_parent(table, columns, references),
        _ => remaining_child(table, columns, references),
    };
    error.with_kind_and_message(kind, message)
}

/// Returns whether an error is that of a foreign key whose columns are not known, or of a CHECK
/// constraint that a raw statement has violated: for others, the struct tells the column.
pub(super) fn lacks_columns(error: &Error, is_raw: bool) -> bool {
    match error.kind() {
        ErrorKind::ForeignKey { columns, .. } => columns.is_empty(),
        ErrorKind::Check { table, columns, .. } => is_raw && !table.is_empty() && columns.is_empty(),
        _ => false,
    }
}
