//! The statements of which each table has only one, so that their SQL is cached.

/// A statement of a table whose SQL is cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CachedStatement {
    /// Selects every row.
    All,
    /// Selects a row by its key.
    Find,
    /// Updates a row by its key.
    Save,
    /// Deletes a row by its key.
    Remove,
    /// Inserts a row that has values for these of its columns, as a bit for each.
    Insert { given: u64, returned: ReturnedColumns },
}

/// The columns that the insert of a row returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ReturnedColumns {
    None,
    /// All but those of some of the values that are given, a bit for each, in place of which it
    /// returns NULL.
    AllBut(u64),
}
