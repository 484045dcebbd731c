//! Stops the running statement of a connection from another thread.

use std::sync::atomic::{AtomicBool, Ordering};

/// Stops the running statement of a connection in two ways: with a flag that the connection checks
/// while it works or waits, and with the database library's own interrupt.
///
/// Whoever calls `stop` holds the lock that is also taken to end a request, so that a stop cannot
/// hit the next request.
pub(crate) struct Stopper {
    stopped: AtomicBool,
    interrupt: Box<dyn Fn() + Send + Sync>,
}

impl Stopper {
    pub(crate) fn new(interrupt: impl Fn() + Send + Sync + 'static) -> Stopper {
        Stopper { stopped: AtomicBool::new(false), interrupt: Box::new(interrupt) }
    }

    /// Stops the running statement.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        (self.interrupt)();
    }

    /// Returns whether the running statement must stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Clears the flag, so that a stop of an earlier request does not stop the next one.
    pub(crate) fn reset(&self) {
        self.stopped.store(false, Ordering::Release);
    }
}

impl std::fmt::Debug for Stopper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopper").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}
