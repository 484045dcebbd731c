//! How a transaction begins.

/// How a transaction begins
/// (<https://sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionMode {
    /// As the only writer, from the beginning: no statement in it fails because another wrote.
    #[default]
    Immediate,
    /// As a reader; its first write makes it the writer, and is a
    /// [`Conflict`](crate::ErrorKind::Conflict) if another transaction has written since.
    Deferred,
    /// As the only user; with a write-ahead log the same as `Immediate`.
    Exclusive,
    /// Without writes, seeing the database as it was at the beginning.
    ReadOnly,
}
