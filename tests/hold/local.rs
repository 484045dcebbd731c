//! A place in the code of this process.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use super::LONG;

/// A place in the code of this process that threads pass. While it is closed, they wait there.
#[derive(Clone, Default)]
pub(crate) struct Place(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    closed: bool,
    came: usize,
    /// The number of times that the place was opened.
    opened: u64,
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().expect("nobody panics there")
    }

    /// Makes the threads that come from now on wait, and resets the count of threads that have
    /// come.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        (state.closed, state.came) = (true, 0);
    }

    /// Lets the waiting threads continue.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        (state.closed, state.opened) = (false, state.opened + 1);
        self.0.1.notify_all();
    }

    /// Resets the count of threads that have come.
    pub(super) fn forget(&self) {
        self.lock().came = 0;
    }

    /// Counts the calling thread as one that has come, and blocks it while the place is closed.
    pub(super) fn come(&self) {
        let mut state = self.lock();
        state.came += 1;
        self.0.1.notify_all();
        let opened = state.opened;
        while state.closed && state.opened == opened {
            state = self.0.1.wait(state).expect("nobody panics there");
        }
    }

    /// Returns the number of threads that have come since the place was closed or the count was
    /// reset.
    pub(super) fn came(&self) -> usize {
        self.lock().came
    }

    /// Blocks until `count` threads have come since the place was closed or the count was reset.
    pub(super) fn until(&self, count: usize) {
        let mut state = self.lock();
        while state.came < count {
            let (came, waited) = self.0.1.wait_timeout(state, LONG).expect("nobody panics there");
            assert!(!waited.timed_out(), "{} have come by, not {count}", came.came);
            state = came;
        }
    }
}
