//! The values of rows to be written, such as those of an insert.

use crate::error::Error;
use crate::row_batch::RowBatch;
use crate::schema::TableDef;
use crate::value::{Unstorable, Value};

/// The values of rows to be written, packed into one buffer.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    values: RowBatch,
    /// The number of columns of the current row that were bound.
    columns: usize,
    /// The indexes of the columns of the current row that get their defaults.
    defaults: Vec<usize>,
    /// The first value that cannot be stored, with the index of its column within its row; `None`
    /// if there is no such value.
    invalid: Option<(usize, Unstorable)>,
}

impl Bindings {
    /// Records that the next column gets its default value.
    pub fn push_default(&mut self) {
        self.defaults.push(self.columns);
        self.columns += 1;
    }

    /// Appends the next value, as it is stored in its column.
    #[inline]
    pub fn push(&mut self, value: Result<Value, Unstorable>) {
        match value {
            Ok(value) if value.is_storable() => self.values.push_owned(value),
            Ok(value) => self.push_invalid(value.unstorable()),
            Err(reason) => self.push_invalid(reason),
        }
        self.columns += 1;
    }

    #[cold]
    fn push_invalid(&mut self, reason: Unstorable) {
        self.invalid.get_or_insert((self.columns, reason));
        self.values.push_null();
    }

    /// Returns the values, with `None` for a column that gets its default, or the error for the
    /// first value that cannot be stored. `columns` are the names of the columns of a row.
    pub(crate) fn into_values(mut self, table: &TableDef, columns: &[&str]) -> Result<Vec<Option<Value>>, Error> {
        self.check(table, columns)?;
        let (mut at, mut defaults) = (0, self.defaults.iter().peekable());
        let value = |column| match defaults.next_if(|default| **default == column) {
            Some(_) => Ok(None),
            None => self.values.read(&mut at).map(|value| Some(Value::from(value))),
        };
        (0..self.columns).map(value).collect()
    }

    /// Fails if a value cannot be stored, with the error for the first such value. `columns` are
    /// the names of the columns of a row.
    pub(crate) fn check(&mut self, table: &TableDef, columns: &[&str]) -> Result<(), Error> {
        let Some((index, reason)) = self.invalid.take() else { return Ok(()) };
        let column = columns.get(index).copied().unwrap_or_default();
        Err(reason.into_error().at_column(Some(table.name), column))
    }

    /// Returns the indexes of the columns of the current row that get their defaults.
    pub(crate) fn defaults(&self) -> &[usize] {
        &self.defaults
    }

    /// Returns the values of the current row and of the rows before it.
    pub(crate) fn values(&mut self) -> &mut RowBatch {
        &mut self.values
    }

    /// Ends the row. The next value belongs to another row.
    pub(crate) fn end_row(&mut self) {
        self.values.end_row();
        self.columns = 0;
        self.defaults.clear();
    }
}
