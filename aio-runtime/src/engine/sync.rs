//! The synchronization primitives of the queues and of the exchange between tasks and threads.
//! These use no others, so that `tests/interleavings.rs` can replace them with those of a model
//! checker.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::sync::{OnceLock, TryLockError};
use std::time::Duration;
pub(crate) use std::time::Instant;

/// Locks a mutex and ignores poisoning: the protected states are consistent between any two
/// statements, so a panic cannot leave a state half changed.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Locks a mutex if it is free; otherwise returns `None`.
pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Returns the number of cores that the process may use.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Waits for a notification of the condvar.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Decides whether to wait without sleeping (to spin) for a moment before going to sleep: less
/// often after spins that were in vain. Spinning is worthwhile because waking a thread takes
/// longer than many answers take, and because a task that sends one statement after the other soon
/// sends the next one.
#[derive(Debug, Default)]
pub(crate) struct Spin {
    /// Grows by one with each spin that was in vain, up to `MAX_MISSES`, and shrinks by one with
    /// each spin that succeeded.
    misses: u32,
    /// The number of the next calls of `spin` that return at once.
    skips: u32,
}

impl Spin {
    /// The time for which a thread spins for the next request. It is long enough for a task to do
    /// something with an answer before it sends the next request.
    pub(crate) const FOR_A_REQUEST: Duration = Duration::from_micros(150);
    /// The time from which on a thread that spins yields its core again and again. The system may
    /// have put the thread that answers onto the same core, where it would wait for the end of the
    /// time slice. Answers that come sooner are not delayed by the calls.
    const YIELDS_AFTER: Duration = Duration::from_micros(10);
    /// While `misses` is at most this number, no spin is skipped.
    const FREE_MISSES: u32 = 2;
    /// The maximum of `misses`, at which one call in 8 still spins. If fewer did, then after a
    /// short period of late answers hundreds of requests would wait for a wake-up.
    const MAX_MISSES: u32 = Self::FREE_MISSES + 3;

    /// Spins until `has_come` returns true, for at most `limit`. Returns at once if spinning was
    /// often in vain before, or if the machine has only one core. Returns the time spent spinning.
    pub(crate) fn spin(&mut self, limit: Duration, has_come: impl Fn() -> bool) -> Duration {
        if cores() < 2 {
            return Duration::ZERO;
        }
        if self.skips > 0 {
            self.skips -= 1;
            return Duration::ZERO;
        }
        let start = Instant::now();
        while !has_come() {
            let spun = start.elapsed();
            if spun >= limit {
                self.misses = (self.misses + 1).min(Self::MAX_MISSES);
                self.skips = (1 << self.misses.saturating_sub(Self::FREE_MISSES)) - 1;
                return limit;
            }
            for _ in 0..4 {
                (0..4).for_each(|_| std::hint::spin_loop());
                if has_come() {
                    break;
                }
            }
            if spun >= Self::YIELDS_AFTER {
                std::thread::yield_now();
            }
        }
        self.misses = self.misses.saturating_sub(1);
        start.elapsed()
    }
}

/// Waits for a notification of the condvar, at most until `deadline`.
pub(crate) fn wait_until<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, deadline: Instant) -> MutexGuard<'a, T> {
    let left = deadline.saturating_duration_since(Instant::now());
    condition.wait_timeout(guard, left).unwrap_or_else(std::sync::PoisonError::into_inner).0
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Returns whether the spin was performed rather than skipped.
    fn is_performed(spin: &mut Spin, comes: bool) -> bool {
        let asked = Cell::new(false);
        spin.spin(Duration::ZERO, || {
            asked.set(true);
            comes
        });
        asked.get()
    }

    #[test]
    fn a_spin_that_never_succeeds_is_still_tried_once_in_8() {
        if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            return;
        }
        let mut spin = Spin::default();
        let mut tried = || (0..1000).map(|_| is_performed(&mut spin, false)).collect::<Vec<_>>();
        tried();
        let skipped: Vec<_> = tried().split(|tried| *tried).map(<[bool]>::len).collect();
        assert_eq!(skipped.iter().max(), Some(&7));
        // After enough hits no spin is skipped any more.
        for _ in 0..1000 {
            is_performed(&mut spin, true);
        }
        assert!((0..100).all(|_| is_performed(&mut spin, true)));
    }
}
