//! The connections of a database and how they end: those that share a queue, and the explicit ones.

use std::time::{Duration, Instant};

use super::admission::Admission;
use super::connections::Connections;
use super::driver::Driver;
use super::lanes::Lanes;
use super::sync::Arc;
use super::threads::Threads;
use super::timer::{self, Alarm};

/// How often what began in the meantime is ended, after the time for closing is over.
const END_INTERVAL: Duration = Duration::from_millis(50);

/// The threads of a database with their connections.
pub(crate) struct Workers<D, A> {
    pub(crate) threads: Arc<Threads>,
    pub(crate) lanes: Arc<Lanes<D, A>>,
    pub(crate) connections: Arc<Connections<D, A>>,
    pub(crate) close_timeout: Duration,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Workers<D, A> {
    /// Refuses new requests and lets what is queued run; what is open after the time for closing is
    /// ended. Returns `false` where closing has begun before.
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
