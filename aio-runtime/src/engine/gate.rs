//! The gate that everyone who writes to a database passes, one at a time and in the order of arrival.
//!
//! Threads wait here, never tasks. Inside one process nobody therefore meets SQLite's own lock, which has no queue.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::request::Name;
use crate::error::{Error, ErrorKind, Result};

#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    turn: Condvar,
}

#[derive(Default)]
struct State {
    holder: Option<(Name, Instant)>,
    waiting: VecDeque<u64>,
    next: u64,
}

/// The right to write, given back when it is dropped.
pub(crate) struct Pass(Arc<Gate>);

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] after `patience`, or as soon as `cancelled` says so.
    pub(crate) fn enter(
        self: &Arc<Gate>,
        name: &Name,
        patience: Duration,
        cancelled: impl Fn() -> bool,
    ) -> Result<Pass> {
        let started = Instant::now();
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push_back(ticket);
        while state.holder.is_some() || state.waiting.front() != Some(&ticket) {
            let left = patience.saturating_sub(started.elapsed());
            if left.is_zero() || cancelled() {
                state.waiting.retain(|waiting| *waiting != ticket);
                let error = too_late(&state, patience);
                drop(state);
                self.turn.notify_all();
                return Err(error);
            }
            state = self.turn.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting.pop_front();
        state.holder = Some((Arc::clone(name), Instant::now()));
        Ok(Pass(Arc::clone(self)))
    }

    /// Lets those who wait look whether they are cancelled.
    pub(crate) fn look_again(&self) {
        drop(self.lock());
        self.turn.notify_all();
    }
}

fn too_late(state: &State, patience: Duration) -> Error {
    let holder = match &state.holder {
        Some((name, since)) => format!("`{name}` has held it for {:.1?}", since.elapsed()),
        None => "nobody holds it".to_owned(),
    };
    Error::new(
        ErrorKind::Timeout,
        format!(
            "waited {patience:.1?} for the right to write: {holder}; while a transaction is open write through it (`&tx`), \
             not beside it (`&db`)"
        ),
    )
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.lock().holder = None;
        self.0.turn.notify_all();
    }
}
