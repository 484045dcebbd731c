//! Threads that share one queue: each takes the next request when it has nothing to do.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::admission::Admission;
use super::driver::Driver;
use super::job::Stalls;
use super::name::{Name, name_of};
use super::queue::{Pushed, Queue, Slot};
use super::request::Request;
use super::thread::{ConnectionThread, Opener};
use super::threads::Threads;
use crate::caught::caught;
use crate::error::Result;

/// The threads of a shared queue. Where every one of them waits for a task that reads a stream
/// slowly, helpers are started, which end when there is nothing to do for them.
pub(crate) struct Lanes<D, A> {
    pub(crate) queue: Arc<Queue>,
    threads: Arc<Threads>,
    open: Opener<D, A>,
    most_helpers: usize,
    helpers: AtomicUsize,
    next_helper: AtomicUsize,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Lanes<D, A> {
    /// Makes a queue without threads. A request waits at most `acquire_timeout` for one, which
    /// errors call `awaited`.
    pub(crate) fn new(
        threads: &Arc<Threads>,
        acquire_timeout: Duration,
        awaited: &'static str,
        most_helpers: usize,
        open: Opener<D, A>,
    ) -> Arc<Lanes<D, A>> {
        Arc::new(Lanes {
            queue: Queue::shared(acquire_timeout, awaited, None),
            threads: Arc::clone(threads),
            open,
            most_helpers,
            helpers: AtomicUsize::new(0),
            next_helper: AtomicUsize::new(1),
        })
    }

    /// Starts a thread, which opens its connection when it takes its first request.
    ///
    /// # Errors
    /// Where the system gives no further thread.
    pub(crate) fn start(self: &Arc<Self>, name: Name) -> Result<()> {
        self.spawn(name, false)
    }

    /// Queues a request.
    pub(crate) fn push(self: &Arc<Self>, request: Request) -> Pushed {
        let pushed = self.queue.push(request);
        if pushed == Pushed::Stalled {
            self.help();
        }
        pushed
    }

    /// Starts a helper.
    fn help(self: &Arc<Self>) {
        if self.helpers.fetch_add(1, Ordering::Relaxed) >= self.most_helpers {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let name = name_of(&format!("helper {}", self.next_helper.fetch_add(1, Ordering::Relaxed)));
        // Where no thread can be started the request waits, as it would without help.
        if self.spawn(name, true).is_err() {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn spawn(self: &Arc<Self>, name: Name, helps_out: bool) -> Result<()> {
        let (lanes, named) = (Arc::clone(self), Arc::clone(&name));
        self.threads.spawn(&name, move || {
            // A panic of the library's own past the catch around a request ends the thread:
            // another one takes its place.
            let is_lost = caught(|| lanes.serve(&named, helps_out)).is_err() && !lanes.threads.are_closing();
            if is_lost && lanes.spawn(named, helps_out).is_ok() {
                return;
            }
            if helps_out {
                lanes.helpers.fetch_sub(1, Ordering::Relaxed);
            }
        })
    }

    fn serve(self: &Arc<Self>, name: &Name, helps_out: bool) {
        let mut thread = ConnectionThread::new(name, &self.open);
        let slot = Slot::take(&self.queue, name);
        let stalls: Arc<dyn Stalls> = Arc::new(HelpWanted { lanes: Arc::downgrade(self), slot: slot.number() });
        thread.serve(&slot, helps_out, Some(&stalls));
    }
}

/// Starts a helper where the last thread that was not waiting begins to wait for a task.
struct HelpWanted<D, A> {
    lanes: Weak<Lanes<D, A>>,
    slot: usize,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Stalls for HelpWanted<D, A> {
    fn stalled(&self, stalled: bool) {
        let Some(lanes) = self.lanes.upgrade() else { return };
        if lanes.queue.stall(self.slot, stalled) {
            lanes.help();
        }
    }
}
