//! Threads of explicit connections that wait for the next one: to start a thread and to open a
//! connection takes longer than many a transaction.

use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Queue;
use super::name::Name;
use super::sync::{Arc, Condvar, Instant, Mutex, lock, wait, wait_until};
use crate::error::Result;

/// How long a thread stays parked.
const PARKED_FOR: Duration = Duration::from_secs(5);

/// What the thread of an explicit connection is to serve.
pub(super) struct Assignment {
    pub(super) queue: OwnQueue,
    /// Told when the connection is open, or why it is not.
    pub(super) ready: oneshot::Sender<Result<()>>,
    /// One of the connections that the settings allow.
    pub(super) permit: OwnedSemaphorePermit,
}

/// The queue of an explicit connection, as its thread holds it. What is left when the thread lets
/// go of it fails.
pub(super) struct OwnQueue(pub(super) Arc<Queue>);

impl Drop for OwnQueue {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The parked threads of a database, the last to be parked at the end.
#[derive(Default)]
pub(super) struct Parking {
    places: Mutex<Vec<Arc<Place>>>,
}

/// Where one thread waits.
struct Place {
    name: Name,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    Assigned(Assignment),
    /// The thread is to end.
    Ended,
}

/// A thread that was taken out of the parking. It ends unless it is assigned.
pub(super) struct ParkedThread(Arc<Place>);

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

impl Parking {
    /// Takes a thread out, if one is parked.
    pub(super) fn take(&self) -> Option<ParkedThread> {
        lock(&self.places).pop().map(ParkedThread)
    }

    /// Ends the threads that are parked.
    pub(super) fn clear(&self) {
        let places = std::mem::take(&mut *lock(&self.places));
        places.into_iter().map(ParkedThread).for_each(drop);
    }

    /// Parks the calling thread, unless the database closes, and returns what it is to serve next;
    /// `None` if it is to end. Its permit is given back once it is parked, so that whoever
    /// waits for the permit finds the thread.
    pub(super) fn wait(
        &self,
        name: &Name,
        permit: OwnedSemaphorePermit,
        is_closing: impl Fn() -> bool,
    ) -> Option<Assignment> {
        let place = Arc::new(Place { name: Arc::clone(name), state: Mutex::default(), changed: Condvar::new() });
        {
            let mut places = lock(&self.places);
            // Asked with the lock held: whoever closes sets the flag first and then clears the
            // places.
            if is_closing() {
                return None;
            }
            places.push(Arc::clone(&place));
        }
        drop(permit);
        let until = Instant::now() + PARKED_FOR;
        let mut state = lock(&place.state);
        while matches!(*state, State::Waiting) && Instant::now() < until {
            state = wait_until(&place.changed, state, until);
        }
        if matches!(*state, State::Waiting) {
            drop(state);
            if self.remove(&place) {
                return None;
            }
            // Somebody has taken the thread out, and assigns or ends it.
            state = lock(&place.state);
            while matches!(*state, State::Waiting) {
                state = wait(&place.changed, state);
            }
        }
        match std::mem::take(&mut *state) {
            State::Assigned(assignment) => Some(assignment),
            State::Waiting | State::Ended => None,
        }
    }

    fn remove(&self, place: &Arc<Place>) -> bool {
        let mut places = lock(&self.places);
        let at = places.iter().position(|other| Arc::ptr_eq(other, place));
        at.map(|at| places.remove(at)).is_some()
    }
}
