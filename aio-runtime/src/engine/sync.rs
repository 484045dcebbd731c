//! What tasks and threads share state by. The hand-over names no other primitives, so that a model
//! checker's can stand in for them (`tests/interleavings.rs`).

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::sync::{OnceLock, TryLockError};
use std::time::Duration;
pub(crate) use std::time::Instant;

/// Locks, whether or not a thread panicked while it held the lock: the state is always whole
/// between two statements.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Locks, if nobody else has.
pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Waits on a condition.
pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Decides whether to spin for what comes soon, before going to sleep: to be woken takes longer
/// than many an answer, and whoever sends one statement after the other sends the next soon.
#[derive(Debug, Default)]
pub(crate) struct Spin {
    /// How often it was in vain, less how often it was not.
    in_vain: u32,
    /// How many times more it is left out.
    pause: u32,
}

impl Spin {
    /// How long a thread spins for the next request: whoever has got an answer does something with
    /// it first.
    pub(crate) const FOR_A_REQUEST: Duration = Duration::from_micros(150);
    /// One time in three may be in vain.
    const ALLOWED: u32 = 2;
    /// At least one time in 8 is tried: less often, and a moment in which answers were late would
    /// cost hundreds of requests a wake-up each.
    const MOST: u32 = Self::ALLOWED + 3;

    /// Spins until something has come, for a moment at most. Returns for how long.
    pub(crate) fn spin(&mut self, moment: Duration, has_come: impl Fn() -> bool) -> Duration {
        static CORES: OnceLock<usize> = OnceLock::new();
        if *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) < 2 {
            return Duration::ZERO;
        }
        if self.pause > 0 {
            self.pause -= 1;
            return Duration::ZERO;
        }
        let start = Instant::now();
        while !has_come() {
            if start.elapsed() >= moment {
                self.in_vain = (self.in_vain + 1).min(Self::MOST);
                self.pause = (1 << self.in_vain.saturating_sub(Self::ALLOWED)) - 1;
                return moment;
            }
            for _ in 0..4 {
                (0..4).for_each(|_| std::hint::spin_loop());
                if has_come() {
                    break;
                }
            }
        }
        self.in_vain = self.in_vain.saturating_sub(1);
        start.elapsed()
    }
}

/// Waits on a condition, no longer than until a moment.
pub(crate) fn wait_until<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, moment: Instant) -> MutexGuard<'a, T> {
    let left = moment.saturating_duration_since(Instant::now());
    condition.wait_timeout(guard, left).unwrap_or_else(std::sync::PoisonError::into_inner).0
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Returns whether it is tried, and not left out.
    fn is_tried(spin: &mut Spin, comes: bool) -> bool {
        let asked = Cell::new(false);
        spin.spin(Duration::ZERO, || {
            asked.set(true);
            comes
        });
        asked.get()
    }

    #[test]
    fn a_thread_that_has_spun_in_vain_spins_at_least_one_time_in_8() {
        if std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            return;
        }
        let mut spin = Spin::default();
        let mut tried = || (0..1000).map(|_| is_tried(&mut spin, false)).collect::<Vec<_>>();
        tried();
        let left_out: Vec<_> = tried().split(|tried| *tried).map(<[bool]>::len).collect();
        assert_eq!(left_out.iter().max(), Some(&7));
        // What comes each time it is tried is soon waited for every time.
        for _ in 0..1000 {
            is_tried(&mut spin, true);
        }
        assert!((0..100).all(|_| is_tried(&mut spin, true)));
    }
}
