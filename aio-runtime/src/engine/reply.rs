//! The hand-over from a connection's thread to the task: batches of rows, then how it ended.
//!
//! One lock, held for a few instructions. The task gives read batches back, so that a long result uses a few buffers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::driver::{Outcome, Rows};
use crate::error::{Error, ErrorKind, Result};
use crate::row_batch::{FIRST_BYTES, RowBatch, TARGET_BYTES};

/// How many full batches a stream keeps for a task that does not read them.
const IN_FLIGHT: usize = 3;

/// The side of the task.
pub(crate) struct Reply {
    shared: Arc<Shared>,
}

/// The side of the thread.
pub(crate) struct Responder {
    shared: Arc<Shared>,
    batch: RowBatch,
    rows_left: u64,
    flow: Flow,
    names: bool,
    sent: bool,
}

struct Shared {
    state: Mutex<State>,
    room: Condvar,
    cancelled: AtomicBool,
}

#[derive(Default)]
struct State {
    names: Option<Arc<[String]>>,
    batches: VecDeque<RowBatch>,
    spare: Vec<RowBatch>,
    end: Option<Result<Outcome>>,
    waker: Option<Waker>,
    /// Someone else waits for the connection, so that the thread must not wait for the task.
    pressed: bool,
}

/// Whether the thread waits for a task that reads slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// All rows are collected anyway.
    Collected,
    /// A few batches are in flight, until something else waits for the connection.
    Streamed,
}

/// What the task gets.
pub(crate) enum Part {
    Rows(RowBatch),
    End(Outcome),
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reply {
    /// Both sides of the answer to one request.
    pub(crate) fn new(flow: Flow, rows: u64, names: bool) -> (Reply, Responder) {
        let shared =
            Arc::new(Shared { state: Mutex::default(), room: Condvar::new(), cancelled: AtomicBool::new(false) });
        let responder = Responder {
            shared: Arc::clone(&shared),
            batch: RowBatch::default(),
            rows_left: rows,
            flow,
            names,
            sent: false,
        };
        (Reply { shared }, responder)
    }

    /// The next batch, or how the request ended.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        let mut state = lock(&self.shared.state);
        if let Some(batch) = state.batches.pop_front() {
            drop(state);
            self.shared.room.notify_one();
            return Poll::Ready(Ok(Part::Rows(batch)));
        }
        match state.end.take() {
            Some(end) => Poll::Ready(end.map(Part::End)),
            None => {
                match &mut state.waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    none => *none = Some(context.waker().clone()),
                }
                Poll::Pending
            }
        }
    }

    /// The names of the columns; there before the first batch if they were asked for.
    pub(crate) fn names(&self) -> Option<Arc<[String]>> {
        lock(&self.shared.state).names.clone()
    }

    /// Gives a batch back that has been read.
    pub(crate) fn recycle(&self, mut batch: RowBatch) {
        batch.clear();
        let mut state = lock(&self.shared.state);
        if state.spare.len() < IN_FLIGHT {
            state.spare.push(batch);
        }
    }

    /// Nobody waits for the answer any more: what has not begun never begins.
    pub(crate) fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Release);
        // The lock is taken so that a thread about to wait for room does not miss the call.
        drop(lock(&self.shared.state));
        self.shared.room.notify_all();
    }
}

impl Responder {
    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.shared.cancelled.load(Ordering::Acquire)
    }

    /// Collects rows without waiting for the task: for a statement that writes, whose lock must not depend on the task.
    pub(crate) fn collect(&mut self) {
        self.flow = Flow::Collected;
    }

    /// A handle that tells the thread not to wait for the task.
    pub(crate) fn pressure(&self) -> Pressure {
        Pressure(Arc::clone(&self.shared))
    }

    /// Ends the answer.
    pub(crate) fn finish(mut self, end: Result<Outcome>) {
        self.end(end);
    }

    fn end(&mut self, end: Result<Outcome>) {
        let batch = std::mem::take(&mut self.batch);
        let mut state = lock(&self.shared.state);
        if state.end.is_some() {
            return;
        }
        if !batch.is_empty() || batch.rows() > 0 {
            state.batches.push_back(batch);
        }
        state.end = Some(end);
        self.sent = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Sends the batch that is full; waits until there is room for the next.
    fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let mut state = lock(&self.shared.state);
        state.batches.push_back(batch);
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
            state = lock(&self.shared.state);
        }
        while self.flow == Flow::Streamed
            && state.batches.len() >= IN_FLIGHT
            && !state.pressed
            && !self.shared.cancelled.load(Ordering::Acquire)
        {
            state = self.shared.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.batch = state.spare.pop().unwrap_or_default();
        drop(state);
        self.batch.reserve_target();
        self.sent = true;
    }
}

impl Rows for Responder {
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>) {
        if self.names {
            self.names = false;
            lock(&self.shared.state).names = Some(names.map(str::to_owned).collect());
        }
    }

    fn batch(&mut self) -> &mut RowBatch {
        &mut self.batch
    }

    fn end_row(&mut self) -> bool {
        self.batch.end_row();
        self.rows_left = self.rows_left.saturating_sub(1);
        if self.rows_left == 0 {
            return false;
        }
        if self.batch.len() >= if self.sent { TARGET_BYTES } else { FIRST_BYTES } {
            self.send();
        }
        !self.is_cancelled()
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.end(Err(Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered")));
    }
}

/// Tells a thread that streams rows that something else waits for its connection.
pub(crate) struct Pressure(Arc<Shared>);

impl Pressure {
    pub(crate) fn press(&self) {
        lock(&self.0.state).pressed = true;
        self.0.room.notify_all();
    }
}
