//! What tasks and threads share state by. The hand-over names no other primitives, so that a model checker's can stand
//! in for them (`tests/interleavings.rs`).

use std::sync::OnceLock;
pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;
pub(super) use std::time::Instant;

/// Locks, whether or not a thread panicked while it held the lock: the state is always whole between two statements.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Waits on a condition.
pub(super) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Looks for a moment whether something has come, before its thread goes to sleep: who sends one statement after the
/// other sends the next soon after an answer, and to be woken takes longer than that. The moment is longer where looking
/// has helped the last times.
pub(super) fn look_for_a_moment(moment: &mut Duration, has_come: impl Fn() -> bool) {
    const LEAST: Duration = Duration::from_micros(5);
    const MOST: Duration = Duration::from_micros(60);
    static CORES: OnceLock<usize> = OnceLock::new();
    if *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) < 2 {
        return;
    }
    let start = Instant::now();
    *moment = (*moment).clamp(LEAST, MOST);
    while !has_come() {
        if start.elapsed() >= *moment {
            *moment /= 2;
            return;
        }
        (0..16).for_each(|_| std::hint::spin_loop());
    }
    *moment *= 2;
}

/// Waits on a condition, no longer than until a moment.
pub(super) fn wait_until<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, moment: Instant) -> MutexGuard<'a, T> {
    let left = moment.saturating_duration_since(Instant::now());
    condition.wait_timeout(guard, left).unwrap_or_else(std::sync::PoisonError::into_inner).0
}
