//! How a transaction begins.

/// How a transaction begins.
///
/// A database may not have each of the modes; one that it does not have is
/// [`Unsupported`](crate::ErrorKind::Unsupported). SQLite has all of them
/// (<https://sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionMode {
    /// For reading and writing, in the mode that is the usual one for the database.
    ///
    /// With SQLite it is the only writer from the beginning, and no statement in it fails because
    /// another transaction wrote.
    #[default]
    Immediate,
    /// For reading at first, and for writing from the first write on.
    ///
    /// With SQLite it is a reader; its first write makes it the writer, and is a
    /// [`Conflict`](crate::ErrorKind::Conflict) if another transaction has written since.
    Deferred,
    /// For a transaction that has the database to itself.
    ///
    /// With SQLite and a write-ahead log it is the same as `Immediate`.
    Exclusive,
    /// For reading alone: each statement sees the database as it was at the beginning, and a write
    /// fails.
    ReadOnly,
}
