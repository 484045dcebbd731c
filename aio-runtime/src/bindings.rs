//! The values of rows on their way to a statement.

use crate::error::{Error, Unstorable};
use crate::schema::TableDef;
use crate::value::Value;

/// The values of rows on their way to a statement; `None` leaves a column to its default.
#[derive(Clone, Debug, Default)]
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
    pub(crate) fn into_values(mut self, table: &TableDef, columns: &[&str]) -> Result<Vec<Option<Value>>, Error> {
        self.row(table, columns).map(std::mem::take)
    }

    /// The values of a row, to be taken out, or the error of the first that cannot be stored.
    pub(crate) fn row(&mut self, table: &TableDef, columns: &[&str]) -> Result<&mut Vec<Option<Value>>, Error> {
        match self.invalid.take() {
            None => Ok(&mut self.values),
            Some((place, reason)) => {
                let column = columns.get(place).copied().unwrap_or_default();
                Err(reason.into_error().at_column(Some(table.name), column))
            }
        }
    }
}
