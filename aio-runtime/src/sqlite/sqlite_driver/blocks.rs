//! Inserts many rows with few executions of a statement.

use rusqlite::CachedStatement;

use super::SqliteDriver;
use super::bind::bind_packed;
use crate::error::{Error, Result};
use crate::row_batch::RowBatch;
use crate::sql::InsertStatement;

/// The sizes of a block: the numbers of rows that one execution can insert, in the order in which
/// they are tried. An execution costs about as much as two rows.
const BLOCKS: [usize; 2] = [32, 8];

/// The maximum number of values in a block: the limit of older versions of SQLite
/// (<https://sqlite.org/limits.html#max_variable_number>).
const MAX_VALUES: usize = 999;

/// The statements that insert a block of rows, one for each size in `BLOCKS`, all for the same
/// columns. Each is prepared when it is first needed.
#[derive(Default)]
pub(super) struct Blocks<'a>([Option<CachedStatement<'a>>; BLOCKS.len()]);

impl<'a> Blocks<'a> {
    /// Inserts the next block and returns the number of its rows. Returns 0 if too few rows are
    /// left, or if the block failed: the caller then inserts them one by one.
    ///
    /// If a block fails, its statement is rolled back and its rows are inserted one by one, so
    /// that the error names the row that failed.
    pub(super) fn insert(
        &mut self,
        driver: &'a SqliteDriver,
        statement: &InsertStatement,
        values: &RowBatch,
        at: &mut usize,
        left: usize,
    ) -> Result<usize, (Option<usize>, Error)> {
        let fits = |rows: usize| rows <= left && rows * statement.width() <= MAX_VALUES;
        let Some((place, &rows)) = BLOCKS.iter().enumerate().find(|(_, rows)| fits(**rows)) else { return Ok(0) };
        let raw = &driver.connection.raw;
        let prepared = match &mut self.0[place] {
            Some(prepared) => prepared,
            empty => {
                let Ok(prepared) = driver.prepare(&block_text(&statement.text, rows), &[], false) else {
                    return Ok(0);
                };
                driver.count_cache_use(&prepared);
                empty.insert(prepared)
            }
        };
        let start = *at;
        bind_packed(prepared, values, at, rows * statement.width()).map_err(|error| (None, error))?;
        let Err(error) = prepared.raw_execute() else { return Ok(rows) };
        if raw.is_autocommit() {
            // The transaction was rolled back, so the rows cannot be inserted one by one to find
            // out which failed.
            return Err((None, driver.execution_error(&statement.text, error).with_sql(&statement.text)));
        }
        // RAISE(FAIL) in a trigger refuses a row, and keeps the rows before it.
        let kept = if is_constraint(&error) { raw.changes() as usize } else { 0 };
        if kept > 0 {
            return Err((Some(kept), driver.execution_error(&statement.text, error)));
        }
        *at = start;
        Ok(0)
    }
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// Returns the statement that inserts `rows` rows. `text` is the statement that inserts one row;
/// it ends with the placeholders of the row.
fn block_text(text: &str, rows: usize) -> String {
    let row = text.rfind('(').map_or("", |begin| &text[begin..]);
    let mut block = String::with_capacity(text.len() + rows * (row.len() + 2));
    block.push_str(text);
    for _ in 1..rows {
        block.push_str(", ");
        block.push_str(row);
    }
    block
}
