//! The statements whose SQL is cached for each table.

/// A statement that each table has only once (an insert: once for each set of columns), so that
/// its SQL is cached.
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
    /// All columns. For each column whose bit is set, the insert returns NULL instead of the
    /// inserted value.
    AllBut(u64),
}
