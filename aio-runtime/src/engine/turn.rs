//! The right that a thread may have to acquire before it runs a request.

/// An exclusive right that one connection holds at a time, such as SQLite's write lock.
///
/// The engine wakes a stopped request that waits for the right, and names the holder in the error
/// when a request has waited too long.
pub(crate) trait Turn: Send + Sync {
    /// Wakes the waiting threads, so that each checks whether its request was stopped.
    fn wake_all(&self);

    /// Describes who holds the right, for how long, and what to do about it, for the timeout
    /// error.
    fn holder(&self) -> String;
}
