//! The work of a connection's thread, from start to end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::admission::Admission;
use super::driver::Driver;
use super::job::StallObserver;
use super::name::Name;
use super::pipelining::Pipelining;
use super::queue::{Next, Slot};
use super::worker::{Worker, panicked};
use crate::caught::caught;
use crate::error::Result;

/// Opens a connection on the thread that will own it; the argument is the thread's name.
pub(crate) type Opener<D, A> = Arc<dyn Fn(&Name) -> Result<Worker<D, A>> + Send + Sync>;

/// The time after which a helper thread without work ends.
const HELPER_IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a thread does when it has had no work for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenIdle {
    /// It keeps its connection.
    Stay,
    /// It closes its connection after this time, and opens one again for the next request.
    Close(Duration),
    /// It ends, because it is a helper.
    End,
}

/// The connection of a thread. It is opened when first needed, and replaced when it is no longer
/// usable.
pub(crate) struct ConnectionThread<D, A> {
    name: Name,
    open: Opener<D, A>,
    worker: Option<Worker<D, A>>,
}

impl<D: Driver, A: Admission<D>> ConnectionThread<D, A> {
    pub(crate) fn new(name: &Name, open: &Opener<D, A>) -> ConnectionThread<D, A> {
        ConnectionThread { name: Arc::clone(name), open: Arc::clone(open), worker: None }
    }

    /// Returns the worker of the connection, after opening or replacing the connection if
    /// necessary.
    ///
    /// # Errors
    /// Fails if no connection can be opened.
    pub(crate) fn worker(&mut self) -> Result<&mut Worker<D, A>> {
        self.worker.take_if(|worker| worker.must_be_replaced() || worker.is_lost());
        match &mut self.worker {
            Some(worker) => Ok(worker),
            none => {
                let opened = caught(|| (self.open)(&self.name)).unwrap_or_else(|panic| Err(panicked(panic)))?;
                Ok(none.insert(opened))
            }
        }
    }

    /// Answers requests until the queue is closed or, on a helper thread, until there has been no
    /// work for a while. Then rolls back an open transaction.
    pub(crate) fn serve(&mut self, slot: &Slot, when_idle: WhenIdle, stall_observer: Option<&Arc<dyn StallObserver>>) {
        loop {
            self.worker.take_if(Worker::must_be_replaced);
            let in_transaction = self.worker.as_ref().is_some_and(Worker::in_transaction);
            let patience = match when_idle {
                WhenIdle::Close(patience) if self.worker.is_some() => Some(patience),
                WhenIdle::Close(_) | WhenIdle::Stay => None,
                WhenIdle::End => Some(HELPER_IDLE_TIMEOUT),
            };
            let pipelining = self.worker.as_ref().map_or(Pipelining::Off, |worker| worker.driver.pipelining());
            let request = match slot.next(patience, in_transaction, pipelining) {
                Next::Request(request) => request,
                Next::Idle if when_idle != WhenIdle::End => {
                    self.worker = None;
                    continue;
                }
                Next::Idle if !slot.leave() => continue,
                Next::Idle | Next::Closed => break,
            };
            match self.worker() {
                Ok(worker) => {
                    worker.stall_observer = stall_observer.cloned();
                    worker.driver.set_may_spin(slot.is_alone() && request.waits_for_disk());
                    if pipelining == Pipelining::Off || !request.can_be_pipelined() {
                        worker.answer(request);
                        continue;
                    }
                    let mut requests = VecDeque::from([request]);
                    slot.take_share(&mut requests);
                    let rest = worker.answer_pipeline(requests);
                    slot.put_back(rest);
                }
                Err(error) => request.responder.finish(Err(error)),
            }
        }
        self.stop();
    }

    /// Rolls back an open transaction. Returns the worker, or `None` if no connection is open.
    pub(crate) fn stop(&mut self) -> Option<&mut Worker<D, A>> {
        let worker = self.worker.as_mut()?;
        worker.stop();
        Some(worker)
    }

    /// Returns whether there is a connection that is as if it had just been opened. Drops the
    /// connection if it is not.
    pub(crate) fn is_pristine(&mut self) -> bool {
        self.worker.take_if(|worker| !worker.is_pristine());
        self.worker.is_some()
    }
}
