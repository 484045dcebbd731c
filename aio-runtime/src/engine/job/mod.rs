//! The exchange of one request between its task and a connection's thread: batches of rows, then
//! the result.
//!
//! An exchange takes one allocation, and one lock that is held for a few instructions. Both the
//! stop and the end of a request take this lock, so a stop never hits the next request of the
//! connection.

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

/// Is notified when a thread blocks on a task that reads slowly.
pub(crate) trait StallObserver: Send + Sync {
    /// Called with `true` when the thread begins to wait for the task, and with `false` when it
    /// continues.
    fn set_stalled(&self, stalled: bool);
}

/// The state that the task's [`Reply`] and the thread's [`Responder`] share.
pub(crate) struct Job {
    state: Mutex<State>,
    /// Wakes the thread, which waits because too many batches are unread, when the task has taken
    /// enough of them or the request is stopped.
    has_room: Condvar,
    /// Whether the task can take a part of the answer. A task that waits without sleeping reads
    /// this flag without the lock.
    has_part: AtomicBool,
    /// Whether the thread has finished the answer and will soon take the next request.
    has_ended: AtomicBool,
    /// The time limit of the request, for the timeout error; `None` if the request has no limit.
    timeout: Option<Duration>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    stop: Option<StopReason>,
    /// The parts of the answer that the task has not taken yet.
    parts: VecDeque<Part>,
    /// The size in bytes of the full batches in `parts`. The last batch of a statement, and rows
    /// that were held back, are not counted, because the thread never waits after them.
    unread_bytes: usize,
    /// Empty batches that the thread can fill again.
    spare: Vec<RowBatch>,
    end: Option<Result<Outcome>>,
    waker: Option<TaskWaker>,
    /// Whether the thread waits because too many batches are unread. When the task has taken
    /// enough batches, it wakes the thread.
    is_full: bool,
    /// Whether the thread must not wait for the task, because another request waits for the
    /// connection, or because closing the database ends what is still open. Then any number of
    /// batches may be unread.
    is_unblocked: bool,
}

impl State {
    /// Returns whether at least `batches` parts wait for the task, or fewer parts with large
    /// batches that are together as large as twice that number of usual ones.
    fn has_unread(&self, batches: usize) -> bool {
        self.parts.len() >= batches || self.unread_bytes >= 2 * batches * TARGET_BYTES
    }
}

/// The progress of a request.
#[derive(Default)]
enum Phase {
    #[default]
    Queued,
    /// The thread waits for a right to run the request, such as SQLite's write lock.
    Waiting(Arc<dyn Turn>),
    Running {
        stopper: Arc<Stopper>,
        reads: bool,
    },
    /// The request can no longer be stopped: it was executed, its COMMIT or rollback has begun, or
    /// a stop would leave a part of its effect.
    Unstoppable,
    Ended,
}

/// Why a request is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    /// The future of the request was dropped.
    Cancelled,
    /// The deadline of the request has passed, or the database is closing and ends a read.
    TimedOut,
}

/// Whether the thread waits when the task reads slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The thread never waits, because the task collects all rows anyway.
    Collected,
    /// The thread waits while the task has many unread batches, so that their number is limited.
    Streamed,
}

/// Whether the task wants the names of the result's columns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    /// The task wants the names. Before a statement that writes runs, the thread also checks that
    /// its columns fit the type of the rows: a struct reads them by name, another type by
    /// position.
    Wanted(&'static Expected),
    /// The task does not want the names: it knows the columns, or ignores the rows.
    Known,
}

impl Names {
    /// Returns the columns that the task will read, or `None` if they need no check.
    pub(crate) fn expected(self) -> Option<&'static Expected> {
        match self {
            Names::Wanted(expected) => Some(expected),
            Names::Known => None,
        }
    }
}

/// A part of the answer, as the task receives it.
#[derive(Debug)]
pub(crate) enum Part {
    /// The names of the columns, before the first row.
    Columns(Arc<[String]>),
    Rows(RowBatch),
    /// The end of one statement of several; the rows of the next one follow.
    Step(Outcome),
    End(Outcome),
}

impl Job {
    /// Stops the request, if it can still be stopped. If an `error` is given, the request is
    /// answered with it, except for a running write, which its thread answers when the write has
    /// ended.
    fn stop(&self, reason: StopReason, error: Option<Error>) {
        let mut state = lock(&self.state);
        let mut turn = None;
        match &state.phase {
            Phase::Unstoppable | Phase::Ended => return,
            Phase::Queued => {}
            Phase::Waiting(at) => turn = Some(Arc::clone(at)),
            Phase::Running { stopper, reads } => {
                // A running write is stopped by its deadline, but not when its future is dropped.
                if *reads || reason == StopReason::TimedOut {
                    stopper.stop();
                }
                if !reads {
                    state.stop.get_or_insert(reason);
                    drop(state);
                    // The thread may be waiting because the task reads the rows of the write
                    // slowly.
                    self.has_room.notify_all();
                    return;
                }
            }
        }
        state.stop.get_or_insert(reason);
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

    /// Returns whether the thread has finished the answer and will soon take the next request.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Tells the thread not to wait for a task that reads slowly, because another request waits
    /// for the connection, or because the database is closing.
    pub(crate) fn unblock(&self) {
        lock(&self.state).is_unblocked = true;
        self.has_room.notify_all();
    }

    /// If the request is a running read, ends it with an error. Otherwise, tells the thread not to
    /// wait for a task that reads slowly.
    pub(crate) fn end_read(&self, error: Error) {
        let reads = matches!(lock(&self.state).phase, Phase::Running { reads: true, .. });
        if reads {
            self.stop(StopReason::TimedOut, Some(error));
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
        self.stop(StopReason::TimedOut, Some(self.too_late()));
        None
    }
}
