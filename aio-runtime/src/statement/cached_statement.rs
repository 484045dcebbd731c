//! The statements whose SQL is cached, for a table has each of them only once.

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
    /// Inserts a row that gives these of its columns, a bit for each.
    Insert { given: u64, returning: bool },
}
