//! The values of rows on their way to a statement.

use crate::error::{Error, Unstorable};
use crate::schema::TableDef;
use crate::value::Value;

/// The values of rows on their way to a statement; `None` leaves a column to its default.
#[derive(Debug, Default)]
pub struct Bindings {
    values: Vec<Option<Value>>,
    /// The first value that cannot be stored, and where it stood.
    invalid: Option<(usize, Unstorable)>,
}

impl Bindings {
    /// The next column has its default.
    pub fn push_default(&mut self) {
        self.values.push(None);
    }

    /// The next value, in its stored form.
    pub fn push(&mut self, value: Result<Value, Unstorable>) {
        match value {
            Ok(value) => self.values.push(Some(value)),
            Err(reason) => {
                self.invalid.get_or_insert((self.values.len(), reason));
                self.values.push(None);
            }
        }
    }

    /// The values, or the error of the first that cannot be stored; `columns` are those of one row.
    pub(crate) fn into_values(self, table: &TableDef, columns: &[&str]) -> Result<Vec<Option<Value>>, Error> {
        let Some((place, reason)) = self.invalid else { return Ok(self.values) };
        let (row, column) = (place / columns.len().max(1), place % columns.len().max(1));
        let error = reason.into_error().at_column(Some(table.name), columns.get(column).copied().unwrap_or_default());
        Err(if self.values.len() > columns.len() { error.at_row(row) } else { error })
    }
}
