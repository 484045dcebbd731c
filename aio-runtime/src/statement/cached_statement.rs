//! The statements whose SQL is cached for each table.

/// A statement of which each table has only one, so that its SQL is cached.
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
    /// Inserts a row with values for some of its columns. `given` has a bit for each column that
    /// has a value.
    Insert { given: u64, returned: ReturnedColumns },
}

/// The columns that the insert of a row returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReturnedColumns {
    None,
    /// All columns. For those whose bit is set, it returns NULL instead of the value that was
    /// inserted.
    AllBut(u64),
}
