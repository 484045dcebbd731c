//! Running a statement, and pushing the rows that it gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::hooks::Action;
use rusqlite::types::ValueRef as RawRef;
use rusqlite::{CachedStatement, Column, Connection};

use super::super::hooks::ConnectionHooks;
use super::super::target::{self, Target};
use crate::engine::Rows;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::row::{Declared, Expected};
use crate::row_batch::RowBatch;

/// Values that a statement was given, and that are pushed in place of the NULL that it gives for
/// them.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    values: Option<&'a RowBatch>,
    /// The columns of the result, and where the value of each begins.
    columns: &'a [(usize, usize)],
}

impl<'a> Given<'a> {
    pub(super) const NONE: Given<'static> = Given { values: None, columns: &[] };

    pub(super) fn new(values: &'a RowBatch, columns: &'a [(usize, usize)]) -> Given<'a> {
        Given { values: Some(values), columns }
    }

    fn is_empty(self) -> bool {
        self.columns.is_empty()
    }

    #[cold]
    fn push(self, column: usize, batch: &mut RowBatch) {
        let at = self.columns.iter().find(|(place, _)| *place == column).map(|(_, at)| *at);
        let pushed = self.values.zip(at).is_some_and(|(values, at)| batch.push_shared(values, at).is_ok());
        if !pushed {
            batch.push_null();
        }
    }
}

/// Runs a statement and pushes its rows.
///
/// Where the schema has changed since the statement was compiled, SQLite compiles it anew in its
/// first step (<https://sqlite.org/c3ref/prepare.html>). The columns are therefore asked for after
/// that step.
///
/// What it returns is to be ended.
pub(super) fn fetch(
    raw: &Connection,
    text: &str,
    statement: &mut CachedStatement<'_>,
    reads: bool,
    given: Given<'_>,
    rows: &mut dyn Rows,
) -> rusqlite::Result<Held> {
    let mut cursor = statement.raw_query();
    let mut columns = None;
    let mut wanted = true;
    let mut numbers = None;
    let mut held = Held::default();
    while let Some(row) = cursor.next()? {
        let width = *columns.get_or_insert_with(|| tell_columns(row.as_ref(), rows));
        if !held.at.is_empty() {
            held.at.clear();
            held.several = true;
            wanted = rows.end_row();
        }
        if wanted {
            let batch = rows.batch();
            for column in 0..width {
                match row.get_ref(column)? {
                    RawRef::Null if !given.is_empty() => given.push(column, batch),
                    RawRef::Null => batch.push_null(),
                    RawRef::Integer(value) => {
                        if value == NOT_NUMBERED && !reads {
                            let numbers = numbers.get_or_insert_with(|| target::numbers(raw, text, width));
                            if numbers.get(column) == Some(&true) {
                                held.at.push(batch.len());
                            }
                        }
                        batch.push_integer(value);
                    }
                    RawRef::Real(value) => batch.push_real(value),
                    RawRef::Text(text) => batch.push_text(text),
                    RawRef::Blob(bytes) => batch.push_blob(bytes),
                }
            }
            if held.at.is_empty() {
                wanted = rows.end_row();
                held.ended = true;
            }
        }
        // A statement that writes runs to its end even if its rows are not wanted.
        if !wanted && reads {
            break;
        }
    }
    drop(cursor);
    if columns.is_none() {
        tell_columns(statement, rows);
    }
    Ok(held)
}

/// What RETURNING gives for the number of a row of a virtual table, which numbers it behind that.
const NOT_NUMBERED: i64 = -1;

/// A row that was held back, for a virtual table gives it its number later.
#[derive(Default)]
pub(super) struct Held {
    /// Where its number stands in the batch; nowhere if no row is held back.
    at: Vec<usize>,
    /// Other rows were ended before it.
    ended: bool,
    /// Rows were held back, and ended without their numbers.
    several: bool,
}

impl Held {
    /// Ends the row, with the number that it has been given.
    ///
    /// # Errors
    /// If there are several rows: which has which number is not known.
    pub(super) fn end(self, raw: &Connection, rows: &mut dyn Rows) -> Result<()> {
        let is_held = !self.at.is_empty();
        if self.several || self.ended && is_held {
            return Err(target::numbers_are_not_known());
        }
        if is_held {
            let number = raw.last_insert_rowid();
            self.at.into_iter().for_each(|at| rows.batch().set_integer(at, number));
            rows.end_row();
        }
        Ok(())
    }
}

/// What a statement did that has changed no row of its own: those that the triggers of a view have
/// changed in its place.
#[cold]
pub(super) fn of_view(raw: &Connection, text: &str, changed: u64) -> Outcome {
    let rows_affected = if Target::of(raw, text) == Target::View { changed } else { 0 };
    Outcome { rows_affected, last_insert_id: None }
}

/// Fails where what a statement will give cannot be read.
pub(super) fn check_answer(
    raw: &Connection,
    text: &str,
    statement: &rusqlite::Statement<'_>,
    expected: &Expected,
) -> Result<()> {
    let declared =
        |column: &Column<'_>| Declared { name: column.name().to_owned(), ty: column.decl_type().map(str::to_owned) };
    let columns: Vec<_> = statement.columns().iter().map(declared).collect();
    let checked = expected.check(&columns, || target::are_strict(raw, text, columns.len()));
    checked.map_err(|error| error.with_remark("the statement was not run"))
}

/// Tells the names of the columns that a statement gives, and returns their number.
fn tell_columns(statement: &rusqlite::Statement<'_>, rows: &mut dyn Rows) -> usize {
    let width = statement.column_count();
    if width > 0 {
        rows.columns(&mut (0..width).map(|column| statement.column_name(column).unwrap_or_default()));
    }
    width
}

/// Says whether a row is inserted whose number is that of the insert before: SQLite keeps the
/// number where nothing is inserted, or into a table whose rows have none.
///
/// The caller takes the hook away after the statement: SQLite would call it for each row that any
/// other statement changes.
pub(super) fn watch_inserts(raw: &Connection, hooks: &ConnectionHooks, before: i64) -> Result<Arc<AtomicBool>> {
    let same = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&same);
    hooks.set_update_hook_beside(raw, move |action, number| {
        if action == Action::SQLITE_INSERT && number == before {
            seen.store(true, Ordering::Relaxed);
        }
    })?;
    Ok(same)
}
