//! Inserts many rows with few executions of a statement.

use rusqlite::CachedStatement;

use super::SqliteDriver;
use super::bind::bind_packed;
use crate::error::Result;
use crate::row_batch::RowBatch;
use crate::sql::InsertStatement;

/// The sizes of a block: the numbers of rows that one execution can insert, in the order in which
/// they are tried. The fixed cost of an execution is about that of two rows.
const BLOCKS: [usize; 2] = [32, 8];

/// The maximum number of values in a block: the limit of older versions of SQLite
/// (<https://sqlite.org/limits.html#max_variable_number>).
const MAX_VALUES: usize = 999;

/// The statements that insert a block of rows, one for each size in `BLOCKS`, all for the same
/// columns. Each is prepared when it is first needed.
#[derive(Default)]
pub(super) struct Blocks<'a>([Option<CachedStatement<'a>>; BLOCKS.len()]);

impl<'a> Blocks<'a> {
    /// Inserts the next block and returns the number of its rows. Returns 0 if no block fits, or
    /// if it could not be prepared or failed: the caller then inserts the rows one by one.
    ///
    /// SQLite rolls back a block that fails. When the caller then inserts its rows one by one, the
    /// error names the row that failed; hooks and functions are called again for the rows before
    /// it.
    ///
    /// # Errors
    /// If the row that failed cannot be found any more, because a trigger or a constraint has
    /// rolled back the transaction, or has kept the rows before it.
    pub(super) fn insert(
        &mut self,
        driver: &'a SqliteDriver,
        statement: &InsertStatement,
        values: &RowBatch,
        at: &mut usize,
        left: usize,
    ) -> Result<usize> {
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
        bind_packed(prepared, values, at, rows * statement.width())?;
        let Err(error) = prepared.raw_execute() else { return Ok(rows) };
        if raw.is_autocommit() {
            // The transaction was rolled back, so the rows cannot be inserted one by one to find
            // out which failed.
            return Err(driver.execution_error(&statement.text, error).with_sql(&statement.text));
        }
        // RAISE(FAIL) in a trigger refuses a row and keeps the rows before it. How many these are
        // is unknown: a row may have been ignored, and after an AFTER trigger the row itself is
        // counted, too.
        if is_constraint(&error) && raw.changes() > 0 {
            return Err(driver.execution_error(&statement.text, error).with_sql(&statement.text));
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
