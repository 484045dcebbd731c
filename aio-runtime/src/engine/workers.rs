//! The connections of a database and how they end: those that share a queue, and the explicit
//! ones.

use std::time::{Duration, Instant};

use super::admission::Admission;
use super::backend::Settings;
use super::connections::Connections;
use super::driver::Driver;
use super::lanes::Lanes;
use super::sync::Arc;
use super::thread::Opener;
use super::threads::Threads;
use super::timer::{self, Alarm};

/// How often what began in the meantime is ended, after the time for closing is over.
const END_INTERVAL: Duration = Duration::from_millis(50);

/// The threads of a database with their connections.
///
/// A database has one of these, and may start further threads of its own by
/// [`threads`](Workers::threads).
pub(crate) struct Workers<D, A> {
    pub(crate) threads: Arc<Threads>,
    pub(crate) lanes: Arc<Lanes<D, A>>,
    pub(crate) connections: Arc<Connections<D, A>>,
    close_timeout: Duration,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Workers<D, A> {
    /// Prepares the threads and starts none.
    ///
    /// `open_lane` opens the connections that share a queue, which errors call `awaited` and
    /// beside which there may be `most_helpers`; `open_explicit` opens those that somebody has to
    /// himself. `left` is called as [`Threads::new`] says.
    pub(crate) fn new(
        settings: &Settings,
        awaited: &'static str,
        most_helpers: usize,
        open_lane: Opener<D, A>,
        open_explicit: Opener<D, A>,
        left: impl Fn(usize) + Send + Sync + 'static,
    ) -> Arc<Workers<D, A>> {
        let threads = Threads::new(left);
        let lanes = Lanes::new(&threads, settings.acquire_timeout, awaited, most_helpers, open_lane);
        let connections = Connections::new(&threads, settings, open_explicit);
        Arc::new(Workers { threads, lanes, connections, close_timeout: settings.close_timeout })
    }

    /// Returns whether closing has begun.
    pub(crate) fn are_closing(&self) -> bool {
        self.threads.are_closing()
    }

    /// Refuses new requests and lets what is queued run; what is open after the time for closing
    /// is ended. Returns `false` where closing has begun before.
    pub(crate) fn begin_to_close(self: &Arc<Self>) -> bool {
        if !self.threads.begin_to_close() {
            return false;
        }
        self.lanes.queue.close();
        self.connections.begin_to_close();
        let alarm: Arc<dyn Alarm> = Arc::clone(self) as _;
        timer::ring_at(timer::after(Instant::now(), self.close_timeout), Arc::downgrade(&alarm));
        self.threads.tell_left();
        true
    }

    /// Waits until closing has begun and every thread has ended.
    pub(crate) async fn end(&self) {
        self.threads.end().await;
    }
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Alarm for Workers<D, A> {
    /// Ends what was open when closing began.
    fn ring(&self, now: Instant) -> Option<Instant> {
        self.lanes.queue.refuse_all();
        self.lanes.queue.end_reads();
        self.connections.end_all();
        // What was queued behind may begin only now.
        (!self.threads.have_ended()).then_some(now + END_INTERVAL)
    }
}
