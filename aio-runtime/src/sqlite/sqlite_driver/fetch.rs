//! Runs a statement and pushes the rows that it returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::hooks::Action;
use rusqlite::types::ValueRef as RawRef;
use rusqlite::{CachedStatement, Column, Connection};

use super::super::hooks::ConnectionHooks;
use super::super::target::{self, Target};
use crate::engine::RowSink;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::row::{Declared, DeclaredClass, Expected};
use crate::row_batch::RowBatch;

/// The large values that an insert was given. To avoid a copy, its RETURNING clause returns NULL
/// for them, and these values replace that NULL.
#[derive(Clone, Copy)]
pub(super) struct GivenValues<'a> {
    values: Option<&'a RowBatch>,
    /// The columns of the result to replace, each with the byte of `values` at which its value
    /// begins.
    columns: &'a [(usize, usize)],
}

impl<'a> GivenValues<'a> {
    pub(super) const NONE: GivenValues<'static> = GivenValues { values: None, columns: &[] };

    pub(super) fn new(values: &'a RowBatch, columns: &'a [(usize, usize)]) -> GivenValues<'a> {
        GivenValues { values: Some(values), columns }
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
/// If the schema has changed since the statement was prepared, SQLite prepares it again in its
/// first step (<https://sqlite.org/c3ref/prepare.html>). The names of the columns are therefore
/// read after that step.
///
/// The caller has to call [`end`](PendingRow::end) on the result.
pub(super) fn fetch(
    raw: &Connection,
    text: &str,
    statement: &mut CachedStatement<'_>,
    reads: bool,
    given: GivenValues<'_>,
    rows: &mut dyn RowSink,
) -> rusqlite::Result<PendingRow> {
    let mut cursor = statement.raw_query();
    let mut columns = None;
    let mut wanted = true;
    let mut rowids = None;
    let mut pending = PendingRow::default();
    while let Some(row) = cursor.next()? {
        let width = *columns.get_or_insert_with(|| push_columns(row.as_ref(), rows));
        if !pending.at.is_empty() {
            pending.at.clear();
            pending.several = true;
            wanted = rows.end_row();
        }
        if wanted {
            let batch = rows.batch();
            for column in 0..width {
                match row.get_ref(column)? {
                    RawRef::Null if !given.is_empty() => given.push(column, batch),
                    RawRef::Null => batch.push_null(),
                    RawRef::Integer(value) => {
                        if value == UNASSIGNED_ROWID && !reads {
                            let rowids = rowids.get_or_insert_with(|| target::rowid_columns(raw, text, width));
                            if rowids.get(column) == Some(&true) {
                                pending.at.push(batch.end());
                            }
                        }
                        batch.push_integer(value);
                    }
                    RawRef::Real(value) => batch.push_real(value),
                    RawRef::Text(text) => batch.push_text(text),
                    RawRef::Blob(bytes) => batch.push_blob(bytes),
                }
            }
            if pending.at.is_empty() {
                wanted = rows.end_row();
                pending.ended = true;
            }
        }
        // A statement that writes runs to its end even if no more rows are wanted.
        if !wanted && reads {
            break;
        }
    }
    drop(cursor);
    if columns.is_none() {
        push_columns(statement, rows);
    }
    Ok(pending)
}

/// The rowid that RETURNING returns for a new row of a virtual table, which assigns the rowid only
/// afterwards.
const UNASSIGNED_ROWID: i64 = -1;

/// The last row of a statement, if it was inserted into a virtual table and is held back because
/// its rowid has not been assigned yet.
#[derive(Default)]
pub(super) struct PendingRow {
    /// The places in the batch, counted in bytes, where the rowid of the row stands; empty if no
    /// row is held back.
    at: Vec<usize>,
    /// Whether the statement also returned rows that were not held back.
    ended: bool,
    /// Whether another row came after one that was held back.
    several: bool,
}

impl PendingRow {
    /// Ends the row with the rowid that was assigned to it.
    ///
    /// # Errors
    /// Fails if there were several rows, because it is not known which row has which rowid.
    pub(super) fn end(self, raw: &Connection, rows: &mut dyn RowSink) -> Result<()> {
        let is_held = !self.at.is_empty();
        if self.several || self.ended && is_held {
            return Err(target::unknown_rowids());
        }
        if is_held {
            let number = raw.last_insert_rowid();
            self.at.into_iter().for_each(|at| rows.batch().set_integer(at, number));
            rows.end_row();
        }
        Ok(())
    }
}

/// Returns the outcome of a statement that has changed no row itself. If it wrote to a view, the
/// outcome counts the rows that the view's triggers have changed.
#[cold]
pub(super) fn view_outcome(raw: &Connection, text: &str, changed: u64) -> Outcome {
    let rows_affected = if Target::of(raw, text) == Target::View { changed } else { 0 };
    Outcome { rows_affected, last_insert_id: None }
}

/// Checks that the caller can read the columns that a statement will return.
pub(super) fn check_columns(
    raw: &Connection,
    text: &str,
    statement: &rusqlite::Statement<'_>,
    expected: &Expected,
) -> Result<()> {
    let declared = |column: &Column<'_>| Declared {
        name: column.name().to_owned(),
        ty: column.decl_type().map(str::to_owned),
        class: column.decl_type().and_then(class_of),
    };
    let columns: Vec<_> = statement.columns().iter().map(declared).collect();
    let checked = expected.check(&columns, || target::are_strict(raw, text, columns.len()));
    checked.map_err(|error| error.with_remark("the statement was not run"))
}

/// Returns what a column with this declared type holds, by its affinity: one with the affinity
/// TEXT converts numbers to text. A type that contains INT has integer affinity, whichever other
/// words it contains (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
fn class_of(ty: &str) -> Option<DeclaredClass> {
    let ty = ty.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    match () {
        () if has(&["int"]) => Some(DeclaredClass::Number),
        () if has(&["char", "clob", "text"]) => Some(DeclaredClass::Text),
        () if has(&["real"]) => Some(DeclaredClass::Number),
        () => None,
    }
}

/// Pushes the names of the result's columns, and returns their number.
fn push_columns(statement: &rusqlite::Statement<'_>, rows: &mut dyn RowSink) -> usize {
    let width = statement.column_count();
    if width > 0 {
        rows.columns(&mut (0..width).map(|column| statement.column_name(column).unwrap_or_default()));
    }
    width
}

/// Returns a flag that is set if the next statement inserts a row with the rowid `before`: the
/// rowid of the previous insert. The rowid that SQLite reports does not show whether a row was
/// inserted: SQLite keeps the last one if nothing is inserted, or if the table has no rowids.
///
/// The caller removes the hook after the statement, because SQLite would call it for every row
/// that later statements change.
pub(super) fn watch_inserts(raw: &Connection, hooks: &ConnectionHooks, before: i64) -> Result<Arc<AtomicBool>> {
    let same = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&same);
    hooks.set_update_hook_with(raw, move |action, number| {
        if action == Action::SQLITE_INSERT && number == before {
            seen.store(true, Ordering::Relaxed);
        }
    })?;
    Ok(same)
}
