//! Rows on their way to a table, and the statements that insert them.

use std::sync::Arc;

use super::writer::SqlText;
use crate::error::{Error, Result};
use crate::row_batch::RowBatch;
use crate::value::{Param, Value};

/// Rows to insert, in their order, with a statement for each set of columns that some of them have
/// values for.
#[derive(Debug, Default)]
pub(crate) struct RowsToInsert {
    pub(super) statements: Vec<InsertStatement>,
    /// The index of the statement of the first rows and the number of these, and so on.
    pub(super) runs: Vec<(usize, usize)>,
    /// The values of all rows, one row after another.
    pub(super) values: RowBatch,
}

/// The statement that inserts the rows that have values for certain columns.
#[derive(Debug)]
pub(crate) struct InsertStatement {
    pub(crate) text: Arc<str>,
    /// The columns that the values of a row are for.
    pub(crate) columns: Arc<[&'static str]>,
    /// The number of values after those of the columns, which is the same for each row.
    pub(super) more: usize,
    /// The columns of the result in place of which the statement gives NULL, each with the index
    /// of the value that was given for it: large values that are stored as they are do not come
    /// back from the database.
    pub(crate) kept: Vec<(usize, usize)>,
    /// Whether the text ends with the placeholders of the row, and inserts several rows in the
    /// same way if these are repeated.
    pub(crate) can_be_repeated: bool,
}

impl InsertStatement {
    /// Returns the number of values in a row.
    pub(crate) fn width(&self) -> usize {
        self.columns.len() + self.more
    }

    /// Finds the values that do not come back from the database, for the row that begins at `at`:
    /// where the value of each column of the result begins that is among them.
    pub(crate) fn find_kept(&self, values: &RowBatch, mut at: usize) -> Result<Vec<(usize, usize)>> {
        let mut starts = Vec::with_capacity(self.width());
        for _ in 0..self.width() {
            starts.push(at);
            values.skip(&mut at)?;
        }
        Ok(self.kept.iter().filter_map(|(column, given)| Some((*column, *starts.get(*given)?))).collect())
    }

    /// Returns the values of the row that begins at `*at`, and moves `*at` to the next row.
    fn row(&self, values: &RowBatch, at: &mut usize) -> Result<Vec<Value>> {
        (0..self.width()).map(|_| values.read(at).map(Value::from)).collect()
    }
}

impl RowsToInsert {
    /// Returns the number of rows.
    pub(crate) fn count(&self) -> usize {
        self.values.rows()
    }

    /// Returns the number of statements.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }

    /// Returns the statement of the first row.
    pub(crate) fn first_statement(&self) -> Option<&InsertStatement> {
        self.statements.first()
    }

    /// Returns the rows in runs of the same statement: its index, it, and their number.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (usize, &InsertStatement, usize)> {
        self.runs.iter().filter_map(|(number, rows)| Some((*number, self.statements.get(*number)?, *rows)))
    }

    /// Returns the values of all rows, one row after another.
    pub(crate) fn values(&self) -> &RowBatch {
        &self.values
    }

    /// Returns a row: its statement and its values.
    pub(crate) fn row(&self, row: usize) -> Result<(&InsertStatement, Vec<Value>)> {
        let (mut at, mut before) = (0, 0);
        for (_, statement, rows) in self.runs() {
            let end = before + rows;
            if row < end {
                for _ in before..row {
                    (0..statement.width()).try_for_each(|_| self.values.skip(&mut at).map(drop))?;
                }
                return Ok((statement, statement.row(&self.values, &mut at)?));
            }
            for _ in 0..rows * statement.width() {
                self.values.skip(&mut at)?;
            }
            before = end;
        }
        Err(Error::usage("the insert has no such row"))
    }

    /// Returns each row as a statement of its own.
    pub(super) fn into_texts(self) -> Result<Vec<SqlText>> {
        let (mut at, mut texts) = (0, Vec::with_capacity(self.count()));
        for (_, statement, rows) in self.runs() {
            for _ in 0..rows {
                let params = statement.row(&self.values, &mut at)?.into_iter().map(Param::Value).collect();
                texts.push(SqlText { text: statement.text.to_string(), params, sources: None });
            }
        }
        Ok(texts)
    }
}
