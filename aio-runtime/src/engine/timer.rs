//! One thread per process that fires alarms, so that deadlines need no timer of an async runtime.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use super::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, Weak, lock, wait_until};
use super::waking::TaskWaker;
use crate::caught::caught;
use crate::error::{Error, ErrorKind, Result};

/// An action that the timer's thread performs at a given instant.
pub(crate) trait Alarm: Send + Sync {
    /// Performs the action, which must be short and must not block. Returns the instant at which
    /// the alarm rings again, or `None` if it does not ring again.
    fn ring(&self, now: Instant) -> Option<Instant>;
}

/// A pending alarm. Dropping it cancels the alarm.
#[derive(Debug)]
pub(crate) struct AlarmGuard(Key);

/// The instant of an alarm, and a number that distinguishes alarms of the same instant.
type Key = (Instant, u64);

#[derive(Default)]
struct Timer {
    state: Mutex<State>,
    earlier: Condvar,
}

#[derive(Default)]
struct State {
    alarms: BTreeMap<Key, Weak<dyn Alarm>>,
    next: u64,
    running: bool,
}

fn timer() -> &'static Timer {
    static TIMER: OnceLock<Timer> = OnceLock::new();
    TIMER.get_or_init(Timer::default)
}

/// Starts the timer's thread if it is not running. If that fails, opening a database fails too,
/// because no deadline would be enforced.
pub(crate) fn start() -> Result<()> {
    let mut state = timer().lock();
    if !state.running {
        let started = thread::Builder::new().name("aio-sql timer".to_owned()).spawn(|| timer().run());
        started
            .map_err(|error| Error::new(ErrorKind::Other, "cannot start the thread of the timer").with_source(error))?;
        state.running = true;
    }
    Ok(())
}

/// Sets an alarm that cannot be cancelled.
pub(crate) fn ring_at(instant: Instant, alarm: Weak<dyn Alarm>) {
    timer().set(instant, alarm);
}

/// Sets an alarm that is cancelled when the returned value is dropped.
pub(crate) fn set_alarm(instant: Instant, alarm: Weak<dyn Alarm>) -> AlarmGuard {
    AlarmGuard(timer().set(instant, alarm))
}

impl AlarmGuard {
    /// Makes the alarm independent of this value, so that it cannot be cancelled any more.
    pub(crate) fn detach(self) {
        std::mem::forget(self);
    }
}

impl Drop for AlarmGuard {
    fn drop(&mut self) {
        timer().lock().alarms.remove(&self.0);
    }
}

/// Returns the instant `duration` after `start`. A duration that is too long to add is cut to a
/// hundred years.
pub(crate) fn after(start: Instant, duration: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    start.checked_add(duration.min(A_CENTURY)).unwrap_or(start)
}

/// Awaits a future until `deadline`. Returns `None` if it is not ready by then.
pub(crate) async fn timeout_at<T>(deadline: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut pending: Option<(Arc<Wakeup>, AlarmGuard)> = None;
    poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        let (wakeup, _) = pending.get_or_insert_with(|| {
            let wakeup: Arc<Wakeup> = Arc::default();
            let alarm: Arc<dyn Alarm> = Arc::clone(&wakeup) as _;
            (wakeup, set_alarm(deadline, Arc::downgrade(&alarm)))
        });
        let mut state = lock(&wakeup.0);
        let before = state.waker.replace(TaskWaker::of(context));
        let has_come = state.has_come;
        drop(state);
        drop(before);
        if has_come { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

/// Sleeps for a duration.
pub(crate) async fn sleep(duration: Duration) {
    timeout_at(after(Instant::now(), duration), std::future::pending::<()>()).await;
}

/// Wakes a task at a given instant.
#[derive(Default)]
struct Wakeup(Mutex<WakeupState>);

#[derive(Default)]
struct WakeupState {
    has_come: bool,
    waker: Option<TaskWaker>,
}

impl Alarm for Wakeup {
    fn ring(&self, _: Instant) -> Option<Instant> {
        let waker = {
            let mut state = lock(&self.0);
            state.has_come = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        None
    }
}

impl Timer {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn set(&'static self, instant: Instant, alarm: Weak<dyn Alarm>) -> Key {
        let mut state = self.lock();
        let key = (instant, state.next);
        state.next += 1;
        let first = state.alarms.first_key_value().is_none_or(|(first, _)| key < *first);
        state.alarms.insert(key, alarm);
        drop(state);
        if first {
            self.earlier.notify_one();
        }
        key
    }

    fn run(&self) {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let until = match state.alarms.first_key_value() {
                Some((&(instant, _), _)) if instant <= now => {
                    if let Some((_, alarm)) = state.alarms.pop_first() {
                        drop(state);
                        // A panic in an alarm, or in its drop, must not stop the other alarms.
                        let again = caught(|| alarm.upgrade().and_then(|alarm| alarm.ring(now))).ok().flatten();
                        state = self.lock();
                        if let Some(again) = again {
                            let key = (again, state.next);
                            state.next += 1;
                            state.alarms.insert(key, alarm);
                        }
                    }
                    continue;
                }
                Some((&(instant, _), _)) => instant,
                None => now + Duration::from_secs(3600),
            };
            state = wait_until(&self.earlier, state, until);
        }
    }
}
