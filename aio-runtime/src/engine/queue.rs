//! The queue in front of one or more connection threads.
//!
//! It is bounded by permits: a request waits for its place asynchronously, in the order of arrival. What ends a
//! transaction needs no place, so that a drop never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::reply::Pressure;
use super::request::Request;
use crate::error::{Error, ErrorKind};

/// How many requests may wait for one queue.
const PLACES: usize = 1024;

pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    pub(crate) places: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    closed: bool,
    /// Threads that serve the queue and have nothing to do.
    idle: usize,
    /// The answers that threads stream at the moment.
    streaming: Vec<(u64, Pressure)>,
    next_stream: u64,
}

impl Queue {
    pub(crate) fn new() -> Arc<Queue> {
        Arc::new(Queue { state: Mutex::default(), arrived: Condvar::new(), places: Arc::new(Semaphore::new(PLACES)) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a request at the end.
    pub(crate) fn push(&self, request: Request) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return request.responder.finish(Err(closed()));
        }
        state.requests.push_back(request);
        if state.idle == 0 {
            for (_, pressure) in state.streaming.drain(..) {
                pressure.press();
            }
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Takes the next request; waits for one. `None` when the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<Request> {
        let mut state = self.lock();
        loop {
            if let Some(mut request) = state.requests.pop_front() {
                request.place = None;
                return Some(request);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// Says that a thread begins to stream an answer; others who wait then make it stop waiting for its reader.
    pub(crate) fn begin_stream(&self, pressure: Pressure) -> u64 {
        let mut state = self.lock();
        state.next_stream += 1;
        let number = state.next_stream;
        if state.closed || state.idle == 0 && !state.requests.is_empty() {
            pressure.press();
        } else {
            state.streaming.push((number, pressure));
        }
        number
    }

    /// Says that a thread has streamed its answer.
    pub(crate) fn end_stream(&self, number: u64) {
        self.lock().streaming.retain(|(streaming, _)| *streaming != number);
    }

    /// Refuses new requests; those that wait still run.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        // Whoever closes waits for the thread, which must not wait for somebody who does not read.
        for (_, pressure) in state.streaming.drain(..) {
            pressure.press();
        }
        drop(state);
        self.arrived.notify_all();
        self.places.close();
    }

    /// Refuses new requests, and fails those that wait: nobody is left to run them.
    pub(crate) fn abandon(&self) {
        self.close();
        let requests = std::mem::take(&mut self.lock().requests);
        drop(requests);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }
}

/// The answer to a request outside of the transaction that is open.
pub(crate) fn in_transaction() -> Error {
    Error::new(
        ErrorKind::InTransaction,
        "a transaction is open on the connection: use the transaction until it has ended",
    )
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database or connection is closed")
}
