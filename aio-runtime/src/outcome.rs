//! What became of a statement.

/// What a statement that gives no rows did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many rows were inserted, updated or deleted; 0 for a statement that does none of these.
    /// What triggers and foreign keys change beside that is not counted, except for a view, which
    /// has no rows of its own: there it is how many rows its INSTEAD OF triggers changed.
    pub rows_affected: u64,
    /// The number of the row that was inserted last; `None` unless this statement inserted one
    /// into a table with numbered rows. For a raw statement it is SQLite's word, which for a table
    /// WITHOUT ROWID is the number of an earlier insert
    /// (<https://sqlite.org/c3ref/last_insert_rowid.html>).
    pub last_insert_id: Option<i64>,
}
