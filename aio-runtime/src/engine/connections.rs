//! Explicit connections: each has its own thread and queue, and the settings limit their number.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};

use super::admission::Admission;
use super::backend::{ConnectionQueue, OpeningConnection, Settings};
use super::driver::Driver;
use super::errors::closed;
use super::name::{Name, name_of};
use super::parked::{Assignment, ParkedThread, ParkingLot, ServedQueue};
use super::queue::{Queue, Slot};
use super::sync::{Arc, Mutex, Weak, lock};
use super::thread::{ConnectionThread, Opener, WhenIdle};
use super::threads::Threads;
use super::timer;
use super::waking::shielded;
use crate::error::{Error, ErrorKind, Result};

/// The explicit connections of a database.
pub(crate) struct Connections<D, A> {
    threads: Arc<Threads>,
    open: Opener<D, A>,
    settings: Settings,
    /// A semaphore with one permit for each explicit connection that may still be opened.
    permits: Arc<Semaphore>,
    in_use: Mutex<Vec<InUse>>,
    parking_lot: ParkingLot,
    next: AtomicU64,
}

/// An explicit connection in use.
struct InUse {
    queue: Weak<Queue>,
    name: Name,
    since: Instant,
}

impl<D: Driver + 'static, A: Admission<D> + 'static> Connections<D, A> {
    pub(crate) fn new(threads: &Arc<Threads>, settings: &Settings, open: Opener<D, A>) -> Arc<Connections<D, A>> {
        Arc::new(Connections {
            threads: Arc::clone(threads),
            open,
            settings: settings.clone(),
            permits: Arc::new(Semaphore::new(settings.connections as usize)),
            in_use: Mutex::default(),
            parking_lot: ParkingLot::default(),
            next: AtomicU64::new(1),
        })
    }

    /// Begins to open a connection, on a thread that waits since its last connection was returned,
    /// or on a new thread.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Timeout`] if the maximum number of connections stays in use for the
    /// acquire timeout, and [`ErrorKind::Closed`] if the database is closing.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<OpeningConnection> {
        shielded(self.connect_unshielded()).await
    }

    async fn connect_unshielded(self: &Arc<Self>) -> Result<OpeningConnection> {
        let until = timer::after(Instant::now(), self.settings.acquire_timeout);
        let permit = timer::timeout_at(until, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.ok_or_else(|| self.all_in_use())?.map_err(|_| closed())?;
        let queue = Queue::of_one_connection();
        let connection = ConnectionQueue { queue: Arc::clone(&queue) };
        let (ready, opened) = oneshot::channel();
        let parked = self.parking_lot.take();
        let next_name = || name_of(&format!("connection {}", self.next.fetch_add(1, Ordering::Relaxed)));
        let name = parked.as_ref().map_or_else(next_name, ParkedThread::name);
        {
            let mut in_use = lock(&self.in_use);
            if self.threads.are_closing() {
                return Err(closed());
            }
            in_use.retain(|connection| connection.queue.strong_count() > 0);
            in_use.push(InUse { queue: Arc::downgrade(&queue), name: Arc::clone(&name), since: Instant::now() });
        }
        let assignment = Assignment { queue: ServedQueue(queue), ready, permit };
        match parked {
            Some(parked) => parked.assign(assignment),
            None => {
                let (connections, named) = (Arc::clone(self), Arc::clone(&name));
                self.threads.spawn(&name, move || connections.serve(&named, assignment))?;
            }
        }
        Ok(OpeningConnection { connection, opened })
    }

    /// Runs on the connection's thread, and serves the queues of explicit connections one after
    /// another.
    fn serve(&self, name: &Name, assignment: Assignment) {
        let mut thread = ConnectionThread::new(name, &self.open);
        let mut next = Some(assignment);
        while let Some(Assignment { queue, ready, permit }) = next {
            let opened = thread.worker().map(drop);
            let failed = opened.is_err();
            // Sending fails if the future of `connect` was dropped. The future held the only
            // handle of the queue, whose drop closed the queue, so serving the queue ends at once.
            let _ = ready.send(opened);
            if failed {
                return;
            }
            thread.serve(&Slot::register(&queue.0, name), WhenIdle::Stay, None);
            drop(queue);
            let is_pristine = thread.is_pristine();
            next = if is_pristine { self.parking_lot.wait(name, permit, || self.threads.are_closing()) } else { None };
        }
    }

    /// Refuses new connections, refuses requests outside of open transactions, and ends the
    /// threads that wait for the next connection.
    pub(super) fn begin_closing(&self) {
        self.permits.close();
        self.each_queue(Queue::accept_transactions_only);
        self.parking_lot.clear();
    }

    /// Refuses all further requests of the connections in use, and ends their running reads.
    /// Requests that are already queued still run; then the open transactions are rolled back.
    pub(super) fn end_all(&self) {
        self.each_queue(|queue| {
            queue.close();
            queue.end_reads();
        });
    }

    fn each_queue(&self, act: impl Fn(&Queue)) {
        for connection in lock(&self.in_use).iter() {
            if let Some(queue) = connection.queue.upgrade() {
                act(&queue);
            }
        }
    }

    fn all_in_use(&self) -> Error {
        let in_use = lock(&self.in_use);
        let in_use = in_use.iter().filter(|connection| connection.queue.strong_count() > 0);
        let longest = in_use.min_by_key(|connection| connection.since).map_or_else(String::new, |connection| {
            format!(", the longest, `{}`, for {:.1?}", connection.name, connection.since.elapsed())
        });
        let Settings { acquire_timeout, connections, .. } = self.settings;
        let message = format!(
            "waited {acquire_timeout:.1?} for a connection: all {connections} that `max_connections` allows are in use{longest}"
        );
        Error::new(ErrorKind::Timeout, message)
    }
}
