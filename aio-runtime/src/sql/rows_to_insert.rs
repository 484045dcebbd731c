//! Rows to insert, and the statements that insert them.

use std::sync::Arc;

use super::writer::SqlText;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::row_batch::RowBatch;
use crate::value::{Param, Value};

/// The size at which the rows of a large insert are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkSize {
    /// A chunk is sent as soon as it has at least this number of bytes.
    pub(crate) bytes: usize,
    /// The maximum number of rows in a chunk, even if they are small.
    pub(crate) rows: usize,
    /// A chunk with more bytes than this ends with a very large row. The next chunk is then built
    /// only after this chunk is written, so that not both are in memory.
    pub(crate) large: usize,
    /// How often the size is still doubled.
    doublings: u32,
}

impl ChunkSize {
    pub(crate) fn of(dialect: Dialect) -> ChunkSize {
        match dialect.syntax().is_far() {
            // A chunk takes a round trip, and the server begins a COPY for it. While it stores the
            // first one, which is sent early, a larger one is built.
            true => ChunkSize { bytes: 512 * 1024, rows: 16 * 1024, large: 3 * 1024 * 1024, doublings: 2 },
            false => ChunkSize { bytes: 64 * 1024, rows: 4 * 1024, large: 1024 * 1024, doublings: 0 },
        }
    }

    /// Returns the size of the next chunk.
    pub(crate) fn next(self) -> ChunkSize {
        match self.doublings.checked_sub(1) {
            Some(doublings) => ChunkSize { bytes: 2 * self.bytes, rows: 2 * self.rows, doublings, ..self },
            None => self,
        }
    }
}

/// Rows to insert, in their order. Rows that have values for the same columns share a statement.
#[derive(Debug, Default)]
pub(crate) struct RowsToInsert {
    pub(super) statements: Vec<InsertStatement>,
    /// The runs of consecutive rows with the same statement: the index of the statement and the
    /// number of rows.
    pub(super) runs: Vec<(usize, usize)>,
    /// The values of all rows, one row after another.
    pub(super) values: RowBatch,
}

/// A statement that inserts rows with values for certain columns.
#[derive(Debug)]
pub(crate) struct InsertStatement {
    pub(crate) text: Arc<str>,
    /// The columns that a row has values for, in the order of the values.
    pub(crate) columns: Arc<[&'static str]>,
    /// The number of values that follow the values of the columns. They are the parameters of ON
    /// CONFLICT and RETURNING, which are equal for all rows.
    pub(super) trailing_params: usize,
    /// The indexes of the columns for which RETURNING has NULL instead of a large value, each with
    /// the index of that value in the row. The driver puts the inserted value into the result,
    /// because reading it back from the database would copy it.
    pub(crate) kept: Vec<(usize, usize)>,
    /// Whether the statement returns the id of the row, and nothing else, for the outcome.
    pub(crate) returns_id: bool,
    /// The index of the column that the database numbers, if the row has a number of its own for
    /// it.
    pub(crate) numbered: Option<usize>,
    /// Whether several rows can be inserted at once by repeating the placeholders of a row, with
    /// which the text ends.
    pub(crate) can_be_repeated: bool,
}

impl InsertStatement {
    /// Returns the number of parameters for one row, including those of the clauses after VALUES.
    pub(crate) fn width(&self) -> usize {
        self.columns.len() + self.trailing_params
    }

    /// Finds the large values that the database does not return, in the row that begins at the
    /// byte `at` of `values`. For each, returns the index of its column in the result and the byte
    /// of `values` at which the value begins.
    pub(crate) fn find_kept(&self, values: &RowBatch, mut at: usize) -> Result<Vec<(usize, usize)>> {
        let mut starts = Vec::with_capacity(self.width());
        for _ in 0..self.width() {
            starts.push(at);
            values.skip(&mut at)?;
        }
        Ok(self.kept.iter().filter_map(|(column, given)| Some((*column, *starts.get(*given)?))).collect())
    }

    /// Returns the values of the row that begins at the byte `*at`, and moves `*at` to the next
    /// row.
    fn row(&self, values: &RowBatch, at: &mut usize) -> Result<Vec<Value>> {
        (0..self.width()).map(|_| values.read(at).map(Value::from)).collect()
    }
}

impl RowsToInsert {
    /// Returns the number of rows.
    pub(crate) fn count(&self) -> usize {
        self.values.rows()
    }

    /// Returns the number of different statements.
    pub(crate) fn statements(&self) -> usize {
        self.statements.len()
    }

    /// Returns the statement of the first row, or `None` if there are no rows.
    pub(crate) fn first_statement(&self) -> Option<&InsertStatement> {
        self.statements.first()
    }

    /// Returns the runs of consecutive rows with the same statement: the index of the statement,
    /// the statement, and the number of rows.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (usize, &InsertStatement, usize)> {
        self.runs.iter().filter_map(|(number, rows)| Some((*number, self.statements.get(*number)?, *rows)))
    }

    /// Returns the values of all rows, one row after another.
    pub(crate) fn values(&self) -> &RowBatch {
        &self.values
    }

    /// Returns the statement and the values of the row with this index.
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
        Err(Error::usage("the insert has no row with this index"))
    }

    /// Returns a separate statement, with its values, for each row.
    pub(super) fn into_texts(self) -> Result<Vec<SqlText>> {
        let (mut at, mut texts) = (0, Vec::with_capacity(self.count()));
        for (_, statement, rows) in self.runs() {
            for _ in 0..rows {
                let params = statement.row(&self.values, &mut at)?.into_iter().map(Param::Value).collect();
                texts.push(SqlText { text: statement.text.to_string(), params, sources: None, locks_rows: false });
            }
        }
        Ok(texts)
    }
}
