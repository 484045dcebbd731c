//! A cursor over one row of a batch.

use std::sync::Arc;

use super::{FromRow, Labels};
use crate::error::{Error, Result};
use crate::row_batch::{RowBatch, past_the_end};
use crate::schema::Type;
use crate::value::{Mismatch, ValueRef};

/// Reads the values of one row from left to right.
#[derive(Debug)]
pub struct RowRef<'a> {
    batch: &'a RowBatch,
    /// Where the next value begins in the batch, for rows that are read in order.
    pub(super) at: usize,
    /// Where each value of the row begins, for rows that are read in another order.
    places: Option<&'a [usize]>,
    /// The number of values that have been read.
    pub(super) column: usize,
    labels: &'a Labels,
}

impl<'a> RowRef<'a> {
    /// Creates a cursor over the row that begins at this byte of a batch.
    pub(crate) fn new(batch: &'a RowBatch, at: usize, labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at, places: None, column: 0, labels }
    }

    /// Creates a cursor over a row whose values begin at these bytes of a batch.
    pub(crate) fn at_places(batch: &'a RowBatch, places: &'a [usize], labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at: 0, places: Some(places), column: 0, labels }
    }

    /// Reads a value from a row with `width` columns.
    ///
    /// Values past the last column belong to the next row, and may even be readable. The width is
    /// therefore checked once for each row, before any error of its values.
    #[inline]
    pub(crate) fn read_within<T: FromRow>(&mut self, width: usize) -> Result<T::Read> {
        let value = T::read_row(self);
        if self.column > width { Err(self.located(past_the_end())) } else { value }
    }

    /// Reads what a column type, a tuple or a struct reads.
    ///
    /// # Errors
    /// Those of [`FromRow::from_row`].
    pub fn read<T: FromRow>(&mut self) -> Result<T> {
        T::from_row(self)
    }

    // Not inlined: where each column of each row type has a copy, all of them together are slower.
    #[inline(never)]
    pub(crate) fn next_value(&mut self) -> Result<ValueRef<'a>> {
        let value = match self.places {
            None => self.batch.read(&mut self.at),
            Some(places) => self.batch.read(&mut places.get(self.column).copied().unwrap_or(usize::MAX)),
        };
        self.column += 1;
        match value {
            Ok(value) => Ok(value),
            Err(error) => Err(self.located(error)),
        }
    }

    /// Returns whether the next `width` values are all NULL.
    pub(super) fn is_absent(&self, width: usize) -> Result<bool> {
        let mut at = self.at;
        for ahead in 0..width {
            let null = match self.places {
                None => self.batch.skip(&mut at)?,
                Some(places) => self.batch.skip(&mut places.get(self.column + ahead).copied().unwrap_or(usize::MAX))?,
            };
            if !null {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns whether columns that are all NULL belong to a row that is present.
    #[cold]
    pub(super) fn is_present(&self, width: usize) -> Result<bool> {
        let Some(flag) = self.labels.flag_of(self.column, width) else { return Ok(false) };
        let mut at = self.at;
        for _ in self.column..flag {
            self.batch.skip(&mut at)?;
        }
        Ok(matches!(self.batch.read(&mut at)?, ValueRef::Integer(1)))
    }

    pub(super) fn skip(&mut self, width: usize) -> Result<()> {
        for _ in 0..width {
            self.next_value()?;
        }
        Ok(())
    }

    /// Returns where the row ends in its batch, once it has been read.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// Returns the names of the columns that have not been read.
    pub(crate) fn names_left(&self) -> Arc<[String]> {
        let names = self.labels.names();
        if self.column == 0 { names } else { Arc::from(names.get(self.column..).unwrap_or_default()) }
    }

    /// Returns whether it is a row of raw SQL.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.labels, Labels::Names(_))
    }

    /// Returns the number of columns that have been read.
    pub(crate) fn columns_read(&self) -> usize {
        self.column
    }

    #[cold]
    pub(crate) fn mismatch(&self, mismatch: Mismatch) -> Error {
        self.located(mismatch.into_error())
    }

    #[cold]
    pub(crate) fn unexpected_null(&self, ty: Type) -> Error {
        let expected = format!("{ty:?}").to_lowercase();
        self.mismatch(Mismatch::new(expected, "NULL (an `Option` can hold it)"))
    }

    #[cold]
    fn located(&self, error: Error) -> Error {
        match self.labels.at(self.column.saturating_sub(1)) {
            Some((table, name)) => error.at_column(table, name),
            None => error.context(format_args!("column {} of the row", self.column)),
        }
    }
}
