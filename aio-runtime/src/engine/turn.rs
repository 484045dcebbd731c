//! What a thread may have to wait for before it runs a request.

/// Something that one connection has at a time: with SQLite, the right to write.
///
/// The engine knows of it what it has to say of a request that waits there, and how to tell that
/// the request is not wanted any more.
pub(crate) trait Turn: Send + Sync {
    /// Wakes the threads that wait, so that each checks whether its request is still wanted.
    fn wake_all(&self);

    /// Says who has it and for how long, and what to do about it, for the error of a request that
    /// waited too long.
    fn holder(&self) -> String;
}
