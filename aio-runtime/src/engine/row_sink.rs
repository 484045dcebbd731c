//! The destination of a statement's rows.

use crate::row::Expected;
use crate::row_batch::RowBatch;

/// Receives the rows of a statement from a driver.
pub(crate) trait RowSink {
    /// Receives the names of the columns, once, before the first row.
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>);

    /// Returns the columns that the caller will read, by name or by position, or `None` if it
    /// accepts any columns. A statement that writes MUST NOT run if its result does not have these
    /// columns.
    fn expected(&self) -> Option<&'static Expected>;

    /// Returns the batch to which the values of the next row are appended.
    fn batch(&mut self) -> &mut RowBatch;

    /// Ends a row. Returns `false` if no more rows are wanted.
    fn end_row(&mut self) -> bool;
}
