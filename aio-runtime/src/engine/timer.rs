//! One thread per process that rings alarms: deadlines need no timer of an async runtime.

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

/// Something to do at a moment.
pub(crate) trait Alarm: Send + Sync {
    /// Called on the timer's thread; must be short, and must not wait. A moment that is returned
    /// sets it again.
    fn ring(&self, now: Instant) -> Option<Instant>;
}

/// An alarm that is set; dropping it takes it back.
#[derive(Debug)]
pub(crate) struct SetAlarm(Key);

/// Alarms for the same moment differ in their number.
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

/// Starts the thread, unless it runs. No database is opened without it, for nothing would ring.
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

/// Lets an alarm ring at a moment, once, however soon what is returned is dropped. For alarms that
/// nobody takes back.
pub(crate) fn ring_at(moment: Instant, alarm: Weak<dyn Alarm>) {
    timer().set(moment, alarm);
}

/// Lets an alarm ring at a moment, unless what is returned is dropped before.
pub(crate) fn set(moment: Instant, alarm: Weak<dyn Alarm>) -> SetAlarm {
    SetAlarm(timer().set(moment, alarm))
}

impl SetAlarm {
    /// Lets it ring though nobody holds it.
    pub(crate) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for SetAlarm {
    fn drop(&mut self) {
        timer().lock().alarms.remove(&self.0);
    }
}

/// Adds a duration to a moment. Where it is too long for that, the sum is a moment that is too far
/// away to come.
pub(crate) fn after(start: Instant, duration: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    start.checked_add(duration.min(A_CENTURY)).unwrap_or(start)
}

/// Waits for a future until a moment; `None` where it was not ready by then.
pub(crate) async fn within<T>(moment: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut set_wakeup: Option<(Arc<Wakeup>, SetAlarm)> = None;
    poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        let (wakeup, _) = set_wakeup.get_or_insert_with(|| {
            let wakeup: Arc<Wakeup> = Arc::default();
            let alarm: Arc<dyn Alarm> = Arc::clone(&wakeup) as _;
            (wakeup, set(moment, Arc::downgrade(&alarm)))
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

/// Waits for a while.
pub(crate) async fn pause(pause: Duration) {
    within(after(Instant::now(), pause), std::future::pending::<()>()).await;
}

/// Wakes a task at a moment.
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

    fn set(&'static self, moment: Instant, alarm: Weak<dyn Alarm>) -> Key {
        let mut state = self.lock();
        let key = (moment, state.next);
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
                Some((&(moment, _), _)) if moment <= now => {
                    if let Some((_, alarm)) = state.alarms.pop_first() {
                        drop(state);
                        // Whatever one does, and is dropped with, the others ring.
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
                Some((&(moment, _), _)) => moment,
                None => now + Duration::from_secs(3600),
            };
            state = wait_until(&self.earlier, state, until);
        }
    }
}
