//! Explicit connections: each has a thread and a queue of its own, and there are only as many at a
//! time as the settings allow.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};

use super::admission::Admission;
use super::backend::{Link, Settings};
use super::driver::Driver;
use super::errors::{closed, thread_died};
use super::name::{Name, name_of};
use super::parked::{Assignment, OwnQueue, ParkedThread, Parking};
use super::queue::{Queue, Slot};
use super::sync::{Arc, Mutex, Weak, lock};
use super::thread::{ConnectionThread, Opener};
use super::threads::Threads;
use super::timer;
use super::waking::shielded;
use crate::error::{Error, ErrorKind, Result};

/// The explicit connections of a database.
pub(crate) struct Connections<D, A> {
    threads: Arc<Threads>,
    open: Opener<D, A>,
    settings: Settings,
    /// Has a permit for each further connection that the settings allow.
    permits: Arc<Semaphore>,
    in_use: Mutex<Vec<InUse>>,
    parking: Parking,
    next: AtomicU64,
}

/// An explicit connection that is in use.
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
            parking: Parking::default(),
            next: AtomicU64::new(1),
        })
    }

    /// Opens a connection, on a parked thread or a new one.
    ///
    /// # Errors
    /// [`ErrorKind::Timeout`] where as many are in use as the settings allow and none is given
    /// back in time; [`ErrorKind::Closed`] where the database closes; those of opening.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<Link> {
        shielded(self.connect_woken_safely()).await
    }

    async fn connect_woken_safely(self: &Arc<Self>) -> Result<Link> {
        let until = timer::after(Instant::now(), self.settings.acquire_timeout);
        let permit = timer::within(until, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.ok_or_else(|| self.all_in_use())?.map_err(|_| closed())?;
        let queue = Queue::of_one_connection();
        let link = Link { queue: Arc::clone(&queue) };
        let (ready, opened) = oneshot::channel();
        let parked = self.parking.take();
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
        let assignment = Assignment { queue: OwnQueue(queue), ready, permit };
        match parked {
            Some(parked) => parked.assign(assignment),
            None => {
                let (connections, named) = (Arc::clone(self), Arc::clone(&name));
                self.threads.spawn(&name, move || connections.serve(&named, assignment))?;
            }
        }
        opened.await.map_err(|_| if self.threads.are_closing() { closed() } else { thread_died() })??;
        Ok(link)
    }

    /// The body of a thread: serves one connection after the other.
    fn serve(&self, name: &Name, assignment: Assignment) {
        let mut thread = ConnectionThread::new(name, &self.open);
        let mut next = Some(assignment);
        while let Some(Assignment { queue, ready, permit }) = next {
            let opened = thread.worker().map(drop);
            let failed = opened.is_err();
            // Where nobody waits for the connection any more its queue is closed.
            let _ = ready.send(opened);
            if failed {
                return;
            }
            thread.serve(&Slot::take(&queue.0, name), false, None);
            drop(queue);
            let is_as_new = thread.is_as_new();
            next = if is_as_new { self.parking.wait(name, permit, || self.threads.are_closing()) } else { None };
        }
    }

    /// Refuses further connections, and what is not part of an open transaction.
    pub(super) fn begin_to_close(&self) {
        self.permits.close();
        self.each_queue(Queue::close_for_others);
        self.parking.clear();
    }

    /// Ends what is open.
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
