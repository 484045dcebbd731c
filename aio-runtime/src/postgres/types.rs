//! The names of the types of columns.

use super::connection::Connection;
use super::message::Column;
use super::oid;
use crate::error::Result;
use crate::value::Value;

/// Returns the type with which a table declares each column; `None` for an expression.
pub(super) fn declared(connection: &mut Connection, columns: &[Column]) -> Result<Vec<Option<String>>> {
    columns.iter().map(|column| declared_type(connection, column)).collect()
}

fn declared_type(connection: &mut Connection, column: &Column) -> Result<Option<String>> {
    if column.table == 0 {
        return Ok(None);
    }
    match oid::name(column.ty) {
        Some(name) if column.modifier < 0 => return Ok(Some(name.to_owned())),
        _ => {}
    }
    let query = "SELECT format_type($1::oid, $2::integer)";
    let params = [Value::Integer(column.ty.into()).into(), Value::Integer(column.modifier.into()).into()];
    let rows = connection.query(query, &params)?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(Value::Text(name)) => Some(name.clone()),
        _ => None,
    })
}
