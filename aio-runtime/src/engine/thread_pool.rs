//! A pool of threads that share one queue: each takes the next request when it is idle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::admission::Admission;
use super::backend::Settings;
use super::driver::Driver;
use super::job::StallObserver;
use super::name::{Name, name_of};
use super::queue::{Pushed, Queue, Slot};
use super::request::Request;
use super::thread::{ConnectionThread, Opener, WhenIdle};
use super::threads::Threads;
use crate::caught::caught;
use crate::error::Result;

/// The threads of a shared queue. When each of them waits for a task that reads a stream slowly,
/// helper threads are started. These end when they have no work.
pub(crate) struct ThreadPool<D, A> {
    pub(crate) queue: Arc<Queue>,
    threads: Arc<Threads>,
    open: Opener<D, A>,
    /// The time without a request after which a thread closes its connection; `None` to keep it.
    idle_timeout: Option<Duration>,
    max_helpers: usize,
    helpers: AtomicUsize,
    next_helper: AtomicUsize,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> ThreadPool<D, A> {
    /// Creates a queue without threads. A request waits at most the `acquire_timeout` of the
    /// settings for a thread; the timeout error uses `resource` as the name of what the request
    /// waited for.
    pub(crate) fn new(
        threads: &Arc<Threads>,
        settings: &Settings,
        resource: &'static str,
        max_helpers: usize,
        open: Opener<D, A>,
    ) -> Arc<ThreadPool<D, A>> {
        Arc::new(ThreadPool {
            queue: Queue::shared(settings.acquire_timeout, resource, None),
            threads: Arc::clone(threads),
            open,
            idle_timeout: settings.idle_timeout,
            max_helpers,
            helpers: AtomicUsize::new(0),
            next_helper: AtomicUsize::new(1),
        })
    }

    /// Starts a thread, which opens its connection when it takes its first request.
    ///
    /// # Errors
    /// Fails if the system cannot start a thread.
    pub(crate) fn start(self: &Arc<Self>, name: Name) -> Result<()> {
        self.spawn(name, false)
    }

    /// Queues a request. Starts a helper thread if all threads wait for tasks that read slowly.
    pub(crate) fn push(self: &Arc<Self>, request: Request) -> Pushed {
        let pushed = self.queue.push(request);
        if pushed == Pushed::Stalled {
            self.start_helper();
        }
        pushed
    }

    /// Starts a helper thread, unless the maximum is running.
    fn start_helper(self: &Arc<Self>) {
        if self.helpers.fetch_add(1, Ordering::Relaxed) >= self.max_helpers {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let name = name_of(&format!("helper {}", self.next_helper.fetch_add(1, Ordering::Relaxed)));
        // If no thread can be started, the queued requests wait for one of the others.
        if self.spawn(name, true).is_err() {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn spawn(self: &Arc<Self>, name: Name, is_helper: bool) -> Result<()> {
        let (pool, named) = (Arc::clone(self), Arc::clone(&name));
        self.threads.spawn(&name, move || {
            // A panic of the library itself, outside the catch around a request, ends the thread:
            // start another one in its place.
            let is_lost = caught(|| pool.serve(&named, is_helper)).is_err() && !pool.threads.are_closing();
            if is_lost && pool.spawn(named, is_helper).is_ok() {
                return;
            }
            if is_helper {
                pool.helpers.fetch_sub(1, Ordering::Relaxed);
            }
        })
    }

    fn serve(self: &Arc<Self>, name: &Name, is_helper: bool) {
        let mut thread = ConnectionThread::new(name, &self.open);
        let slot = Slot::register(&self.queue, name);
        let stall_observer: Arc<dyn StallObserver> =
            Arc::new(HelperStarter { pool: Arc::downgrade(self), slot: slot.number() });
        let when_idle = match self.idle_timeout {
            _ if is_helper => WhenIdle::End,
            Some(idle_timeout) => WhenIdle::Close(idle_timeout),
            None => WhenIdle::Stay,
        };
        thread.serve(&slot, when_idle, Some(&stall_observer));
    }
}

/// Starts a helper when requests are queued and the last thread that did not yet wait for a slow
/// reader begins to wait for one.
struct HelperStarter<D, A> {
    pool: Weak<ThreadPool<D, A>>,
    slot: usize,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> StallObserver for HelperStarter<D, A> {
    fn set_stalled(&self, stalled: bool) {
        let Some(pool) = self.pool.upgrade() else { return };
        if pool.queue.stall(self.slot, stalled) {
            pool.start_helper();
        }
    }
}
