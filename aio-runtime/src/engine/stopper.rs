//! Stops what a connection runs, from another thread.

use std::sync::atomic::{AtomicBool, Ordering};

/// Stops the statement that a connection runs: by a flag, which the connection checks while it
/// works and waits, and by the library's own way to interrupt.
///
/// Whoever stops a request holds the lock that also ends the request, so that the next one is not
/// hit.
pub(crate) struct Stopper {
    stopped: AtomicBool,
    interrupt: Box<dyn Fn() + Send + Sync>,
}

impl Stopper {
    pub(crate) fn new(interrupt: impl Fn() + Send + Sync + 'static) -> Stopper {
        Stopper { stopped: AtomicBool::new(false), interrupt: Box::new(interrupt) }
    }

    /// Stops what runs.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        (self.interrupt)();
    }

    /// Whether what runs is to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Lets the next request run.
    pub(crate) fn reset(&self) {
        self.stopped.store(false, Ordering::Release);
    }
}

impl std::fmt::Debug for Stopper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopper").field("stopped", &self.stopped).finish_non_exhaustive()
    }
}
