//! Builds the statements that write one row by its primary key.

use crate::bindings::Bindings;
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, ColumnRef, Node};
use crate::schema::{ColumnDef, Role, TableDef};
use crate::statement::{DeleteQuery, Returned, UpdateQuery, WriteQuery, key_condition};
use crate::value::Value;

/// A statement that writes one row, with the information that is needed to read its result.
pub(super) struct PlannedWrite {
    pub(super) query: WriteQuery,
    pub(super) row: ExpectedRow,
    /// For each column, the value that the user's struct keeps instead of the returned one,
    /// because `only` leaves the column out of the save; `None` if the struct gets the returned
    /// value. The list is empty if the struct gets all returned values.
    pub(super) kept: Vec<Option<Value>>,
}

/// The key of the row that is to be written, and the version that the row is expected to have.
pub(super) struct ExpectedRow {
    /// The condition that a row has this row's primary key.
    pub(super) key: Node,
    /// The version that the row had when it was read; `None` if the table has no version column.
    pub(super) version: Option<Value>,
}

impl ExpectedRow {
    fn new(table: &'static TableDef, values: &[Option<Value>], key: Bindings) -> Result<ExpectedRow> {
        let version = table.with_role(Role::Version).map(|version| value_of(table, values, version));
        Ok(ExpectedRow { key: key_condition(table, key)?, version })
    }

    /// Returns the condition on the primary key and, if there is one, on the version.
    fn condition(&self, table: &'static TableDef) -> Node {
        match (table.with_role(Role::Version), &self.version) {
            (Some(role), Some(value)) => {
                let same = Node::binary(column(table, role), BinaryOp::Eq, Node::Value(value.clone(), None));
                self.key.clone().and(same)
            }
            _ => self.key.clone(),
        }
    }
}

pub(super) fn column(table: &'static TableDef, column: &ColumnDef) -> Node {
    Node::Column(ColumnRef { table, alias: None, name: column.name })
}

fn value_of(table: &TableDef, values: &[Option<Value>], column: &ColumnDef) -> Value {
    let index = table.columns.iter().position(|other| other.name == column.name);
    index.and_then(|index| values.get(index).cloned()).flatten().unwrap_or(Value::Null)
}

/// Builds the update of a row. It sets the columns in `only`, or all columns that can be saved:
/// those that are not part of the key and are set neither by the database nor by the library.
pub(super) fn save(
    table: &'static TableDef,
    values: Bindings,
    key: Bindings,
    only: Option<&[&'static str]>,
) -> Result<PlannedWrite> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let values = values.into_values(table, &names)?;
    let row = ExpectedRow::new(table, &values, key)?;
    let mut query = UpdateQuery::of(table);
    let is_wanted = |name: &str| only.is_none_or(|only| only.contains(&name));
    if let Some(other) =
        only.and_then(|only| only.iter().find(|name| table.saved_columns().all(|saved| saved.name != **name)))
    {
        let message = format!(
            "`only` names {}.{other}, which `save` does not write: it is part of the key, or is set by the database or the library",
            table.full_name
        );
        return Err(Error::usage(message));
    }
    for saved in table.saved_columns().filter(|saved| is_wanted(saved.name)) {
        query.sets.push((saved.name, Node::Value(value_of(table, &values, saved), Some(saved.ty))));
    }
    if query.sets.is_empty()
        && let Some(key) = table.columns.iter().find(|column| table.is_key(column))
    {
        // No column has to be written, but the save must find out whether the row exists. So a key
        // column is set to itself.
        query.sets.push((key.name, column(table, key)));
    }
    query.rows.filter(row.condition(table));
    if table.columns.iter().any(|column| column.role.is_some() || column.generated.is_some()) {
        query.rows.returned = Returned::Row;
    }
    query.rows.by_key = only.is_none();
    let kept = only.map(|only| {
        let stays = |column: &ColumnDef| {
            table.saved_columns().any(|saved| saved.name == column.name) && !only.contains(&column.name)
        };
        let kept = table.columns.iter().zip(values).map(|(column, value)| value.filter(|_| stays(column)));
        kept.collect()
    });
    Ok(PlannedWrite { query: WriteQuery::Update(Box::new(query)), row, kept: kept.unwrap_or_default() })
}

/// Builds the delete of a row.
pub(super) fn remove(table: &'static TableDef, values: Bindings, key: Bindings) -> Result<PlannedWrite> {
    let names: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let values = values.into_values(table, &names)?;
    let row = ExpectedRow::new(table, &values, key)?;
    let mut query = DeleteQuery::of(table);
    query.rows.filter(row.condition(table));
    query.rows.by_key = true;
    Ok(PlannedWrite { query: WriteQuery::Delete(Box::new(query)), row, kept: Vec::new() })
}
