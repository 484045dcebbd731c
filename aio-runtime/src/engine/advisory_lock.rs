//! Advisory locks, as the library asks a database for them.

/// Which advisory lock is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdvisoryLockKind {
    /// Whether others may have the lock, too, if they share it.
    pub(crate) is_shared: bool,
    /// Whether the lock is released at the end of the transaction, and not with its session.
    pub(crate) of_transaction: bool,
    /// Whether the key is a text and not a number.
    pub(crate) has_text_key: bool,
}

/// The statements of an advisory lock. Each has the key as its only parameter.
#[derive(Debug)]
pub(crate) struct AdvisoryLockStatements {
    /// Waits for the lock.
    pub(crate) lock: String,
    /// Returns whether the lock was free, and takes it in that case.
    pub(crate) try_lock: String,
    /// Releases the lock. Returns whether the session had it.
    pub(crate) unlock: String,
    /// Returns whether the session has the lock.
    pub(crate) is_held: String,
}
