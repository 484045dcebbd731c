//! Inserting many rows by few executions of a statement.

use rusqlite::CachedStatement;

use super::SqliteDriver;
use super::bind::bind_packed;
use crate::error::{Error, Result};
use crate::row_batch::RowBatch;
use crate::sql::InsertStatement;

/// The numbers of rows that one execution inserts where many plain rows follow each other, in the
/// order in which they are tried: an execution costs about as much as two rows.
const BLOCKS: [usize; 2] = [32, 8];

/// The most values that a block binds: SQLite's limit of older versions
/// (<https://sqlite.org/limits.html#max_variable_number>).
const MOST_VALUES: usize = 999;

/// The statements that insert a whole block of rows, for the same columns.
#[derive(Default)]
pub(super) struct Blocks<'a>([Option<CachedStatement<'a>>; BLOCKS.len()]);

impl<'a> Blocks<'a> {
    /// Inserts the next block, if at least as many rows are left as the smallest one has. Returns
    /// the number of its rows, and 0 if they are to be inserted one by one.
    ///
    /// The statement of a block that fails is undone, and the rows are inserted one by one, so that
    /// the error is that of a certain row.
    pub(super) fn insert(
        &mut self,
        driver: &'a SqliteDriver,
        statement: &InsertStatement,
        values: &RowBatch,
        at: &mut usize,
        left: usize,
    ) -> Result<usize, (Option<usize>, Error)> {
        let fits = |rows: usize| rows <= left && rows * statement.width() <= MOST_VALUES;
        let Some((place, &rows)) = BLOCKS.iter().enumerate().find(|(_, rows)| fits(**rows)) else { return Ok(0) };
        let raw = &driver.connection.raw;
        let compiled = match &mut self.0[place] {
            Some(compiled) => compiled,
            empty => {
                let Ok(compiled) = driver.prepare(&text_of_block(&statement.text, rows), &[], false) else {
                    return Ok(0);
                };
                driver.count(&compiled);
                empty.insert(compiled)
            }
        };
        let begins = *at;
        bind_packed(compiled, values, at, rows * statement.width()).map_err(|error| (None, error))?;
        let Err(error) = compiled.raw_execute() else { return Ok(rows) };
        if raw.is_autocommit() {
            // The transaction was rolled back: no row is left that could tell which one it was.
            return Err((None, driver.failed(&statement.text, error).with_sql(&statement.text)));
        }
        // A trigger's RAISE(FAIL) keeps the rows before the one that it refuses.
        let kept = if is_constraint(&error) { raw.changes() as usize } else { 0 };
        if kept > 0 {
            return Err((Some(kept), driver.failed(&statement.text, error)));
        }
        *at = begins;
        Ok(0)
    }
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// Writes the statement that inserts `rows` rows. The given one ends with the placeholders of one.
fn text_of_block(text: &str, rows: usize) -> String {
    let row = text.rfind('(').map_or("", |begin| &text[begin..]);
    let mut block = String::with_capacity(text.len() + rows * (row.len() + 2));
    block.push_str(text);
    for _ in 1..rows {
        block.push_str(", ");
        block.push_str(row);
    }
    block
}
