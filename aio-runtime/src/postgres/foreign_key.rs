//! Finds out which columns a foreign key has, for the error of a violation.

use super::connection::Connection;
use crate::error::{Error, ErrorKind};
use crate::value::Value;

/// The columns of a foreign key, and the table to which it refers.
const QUERY: &str = "SELECT a.attname::text, r.relname::text \
    FROM pg_constraint c \
    JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid \
    CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY k (number, place) \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number \
    WHERE c.contype = 'f' AND t.relname = $1 AND c.conname = $2 AND pg_table_is_visible(t.oid) \
    ORDER BY k.place";

/// Adds the table and the columns of a violated foreign key to an error, if they can be found.
pub(super) fn explain(connection: &mut Connection, table: &str, constraint: &str, error: Error) -> Error {
    let params = [Value::Text(table.to_owned()).into(), Value::Text(constraint.to_owned()).into()];
    let Ok(rows) = connection.query(QUERY, &params) else { return error };
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let columns: Vec<_> = rows.iter().map(|row| text(row.first())).collect();
    let Some(row) = rows.first() else { return error };
    let (references, table) = (text(row.get(1)), table.to_owned());
    let message =
        format!("{table}.{}: {references} has no such row, or rows of {table} still refer to it", columns.join(", "));
    error.with_kind_and_message(ErrorKind::ForeignKey { table, columns, references }, message)
}
