//! Queries for rows, and for the rows that refer to other rows by a foreign key. Tables and
//! columns are given by their names in the database, because a table may have no struct.

use std::fmt;

use super::writer::{SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::expr::Query;
use crate::schema::TableDef;

/// The name of a table in the database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    /// The schema; `None` if the table is found without it.
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl TableName {
    /// Returns the name of the table that a struct defines.
    pub(crate) fn of(table: &TableDef) -> TableName {
        TableName { schema: table.schema.map(str::to_owned), name: table.name.to_owned() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// A foreign key, given by the names of its tables and columns in the database.
#[derive(Clone)]
pub(crate) struct ReferringKey {
    /// The child table, which has the foreign key.
    pub(crate) table: TableName,
    pub(crate) columns: Vec<String>,
    /// The names of the columns in the parent table that the key refers to.
    pub(crate) targets: Vec<String>,
}

/// Writes the query for whether any row of a child table refers to a parent row. A row does if
/// none of the columns of the foreign key is NULL.
pub(crate) fn select_any_key(dialect: Dialect, table: &TableName, columns: &[String]) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT EXISTS (SELECT 1 FROM ");
    writer.named_table(table);
    for (place, column) in columns.iter().enumerate() {
        writer.push(if place == 0 { " WHERE " } else { " AND " });
        writer.name(column);
        writer.push(" IS NOT NULL");
    }
    writer.push(")");
    writer.finish()
}

/// Writes the query for whether a table that is known only by its name has rows.
pub(crate) fn select_any_row(dialect: Dialect, table: &str) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT EXISTS (SELECT 1 FROM ");
    writer.name(table);
    writer.push(")");
    writer.finish()
}

/// Writes the query for the number of rows of a table that is known only by its name.
pub(crate) fn count_rows(dialect: Dialect, table: &str) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT count(*) FROM ");
    writer.name(table);
    writer.finish()
}

/// Writes the query for whether any row depends on `rows` through a chain of foreign keys: the
/// first key of `path` refers to `rows`, and each other key refers to the child rows of the key
/// before it.
pub(crate) fn select_referring(dialect: Dialect, rows: &Query, path: &[ReferringKey]) -> Result<SqlText> {
    let mut writer = Writer::new(dialect);
    writer.push("SELECT EXISTS (SELECT 1 FROM ");
    for key in path.iter().rev() {
        writer.named_table(&key.table);
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

impl Writer {
    fn named_table(&mut self, TableName { schema, name }: &TableName) {
        if let Some(schema) = schema {
            self.name(schema);
            self.push(".");
        }
        self.name(name);
    }
}
