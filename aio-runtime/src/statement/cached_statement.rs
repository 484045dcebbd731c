//! The statements of a table whose SQL text is cached.

/// A statement whose SQL text is always the same for a table (for an insert: for the columns with
/// values and the returned columns), so that the text is cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CachedStatement {
    /// Selects every row.
    All,
    /// Selects a row by its primary key.
    Find,
    /// Updates a row by its primary key.
    Save,
    /// Deletes a row by its primary key.
    Remove,
    /// Inserts a row with values for some of its columns. In `given`, the bits of the columns that
    /// have a value are 1.
    Insert { given: u64, returned: ReturnedColumns },
}

/// The columns that the insert of a row returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReturnedColumns {
    None,
    /// The primary key, which is the id of the row.
    Id,
    /// All columns. For each inserted value whose bit is set, the insert returns NULL instead of
    /// that value.
    AllBut(u64),
}
