//! The lock that every write to a database takes, one at a time and in the order of arrival.
//!
//! Threads wait for it, never tasks. So within one process nobody waits for SQLite's lock, which
//! has no queue.

use std::collections::VecDeque;
use std::panic::Location;
use std::time::Duration;

use super::warnings;
use crate::engine::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, lock, wait, wait_until};
use crate::engine::timer::{self, Alarm};
use crate::engine::{Name, Turn};
use crate::trace;

/// The name of this lock in error messages.
pub(crate) const WRITE_LOCK: &str = "the write lock";

#[derive(Default)]
pub(crate) struct WriteLock {
    state: Mutex<State>,
    released: Condvar,
    /// The time after which a warning reports a transaction that still holds the lock.
    warn_after: Duration,
}

#[derive(Default)]
struct State {
    holder: Option<Holder>,
    waiting: VecDeque<u64>,
    next: u64,
    /// Whether the alarm for the warning is set.
    alarm_is_set: bool,
}

/// The connection that holds the lock.
struct Holder {
    name: Name,
    since: Instant,
    /// The place where the user's code has begun the transaction that holds the lock; `None` if
    /// the lock was not taken by BEGIN, as for a single statement or the first write of a deferred
    /// transaction.
    place: Option<&'static Location<'static>>,
}

/// The held lock. When the guard is dropped, the lock is released.
pub(crate) struct WriteLockGuard(Arc<WriteLock>);

impl WriteLock {
    pub(crate) fn new(warn_after: Duration) -> Arc<WriteLock> {
        Arc::new(WriteLock { warn_after, ..WriteLock::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Acquires the lock. Returns `None` if `until` has passed or `is_stopped` returns true before
    /// the lock becomes free.
    pub(crate) fn acquire(
        self: &Arc<WriteLock>,
        name: &Name,
        until: Option<Instant>,
        is_stopped: impl Fn() -> bool,
    ) -> Option<WriteLockGuard> {
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        state.waiting.push_back(ticket);
        while state.holder.is_some() || state.waiting.front() != Some(&ticket) {
            if is_stopped() || until.is_some_and(|until| until <= Instant::now()) {
                state.waiting.retain(|waiting| *waiting != ticket);
                drop(state);
                self.released.notify_all();
                return None;
            }
            state = match until {
                Some(until) => wait_until(&self.released, state, until),
                None => wait(&self.released, state),
            };
        }
        state.waiting.pop_front();
        state.holder = Some(Holder { name: Arc::clone(name), since: Instant::now(), place: None });
        Some(WriteLockGuard(Arc::clone(self)))
    }

    /// Records that the lock is held by a transaction that was begun at this place, for the
    /// warning and for the timeout errors of others.
    pub(crate) fn set_transaction(self: &Arc<WriteLock>, place: &'static Location<'static>) {
        let mut state = self.lock();
        if let Some(holder) = &mut state.holder {
            holder.place = Some(place);
            let since = holder.since;
            if trace::ENABLED && !state.alarm_is_set {
                state.alarm_is_set = true;
                let write_lock: Arc<dyn Alarm> = Arc::clone(self) as _;
                timer::ring_at(timer::after(since, self.warn_after), Arc::downgrade(&write_lock));
            }
        }
    }
}

impl Turn for WriteLock {
    fn wake_all(&self) {
        drop(self.lock());
        self.released.notify_all();
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
        format!("{holder}; while a transaction is open, write through it (`&tx`), not through the database (`&db`)")
    }
}

impl Alarm for WriteLock {
    /// Warns about a transaction that has prevented other connections from writing for long.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let mut state = self.lock();
        state.alarm_is_set = false;
        let Some(Holder { name, since, place: Some(place) }) = &state.holder else { return None };
        let due = timer::after(*since, self.warn_after);
        if due <= now {
            let (name, place, held, waiting) = (Arc::clone(name), *place, since.elapsed(), state.waiting.len());
            drop(state);
            warnings::write_lock_held(&name, place, held, waiting);
            return None;
        }
        state.alarm_is_set = true;
        Some(due)
    }
}

impl Drop for WriteLockGuard {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.holder = None;
        let is_contended = !state.waiting.is_empty();
        drop(state);
        if is_contended {
            self.0.released.notify_all();
        }
    }
}
