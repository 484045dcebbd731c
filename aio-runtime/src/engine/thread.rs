//! What a connection's thread does from its start to its end.

use std::sync::Arc;

use super::admission::Admission;
use super::driver::Driver;
use super::job::Stalls;
use super::name::Name;
use super::queue::{Next, Slot};
use super::worker::{Worker, panicked};
use crate::caught::caught;
use crate::error::Result;

/// Opens a connection on the thread that will own it, whose name it is given.
pub(crate) type Opener<D, A> = Arc<dyn Fn(&Name) -> Result<Worker<D, A>> + Send + Sync>;

/// The connection of a thread, opened when it is needed, and replaced where it cannot be used any
/// more.
pub(crate) struct ConnectionThread<D, A> {
    name: Name,
    open: Opener<D, A>,
    worker: Option<Worker<D, A>>,
}

impl<D: Driver, A: Admission<D>> ConnectionThread<D, A> {
    pub(crate) fn new(name: &Name, open: &Opener<D, A>) -> ConnectionThread<D, A> {
        ConnectionThread { name: Arc::clone(name), open: Arc::clone(open), worker: None }
    }

    /// Returns the worker of the connection, of a new one where there is none that can be used.
    ///
    /// # Errors
    /// Where no connection can be opened.
    pub(crate) fn worker(&mut self) -> Result<&mut Worker<D, A>> {
        self.worker.take_if(Worker::must_be_replaced);
        match &mut self.worker {
            Some(worker) => Ok(worker),
            none => {
                let opened = caught(|| (self.open)(&self.name)).unwrap_or_else(|panic| Err(panicked(panic)))?;
                Ok(none.insert(opened))
            }
        }
    }

    /// Answers requests until the queue is closed, or until there is nothing to do for a thread
    /// that only `helps_out`; then rolls back what is open.
    pub(crate) fn serve(&mut self, slot: &Slot, helps_out: bool, stalls: Option<&Arc<dyn Stalls>>) {
        loop {
            self.worker.take_if(Worker::must_be_replaced);
            let in_transaction = self.worker.as_ref().is_some_and(Worker::in_transaction);
            let Next::Request(request) = slot.next(helps_out, in_transaction) else { break };
            match self.worker() {
                Ok(worker) => {
                    worker.stalls = stalls.cloned();
                    worker.answer(request);
                }
                Err(error) => request.responder.finish(Err(error)),
            }
        }
        self.stop();
    }

    /// Rolls back what is open, and returns the worker if there is one.
    pub(crate) fn stop(&mut self) -> Option<&mut Worker<D, A>> {
        let worker = self.worker.as_mut()?;
        worker.stop();
        Some(worker)
    }

    /// Returns whether the next user finds the connection as if it had just been opened. One that
    /// is not is dropped.
    pub(crate) fn is_as_new(&mut self) -> bool {
        self.worker.take_if(|worker| !worker.is_as_new());
        self.worker.is_some()
    }
}
