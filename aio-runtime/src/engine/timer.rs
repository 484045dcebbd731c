//! One thread per process that rings alarms: deadlines need no timer of an async runtime.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

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

/// A moment so far away that it never comes, where a duration is too long to be added.
pub(crate) fn after(start: Instant, duration: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    start.checked_add(duration.min(A_CENTURY)).unwrap_or(start)
}

/// A future, until a moment; `None` where it was not ready by then.
pub(crate) async fn within<T>(moment: Instant, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut bell: Option<(Arc<Bell>, SetAlarm)> = None;
    poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        let (bell, _) = bell.get_or_insert_with(|| {
            let bell: Arc<Bell> = Arc::default();
            let alarm: Arc<dyn Alarm> = Arc::clone(&bell) as _;
            (bell, set(moment, Arc::downgrade(&alarm)))
        });
        let mut rung = bell.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = rung.1.replace(TaskWaker::of(context));
        let has_rung = rung.0;
        drop(rung);
        drop(before);
        if has_rung { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

/// Waits for a while.
pub(crate) async fn pause(pause: Duration) {
    within(after(Instant::now(), pause), std::future::pending::<()>()).await;
}

/// Wakes a task. Whether it has rung, and whom it wakes.
#[derive(Default)]
struct Bell(Mutex<(bool, Option<TaskWaker>)>);

impl Alarm for Bell {
    fn ring(&self, _: Instant) -> Option<Instant> {
        let waker = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        None
    }
}

impl Timer {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
            let wait = match state.alarms.first_key_value() {
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
                Some((&(moment, _), _)) => moment - now,
                None => Duration::from_secs(3600),
            };
            state = self.earlier.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
