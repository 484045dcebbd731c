//! The values of a row on their way to a statement, such as those of an insert or of a primary
//! key.

use crate::error::Error;
use crate::row_batch::RowBatch;
use crate::schema::TableDef;
use crate::value::{Unstorable, Value};

/// The values of one or more rows on their way to a statement, packed into one buffer.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    values: RowBatch,
    /// The number of columns that the current row has so far, including those that get their
    /// default values.
    columns: usize,
    /// The indexes of the columns of the current row that get their default values.
    defaults: Vec<usize>,
    /// The index of the column, within its row, of the first value that cannot be stored, and the
    /// reason; `None` if all values can be stored.
    invalid: Option<(usize, Unstorable)>,
}

impl Bindings {
    /// Records that the next column gets its default value.
    pub fn push_default(&mut self) {
        self.defaults.push(self.columns);
        self.columns += 1;
    }

    /// Appends the value of the next column, in the form in which it is stored. A value that
    /// cannot be stored is replaced by NULL, and the reason is kept for `check`.
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

    /// Returns the values of the current row, with `None` for a column that gets its default
    /// value, or the error for the first value that cannot be stored. `columns` are the names of
    /// the columns of a row.
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
        Err(reason.into_error().at_column(Some(table.full_name), column))
    }

    /// Returns the indexes of the columns of the current row that get their default values.
    pub(crate) fn defaults(&self) -> &[usize] {
        &self.defaults
    }

    /// Returns the values of the current row and of the rows before it.
    pub(crate) fn values(&mut self) -> &mut RowBatch {
        &mut self.values
    }

    /// Ends the current row. The next value begins another row.
    pub(crate) fn end_row(&mut self) {
        self.values.end_row();
        self.columns = 0;
        self.defaults.clear();
    }
}
