//! The outcome of a statement.

/// The outcome of a statement that is run for its effect, not for its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of rows that were inserted, updated or deleted; 0 for other statements. Rows
    /// that triggers and foreign keys change are not counted. A view stores no rows: for a view,
    /// it is the number of rows that the view's INSTEAD OF triggers changed.
    pub rows_affected: u64,
    /// The id of the row that was inserted last; `None` unless this statement inserted a row into
    /// a table whose rows have ids. For a raw statement it is the id that SQLite reports; if the
    /// table is WITHOUT ROWID, that is the id of an earlier insert
    /// (<https://sqlite.org/c3ref/last_insert_rowid.html>).
    pub last_insert_id: Option<i64>,
}
