//! The outcome of a statement.

/// The outcome of a statement that is run for its effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The number of rows that were inserted, updated or deleted; 0 for other statements. Rows
    /// that triggers and foreign keys change are not counted. For a view, which has no rows of its
    /// own, it is the number of rows that its INSTEAD OF triggers changed.
    pub rows_affected: u64,
    /// The id of the row that was inserted last; `None` unless this statement inserted one into a
    /// table whose rows have ids. For a raw statement it is what SQLite reports, which for a table
    /// WITHOUT ROWID is the id of an earlier insert
    /// (<https://sqlite.org/c3ref/last_insert_rowid.html>).
    pub last_insert_id: Option<i64>,
}
