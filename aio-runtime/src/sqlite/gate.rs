//! The gate that everyone who writes to a database passes, one at a time and in the order of
//! arrival.
//!
//! Threads wait here, never tasks. Inside one process nobody therefore meets SQLite's own lock,
//! which has no queue.

use std::collections::VecDeque;
use std::panic::Location;
use std::time::Duration;

use super::warnings;
use crate::engine::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, lock, wait, wait_until};
use crate::engine::timer::{self, Alarm};
use crate::engine::{Name, Turn};
use crate::trace;

/// What errors call what the gate gives.
pub(crate) const RIGHT_TO_WRITE: &str = "the right to write";

#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    turn: Condvar,
    /// How long a transaction may hold it until a warning says so.
    warn_after: Duration,
}

#[derive(Default)]
struct State {
    holder: Option<Holder>,
    waiting: VecDeque<u64>,
    next: u64,
    /// The alarm is set that warns.
    watched: bool,
}

/// Who may write.
struct Holder {
    name: Name,
    since: Instant,
    /// Where its transaction was begun.
    place: Option<&'static Location<'static>>,
}

/// The right to write, given back when it is dropped.
pub(crate) struct Pass(Arc<Gate>);

impl Gate {
    pub(crate) fn new(warn_after: Duration) -> Arc<Gate> {
        Arc::new(Gate { warn_after, ..Gate::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits for its turn, until a moment or until it is not wanted any more; `None` then.
    pub(crate) fn enter(
        self: &Arc<Gate>,
        name: &Name,
        until: Option<Instant>,
        unwanted: impl Fn() -> bool,
    ) -> Option<Pass> {
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push_back(ticket);
        while state.holder.is_some() || state.waiting.front() != Some(&ticket) {
            if unwanted() || until.is_some_and(|until| until <= Instant::now()) {
                state.waiting.retain(|waiting| *waiting != ticket);
                drop(state);
                self.turn.notify_all();
                return None;
            }
            state = match until {
                Some(until) => wait_until(&self.turn, state, until),
                None => wait(&self.turn, state),
            };
        }
        state.waiting.pop_front();
        state.holder = Some(Holder { name: Arc::clone(name), since: Instant::now(), place: None });
        Some(Pass(Arc::clone(self)))
    }

    /// How long an explicit transaction may hold it, and where it was begun: for the warning and
    /// the errors of others.
    pub(crate) fn held_by_transaction(self: &Arc<Gate>, place: &'static Location<'static>) {
        let mut state = self.lock();
        if let Some(holder) = &mut state.holder {
            holder.place = Some(place);
            let since = holder.since;
            if trace::ENABLED && !state.watched {
                state.watched = true;
                let gate: Arc<dyn Alarm> = Arc::clone(self) as _;
                timer::ring_at(timer::after(since, self.warn_after), Arc::downgrade(&gate));
            }
        }
    }
}

impl Turn for Gate {
    fn wake_all(&self) {
        drop(self.lock());
        self.turn.notify_all();
    }

    fn holder(&self) -> String {
        let state = self.lock();
        let others = match state.waiting.len() {
            0 | 1 => String::new(),
            waiting => format!(", and {} others wait", waiting - 1),
        };
        let holder = match &state.holder {
            Some(Holder { name, since, place }) => {
                let place = place.map(|place| format!(", in the transaction begun at {place}")).unwrap_or_default();
                format!("`{name}` has held it for {:.1?}{place}{others}", since.elapsed())
            }
            None => "nobody holds it".to_owned(),
        };
        format!("{holder}; while a transaction is open write through it (`&tx`), not beside it (`&db`)")
    }
}

impl Alarm for Gate {
    /// Warns of a transaction that keeps others from writing.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        state.watched = false;
        let Some(Holder { name, since, place: Some(place) }) = &state.holder else { return None };
        let due = timer::after(*since, self.warn_after);
        if due <= now {
            let (name, place, held, waiting) = (Arc::clone(name), *place, since.elapsed(), state.waiting.len());
            drop(state);
            warnings::held_long(&name, place, held, waiting);
            return None;
        }
        state.watched = true;
        Some(due)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.holder = None;
        let wanted = !state.waiting.is_empty();
        drop(state);
        if wanted {
            self.0.turn.notify_all();
        }
    }
}
