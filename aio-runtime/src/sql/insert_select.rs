//! Writes the text of an INSERT of the rows of a query.

use super::managed::managed_values;
use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Body, Node};
use crate::schema::TableDef;
use crate::statement::InsertSelectQuery;

/// Writes an INSERT of the rows of a query.
pub(crate) fn insert_select(dialect: Dialect, query: &InsertSelectQuery) -> Result<SqlText> {
    let InsertSelectQuery { table, columns, rows, clauses, .. } = query;
    let mut writer = Writer::new(dialect);
    if let Some((_, name)) = columns.iter().enumerate().find(|(place, name)| columns[..*place].contains(name)) {
        writer.fail(Error::usage(format!(
            "the insert into `{}` sets `{name}` twice: leave one of them out",
            table.rust_name
        )));
    }
    let managed = managed_values(table).unwrap_or_else(|error| {
        writer.fail(error);
        Vec::new()
    });
    let managed: Vec<_> = managed.into_iter().filter(|(name, _)| !columns.contains(name)).collect();
    columns.iter().for_each(|column| writer.check_written(table, column));
    writer.check_values(table, columns, &rows.body);
    writer.push("INSERT INTO ");
    writer.table(table);
    writer.push(" (");
    writer.names(columns.iter().copied().chain(managed.iter().map(|(name, _)| *name)));
    writer.push(") ");
    let managed: Vec<_> = managed
        .into_iter()
        .map(|(name, value)| Node::Value(value, table.column(name).map(|column| column.ty)))
        .collect();
    let ambiguous = clauses.conflict.is_some() && writer.syntax.parses_conflict_as_join();
    let mut rows = rows.clone();
    match &mut rows.body {
        Body::Select(select) if rows.compounds.is_empty() => {
            if !managed.is_empty() {
                select.projection = select.selected();
                select.projection.extend(managed);
            }
            if ambiguous && select.filter.is_none() {
                select.filter = Some(Node::logical(BinaryOp::And, Vec::new()));
            }
            writer.select(&rows);
        }
        _ if ambiguous || !managed.is_empty() => {
            writer.push("SELECT *");
            for value in &managed {
                writer.push(", ");
                writer.expression(value);
            }
            writer.push(" FROM (");
            writer.select(&rows);
            writer.end_query();
            if ambiguous {
                writer.push(" WHERE TRUE");
            }
        }
        _ => writer.select(&rows),
    }
    writer.clauses(table, clauses);
    writer.finish()
}

impl Writer {
    /// Makes the statement fail if the query has a value that cannot be stored. The error names
    /// the column that the value is for.
    fn check_values(&mut self, table: &TableDef, columns: &[&'static str], body: &Body) {
        let rows = match body {
            Body::Select(select) => std::slice::from_ref(&select.projection),
            Body::Values(rows) => rows,
            _ => return,
        };
        for (column, node) in rows.iter().flat_map(|row| columns.iter().zip(row)) {
            if let Node::Invalid(reason) = node {
                self.fail(reason.clone().into_error().at_column(Some(table.full_name), column));
            }
        }
    }
}
