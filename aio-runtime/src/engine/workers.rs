//! All threads of a database that own connections: the thread pool and the explicit connections.

use std::time::{Duration, Instant};

use super::admission::Admission;
use super::backend::Settings;
use super::connections::Connections;
use super::driver::Driver;
use super::sync::Arc;
use super::thread::Opener;
use super::thread_pool::ThreadPool;
use super::threads::Threads;
use super::timer::{self, Alarm};

/// After the close timeout, reads and transactions that are still open are ended again and again
/// at this interval, because some may have begun since the last time.
const END_INTERVAL: Duration = Duration::from_millis(50);

/// The threads of a database, with their connections.
///
/// A database has one `Workers`, and may start further threads through
/// [`threads`](Workers::threads).
pub(crate) struct Workers<D, A> {
    pub(crate) threads: Arc<Threads>,
    pub(crate) thread_pool: Arc<ThreadPool<D, A>>,
    pub(crate) connections: Arc<Connections<D, A>>,
    close_timeout: Duration,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Workers<D, A> {
    /// Creates the thread pool and the set of explicit connections, without starting a thread.
    ///
    /// `open_pooled` opens a connection of a thread of the pool, and `open_explicit` opens an
    /// explicit connection. The pool has at most `max_helpers` helper threads. `resource` is the
    /// name of what a request to the pool waits for, such as "a connection", for the timeout
    /// error. `on_remaining` is called as [`Threads::new`] describes.
    pub(crate) fn new(
        settings: &Settings,
        resource: &'static str,
        max_helpers: usize,
        open_pooled: Opener<D, A>,
        open_explicit: Opener<D, A>,
        on_remaining: impl Fn(usize) + Send + Sync + 'static,
    ) -> Arc<Workers<D, A>> {
        let threads = Threads::new(on_remaining);
        let thread_pool = ThreadPool::new(&threads, settings, resource, max_helpers, open_pooled);
        let connections = Connections::new(&threads, settings, open_explicit);
        Arc::new(Workers { threads, thread_pool, connections, close_timeout: settings.close_timeout })
    }

    /// Returns whether closing has begun.
    pub(crate) fn are_closing(&self) -> bool {
        self.threads.are_closing()
    }

    /// Refuses new requests, except in open transactions, and lets the queued ones run. After the
    /// close timeout, open transactions are rolled back, and reads that are running or queued
    /// fail. Returns `false` if closing had already begun.
    pub(crate) fn begin_closing(self: &Arc<Self>) -> bool {
        if !self.threads.begin_closing() {
            return false;
        }
        self.thread_pool.queue.close();
        self.connections.begin_closing();
        let alarm: Arc<dyn Alarm> = Arc::clone(self) as _;
        timer::ring_at(timer::after(Instant::now(), self.close_timeout), Arc::downgrade(&alarm));
        self.threads.report_remaining();
        true
    }

    /// Waits until closing has begun and every thread has ended.
    pub(crate) async fn wait_for_end(&self) {
        self.threads.wait_for_end().await;
    }
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Alarm for Workers<D, A> {
    /// Ends the reads and transactions that are still open. Returns when to do this again, or
    /// `None` if every thread has ended.
    fn ring(&self, now: Instant) -> Option<Instant> {
        self.thread_pool.queue.fail_queued();
        self.thread_pool.queue.end_reads();
        self.connections.end_all();
        // A request that was queued behind an ended request may begin only now, so check again.
        (!self.threads.have_ended()).then_some(now + END_INTERVAL)
    }
}
