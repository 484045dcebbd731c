//! A cursor over the values of one row.

use std::sync::Arc;

use super::{FromRow, Labels};
use crate::error::{Error, Result};
use crate::row_batch::{RowBatch, past_the_end};
use crate::schema::Type;
use crate::value::{Mismatch, ValueRef};

/// Reads the values of one row from left to right.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{FromRow, RowRef, sql};
/// /// A name and its length, read from one column.
/// struct Measured {
///     name: String,
///     length: usize,
/// }
///
/// impl FromRow for Measured {
///     type Read = Measured;
///     const WIDTH: usize = 1;
///
///     fn from_row(row: &mut RowRef<'_>) -> Result<Measured> {
///         let name: String = row.read()?;
///         Ok(Measured { length: name.len(), name })
///     }
///
///     fn read_row(row: &mut RowRef<'_>) -> Result<Measured> {
///         Measured::from_row(row)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let dana: Measured = sql!("select name from {User} where id = 1").one(&db).await?;
/// assert_eq!((dana.name.as_str(), dana.length), ("Dana", 4));
/// # db.close().await
/// # }
/// ```
#[derive(Debug)]
pub struct RowRef<'a> {
    batch: &'a RowBatch,
    /// The index of the byte of the batch at which the next value begins, if the columns are read
    /// in the order of the result.
    pub(super) at: usize,
    /// The indexes of the bytes at which the values begin, in the order in which they are read;
    /// `None` if that is the order of the result.
    starts: Option<&'a [usize]>,
    /// The number of values that have been read.
    pub(super) column: usize,
    labels: &'a Labels,
}

impl<'a> RowRef<'a> {
    /// Creates a cursor over the row that begins at the byte `at` of a batch.
    pub(crate) fn new(batch: &'a RowBatch, at: usize, labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at, starts: None, column: 0, labels }
    }

    /// Creates a cursor over a row whose values begin at these bytes of a batch.
    pub(crate) fn with_starts(batch: &'a RowBatch, starts: &'a [usize], labels: &'a Labels) -> RowRef<'a> {
        RowRef { batch, at: 0, starts: Some(starts), column: 0, labels }
    }

    /// Reads a value from a row with `width` columns. Fails if the type of the value reads more
    /// columns.
    ///
    /// The values after the last column belong to the next row, and may have been read by mistake.
    /// This error is therefore returned even if reading them has failed, too.
    #[inline]
    pub(crate) fn read_within<T: FromRow>(&mut self, width: usize) -> Result<T::Read> {
        let value = T::read_row(self);
        if self.column > width { Err(self.located(past_the_end())) } else { value }
    }

    /// Reads a value of a column type, a tuple or a struct.
    ///
    /// # Errors
    /// The errors of [`FromRow::from_row`].
    pub fn read<T: FromRow>(&mut self) -> Result<T> {
        T::from_row(self)
    }

    // This function is not inlined, because a copy of it for each column of each row type is
    // slower in total.
    #[inline(never)]
    pub(crate) fn next_value(&mut self) -> Result<ValueRef<'a>> {
        let value = match self.starts {
            None => self.batch.read(&mut self.at),
            Some(starts) => self.batch.read(&mut starts.get(self.column).copied().unwrap_or(usize::MAX)),
        };
        self.column += 1;
        match value {
            Ok(value) => Ok(value),
            Err(error) => Err(self.located(error)),
        }
    }

    /// Reads the next value if it is an integer that `convert` accepts. Otherwise returns `None`
    /// and reads nothing: [`next_value`](RowRef::next_value) returns the value then. The functions
    /// for the common types are faster than `next_value`, because they return in registers.
    #[inline(always)]
    pub(crate) fn next_integer<T>(&mut self, convert: impl FnOnce(i64) -> Option<T>) -> Option<T> {
        self.next_by(|batch, at| {
            let mut end = *at;
            let value = convert(batch.read_integer(&mut end)?)?;
            *at = end;
            Some(value)
        })
    }

    /// Reads the next value if it is a floating-point number, like
    /// [`next_integer`](RowRef::next_integer).
    #[inline(always)]
    pub(crate) fn next_real(&mut self) -> Option<f64> {
        self.next_by(RowBatch::read_real)
    }

    /// Reads the next value if it is text, like [`next_integer`](RowRef::next_integer).
    #[inline(always)]
    pub(crate) fn next_text(&mut self) -> Option<&'a str> {
        self.next_by(RowBatch::read_text)
    }

    /// Reads the next value if it is a point in time that `convert` accepts, like
    /// [`next_integer`](RowRef::next_integer). `convert` is given the whole seconds since the
    /// beginning of 1970 and the nanoseconds after them.
    #[inline(always)]
    pub(crate) fn next_timestamp<T>(&mut self, convert: impl FnOnce(i64, u32) -> Option<T>) -> Option<T> {
        self.next_by(|batch, at| {
            let mut end = *at;
            let (seconds, nanosecond) = batch.read_timestamp(&mut end)?;
            let value = convert(seconds, nanosecond)?;
            *at = end;
            Some(value)
        })
    }

    /// Reads the next value if it is NULL, like [`next_integer`](RowRef::next_integer). Returns
    /// whether it was.
    #[inline(always)]
    pub(crate) fn next_null(&mut self) -> bool {
        self.next_by(RowBatch::read_null).is_some()
    }

    #[inline(always)]
    fn next_by<T>(&mut self, read: impl FnOnce(&'a RowBatch, &mut usize) -> Option<T>) -> Option<T> {
        if self.starts.is_some() {
            return None;
        }
        let value = read(self.batch, &mut self.at)?;
        self.column += 1;
        Some(value)
    }

    /// Returns whether the next `width` values are all NULL.
    pub(super) fn is_absent(&self, width: usize) -> Result<bool> {
        let mut at = self.at;
        for ahead in 0..width {
            let null = match self.starts {
                None => self.batch.skip(&mut at)?,
                Some(starts) => self.batch.skip(&mut starts.get(self.column + ahead).copied().unwrap_or(usize::MAX))?,
            };
            if !null {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns whether the next `width` columns, which are all NULL, belong to a row that an outer
    /// join has found. The flag column that the query returns for these columns says so.
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

    /// Returns the index of the byte of the batch after the last value that was read. The columns
    /// must have been read in the order of the result.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// Returns the names of the columns that have not been read.
    pub(crate) fn names_left(&self) -> Arc<[String]> {
        let names = self.labels.names();
        if self.column == 0 { names } else { Arc::from(names.get(self.column..).unwrap_or_default()) }
    }

    /// Returns whether the row comes from a raw query.
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
