//! The hand-over of one request between its task and a connection's thread: batches of rows, then
//! how it ended.
//!
//! One allocation and one lock, held for a few instructions. Whoever stops a request does so under
//! the lock that also ends it, so that a stop never hits the next request of the connection.

mod reply;
mod responder;

use std::collections::VecDeque;
use std::time::Duration;

use super::sync::{Arc, AtomicBool, Condvar, Instant, Mutex, Ordering, lock};
use super::timer::Alarm;
use super::waking::TaskWaker;
use super::{Stopper, Turn, errors};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::row_batch::{RowBatch, TARGET_BYTES};

pub(crate) use reply::Reply;
pub(crate) use responder::Responder;

/// Who is told that a thread waits for a task that reads slowly.
pub(crate) trait Stalls: Send + Sync {
    /// Called when the thread begins to wait, and when it goes on.
    fn stalled(&self, stalled: bool);
}

/// What both sides share.
pub(crate) struct Job {
    state: Mutex<State>,
    /// Wakes the thread where it waits until the task has read.
    has_room: Condvar,
    /// Whether a part of the answer is there, for a task that spins without the lock.
    has_part: AtomicBool,
    /// Whether the thread has ended the answer, and comes back for the next request soon.
    has_ended: AtomicBool,
    /// How long the request may take, for the error that says so.
    timeout: Option<Duration>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    stop: Option<Stop>,
    /// What the task has not taken yet.
    parts: VecDeque<Part>,
    /// The number of bytes of its rows.
    unread_bytes: usize,
    /// Batches that were read, for the thread to fill again.
    spare: Vec<RowBatch>,
    end: Option<Result<Outcome>>,
    waker: Option<TaskWaker>,
    /// Whether the thread waits for the task to read.
    is_full: bool,
    /// Whether somebody else waits for the connection, so that the thread must not wait for the
    /// task.
    is_unblocked: bool,
}

impl State {
    /// Returns whether there are at least so many batches that the task has not taken, or a few
    /// with large values.
    fn has_unread(&self, batches: usize) -> bool {
        self.parts.len() >= batches || self.unread_bytes >= 2 * batches * TARGET_BYTES
    }
}

/// How far a request has come.
#[derive(Default)]
enum Phase {
    #[default]
    Queued,
    /// Its thread waits for its turn.
    Waiting(Arc<dyn Turn>),
    Running {
        stopper: Arc<Stopper>,
        reads: bool,
    },
    /// It has been executed, or its COMMIT has begun: it cannot be stopped any more.
    Unstoppable,
    Ended,
}

/// Why a request is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its future was dropped.
    Cancelled,
    /// Its time is up.
    TimedOut,
}

/// Whether the thread waits for a task that reads slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// All rows are collected anyway.
    Collected,
    /// A few batches are in flight.
    Streamed,
}

/// Whether the names of the result's columns are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    /// They are; what is read of the columns by their names is this.
    Wanted(&'static Expected),
    Known,
}

/// What the task gets.
#[derive(Debug)]
pub(crate) enum Part {
    /// The names of the columns, before the first row.
    Columns(Arc<[String]>),
    Rows(RowBatch),
    /// One statement of several has ended, and the next follows.
    Step(Outcome),
    End(Outcome),
}

impl Job {
    /// Stops the request. An `error` is its answer, unless a write is under way, which answers
    /// with what became of it.
    fn stop(&self, why: Stop, error: Option<Error>) {
        let mut state = lock(&self.state);
        let mut turn = None;
        match &state.phase {
            Phase::Unstoppable | Phase::Ended => return,
            Phase::Queued => {}
            Phase::Waiting(at) => turn = Some(Arc::clone(at)),
            Phase::Running { stopper, reads } => {
                // A write whose future is dropped goes on to its end; its deadline stops it.
                if *reads || why == Stop::TimedOut {
                    stopper.stop();
                }
                if !reads {
                    state.stop.get_or_insert(why);
                    drop(state);
                    // Its thread may wait for a task that reads its rows slowly.
                    self.has_room.notify_all();
                    return;
                }
            }
        }
        state.stop.get_or_insert(why);
        state.spare.clear();
        let mut waker = None;
        if let Some(error) = error {
            state.phase = Phase::Ended;
            state.end = Some(Err(error));
            self.has_part.store(true, Ordering::Release);
            waker = state.waker.take();
        }
        drop(state);
        self.has_room.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(turn) = turn {
            turn.wake_all();
        }
    }

    /// Returns whether the thread has ended the answer, and comes back for the next request soon.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Tells the thread not to wait for a task that reads slowly: something else waits for the
    /// connection.
    pub(crate) fn unblock(&self) {
        lock(&self.state).is_unblocked = true;
        self.has_room.notify_all();
    }

    /// Ends a read under way with an error.
    pub(crate) fn end_read(&self, error: Error) {
        let reads = matches!(lock(&self.state).phase, Phase::Running { reads: true, .. });
        if reads {
            self.stop(Stop::TimedOut, Some(error));
        } else {
            self.unblock();
        }
    }

    fn too_late(&self) -> Error {
        errors::too_late(self.timeout.unwrap_or_default())
    }
}

impl Alarm for Job {
    fn ring(&self, _: Instant) -> Option<Instant> {
        self.stop(Stop::TimedOut, Some(self.too_late()));
        None
    }
}
