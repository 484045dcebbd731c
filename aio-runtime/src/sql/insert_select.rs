//! INSERT of the rows of a query.

use super::statement::managed_values;
use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Node};
use crate::statement::InsertSelectQuery;

/// An insert of the rows of a query.
pub(crate) fn insert_select(dialect: Dialect, query: &InsertSelectQuery) -> Result<SqlText> {
    let InsertSelectQuery { table, columns, rows, tail, .. } = query;
    let mut writer = Writer::new(dialect);
    if let Some((_, name)) = columns.iter().enumerate().find(|(place, name)| columns[..*place].contains(name)) {
        writer.fail(Error::usage(format!("the insert into `{}` names `{name}` twice", table.rust_name)));
    }
    let managed: Vec<_> = managed_values(table).into_iter().filter(|(name, _)| !columns.contains(name)).collect();
    writer.push("INSERT INTO ");
    writer.name(table.name);
    writer.push(" (");
    writer.names(columns.iter().copied().chain(managed.iter().map(|(name, _)| *name)));
    writer.push(") ");
    let mut rows = rows.clone();
    rows.projection.extend(managed.into_iter().map(|(_, value)| Node::Value(value)));
    if tail.conflict.is_some() && rows.filter.is_none() {
        // Behind a table SQLite takes ON for that of a join (https://sqlite.org/lang_upsert.html#parsing_ambiguity).
        rows.filter = Some(Node::Join(BinaryOp::And, Vec::new()));
    }
    writer.select(&rows);
    writer.tail(table, tail);
    writer.finish()
}
