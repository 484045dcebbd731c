//! Writes the columns that the library sets: versions, and the times of creation and update.

use super::writer::Writer;
use crate::error::Result;
use crate::expr::{ColumnRef, Node};
use crate::schema::{ColumnDef, Role, TableDef};
use crate::types::Clock;
use crate::value::Value;

/// Returns the current time for a column, by the clock of its type.
pub(super) fn now(table: &TableDef, column: &ColumnDef, clock: Clock) -> Result<Value> {
    clock.now().map_err(|reason| reason.into_error().at_column(Some(table.full_name), column.name))
}

/// Returns the columns that the library sets in a new row, with their values. A column for a time
/// gets the same time as the previous such column if both have the same clock.
pub(super) fn managed_values(table: &TableDef) -> Result<Vec<(&'static str, Value)>> {
    let mut values: Vec<(&'static str, Value)> = Vec::new();
    let mut read: Option<(Clock, Value)> = None;
    for column in table.columns {
        let value = match column.role {
            None => continue,
            Some(Role::Version) => Value::Integer(1),
            Some(Role::CreatedAt(clock) | Role::UpdatedAt(clock)) => match &read {
                Some((same, time)) if *same == clock => time.clone(),
                _ => {
                    let time = now(table, column, clock)?;
                    read = Some((clock, time.clone()));
                    time
                }
            },
        };
        values.push((column.name, value));
    }
    Ok(values)
}

impl Writer {
    /// Writes the columns that the library sets in every update, after the columns of `sets`. A
    /// column that `sets` contains is not written again. `time` writes the value of `updated_at`.
    pub(super) fn managed_sets(
        &mut self,
        table: &'static TableDef,
        sets: &[(&'static str, Node)],
        time: impl FnOnce(&mut Writer, &'static ColumnDef, Clock),
    ) {
        let is_set = |name: &str| sets.iter().any(|(set, _)| *set == name);
        if let Some((column, clock)) = table.updated_at().filter(|(column, _)| !is_set(column.name)) {
            self.push(", ");
            self.name(column.name);
            self.push(" = ");
            time(self, column, clock);
        }
        if let Some(column) = table.with_role(Role::Version).filter(|column| !is_set(column.name)) {
            self.push(", ");
            self.name(column.name);
            self.push(" = ");
            self.column(&ColumnRef { table, alias: None, name: column.name });
            self.push(" + 1");
        }
    }
}
