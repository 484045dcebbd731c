//! The statements of which a table has but one, whose texts are written once.

/// A statement of which a table has but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Own {
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
