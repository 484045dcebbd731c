//! Where a connection puts the rows of a statement.

use crate::row::Expected;
use crate::row_batch::RowBatch;

/// Where a driver puts the rows of a statement.
pub(crate) trait Rows {
    /// Takes the names of the columns, once, before the first row.
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>);

    /// What is read of the columns, where they are read by their names and numbers: a statement
    /// that writes MUST NOT run if it gives others.
    fn expected(&self) -> Option<&'static Expected>;

    /// The batch that the values of the next row go into.
    fn batch(&mut self) -> &mut RowBatch;

    /// Ends a row; `false` if no further ones are wanted.
    fn end_row(&mut self) -> bool;
}
