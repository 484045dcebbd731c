//! What tasks and threads share state by. The hand-over names no other primitives, so that a model checker's can stand
//! in for them (`tests/interleavings.rs`).

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
pub(super) use std::time::Instant;

/// Locks, whether or not a thread panicked while it held the lock: the state is always whole between two statements.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Waits on a condition.
pub(super) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Waits on a condition, no longer than until a moment.
pub(super) fn wait_until<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, moment: Instant) -> MutexGuard<'a, T> {
    let left = moment.saturating_duration_since(Instant::now());
    condition.wait_timeout(guard, left).unwrap_or_else(std::sync::PoisonError::into_inner).0
}
