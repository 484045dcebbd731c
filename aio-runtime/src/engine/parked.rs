//! Parked threads of explicit connections: a released connection and its thread are kept for the
//! next caller, because starting a thread and opening a connection takes longer than many
//! transactions do.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Queue;
use super::name::Name;
use super::sync::{Arc, Condvar, Instant, Mutex, lock, wait, wait_until};
use crate::error::Result;

/// The time after which a parked thread ends if it was not given another queue to serve.
const PARK_TIMEOUT: Duration = Duration::from_secs(5);

/// The work of an explicit connection's thread: one queue to serve.
pub(super) struct Assignment {
    pub(super) queue: ServedQueue,
    /// The channel through which the thread reports that its connection is open, or could not be
    /// opened.
    pub(super) ready: oneshot::Sender<Result<()>>,
    /// The permit that counts the connection among the `Settings::connections` that are allowed.
    pub(super) permit: OwnedSemaphorePermit,
}

/// The queue of an explicit connection, as owned by its thread. Dropping it fails the requests
/// left in it.
pub(super) struct ServedQueue(pub(super) Arc<Queue>);

impl Drop for ServedQueue {
    fn drop(&mut self) {
        self.0.shut_down();
    }
}

/// The parked threads of a database, most recently parked last.
#[derive(Default)]
pub(super) struct ParkingLot {
    parkers: Mutex<Vec<Arc<Parker>>>,
}

/// The place where one parked thread waits: `changed` is notified when its `state` has changed.
struct Parker {
    name: Name,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Assigned(Assignment),
    /// The parked thread must end.
    Ended,
}

/// A thread taken from the parking lot. When this is dropped without an assignment, the thread
/// ends.
pub(super) struct ParkedThread(Arc<Parker>);

impl ParkedThread {
    pub(super) fn name(&self) -> Name {
        Arc::clone(&self.0.name)
    }

    pub(super) fn assign(self, assignment: Assignment) {
        *lock(&self.0.state) = State::Assigned(assignment);
    }
}

impl Drop for ParkedThread {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if matches!(*state, State::Waiting) {
            *state = State::Ended;
        }
        drop(state);
        self.0.changed.notify_one();
    }
}

impl ParkingLot {
    /// Takes the most recently parked thread. Returns `None` if no thread is parked.
    pub(super) fn take(&self) -> Option<ParkedThread> {
        lock(&self.parkers).pop().map(ParkedThread)
    }

    /// Ends the parked threads.
    pub(super) fn clear(&self) {
        let parkers = std::mem::take(&mut *lock(&self.parkers));
        parkers.into_iter().map(ParkedThread).for_each(drop);
    }

    /// Parks the calling thread and returns its next assignment. Returns `None` if the thread must
    /// end: nobody needed it for a while, or the database is closing. The permit of the connection
    /// is given back only after the thread is parked, so that a caller of `connect` who was
    /// waiting for a permit finds this thread.
    pub(super) fn wait(
        &self,
        name: &Name,
        permit: OwnedSemaphorePermit,
        is_closing: impl Fn() -> bool,
    ) -> Option<Assignment> {
        let parker = Arc::new(Parker { name: Arc::clone(name), state: Mutex::default(), changed: Condvar::new() });
        {
            let mut parkers = lock(&self.parkers);
            // This is checked under the lock. Closing first sets the flag and then ends the parked
            // threads, so it either is seen here or ends this thread.
            if is_closing() {
                return None;
            }
            parkers.push(Arc::clone(&parker));
        }
        drop(permit);
        let until = Instant::now() + PARK_TIMEOUT;
        let mut state = lock(&parker.state);
        while matches!(*state, State::Waiting) && Instant::now() < until {
            state = wait_until(&parker.changed, state, until);
        }
        if matches!(*state, State::Waiting) {
            drop(state);
            if self.remove(&parker) {
                return None;
            }
            // A caller has taken this thread from the list and is about to give it a queue or to
            // end it.
            state = lock(&parker.state);
            while matches!(*state, State::Waiting) {
                state = wait(&parker.changed, state);
            }
        }
        match std::mem::take(&mut *state) {
            State::Assigned(assignment) => Some(assignment),
            State::Waiting | State::Ended => None,
        }
    }

    fn remove(&self, parker: &Arc<Parker>) -> bool {
        let mut parkers = lock(&self.parkers);
        let at = parkers.iter().position(|other| Arc::ptr_eq(other, parker));
        at.map(|at| parkers.remove(at)).is_some()
    }
}
