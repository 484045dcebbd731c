//! The thread's side of a request.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::super::sync::{Arc, Instant, Ordering, lock, wait};
use super::super::waking::TaskWaker;
use super::super::{RowSink, Stopper, Turn, errors};
use super::{Flow, Job, Names, Part, Phase, StallObserver, State, StopReason};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::row_batch::{FIRST_BYTES, RowBatch, TARGET_BYTES};

/// The number of unread batches at which the thread of a stream waits for the task to read.
pub(super) const IN_FLIGHT: usize = 16;
/// The number of unread batches at which a thread that has waited for the task continues.
pub(super) const GO_ON_AT: usize = 6;

/// The number of unread batches at which a sleeping task is woken. It is not woken for each batch,
/// because a wake-up takes longer than reading the rows of a batch. The number grows from 3 to 12
/// with the length of the result.
const WAKE_FOR: RangeInclusive<usize> = 3..=12;
/// If this time has passed since the task was last woken, the next batch wakes it even if fewer
/// batches are unread.
const WAKE_AFTER: Duration = Duration::from_millis(1);

/// Answers a request on the connection's thread.
pub(crate) struct Responder {
    job: Arc<Job>,
    batch: RowBatch,
    /// Parts of the answer that were not sent to the task yet: the column names, or all parts if
    /// `holds_rows` is set.
    unsent: Vec<Part>,
    holds_rows: bool,
    /// The maximum number of rows that the task wants.
    rows: u64,
    /// The number of rows that the thread may still add to the answer.
    rows_left: u64,
    flow: Flow,
    names: Names,
    /// Whether the column names have already been added to the answer of the current statement.
    named: bool,
    /// The number of full batches that were sent to the task.
    sent: usize,
    /// Whether a part of the answer was sent to the task.
    is_delivered: bool,
    /// Whether nobody reads the rest of the answer.
    is_abandoned: bool,
    /// The time at which the task was last woken; `None` if it was not woken yet.
    woken: Option<Instant>,
    stall_observer: Option<Arc<dyn StallObserver>>,
}

impl Responder {
    pub(super) fn new(job: Arc<Job>, flow: Flow, rows: u64, names: Names) -> Responder {
        Responder {
            job,
            batch: RowBatch::from_pool(),
            unsent: Vec::new(),
            holds_rows: false,
            rows,
            rows_left: rows,
            flow,
            names,
            named: false,
            sent: 0,
            is_delivered: false,
            is_abandoned: false,
            woken: None,
            stall_observer: None,
        }
    }

    /// Returns whether the request has a deadline.
    pub(crate) fn has_deadline(&self) -> bool {
        self.job.timeout.is_some()
    }

    /// Returns whether the request was stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.job.state).stop.is_some()
    }

    /// Records that the thread waits for this right to run the request. Returns `false` if the
    /// request has already been stopped.
    pub(crate) fn wait_for(&self, turn: Arc<dyn Turn>) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Waiting(turn);
        }
        state.stop.is_none()
    }

    /// Records that the request waits in a queue again, because another connection will run it.
    pub(crate) fn requeue(&self) {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Queued;
        }
    }

    /// Lets a write run again although its future was dropped, because it had begun before that.
    pub(crate) fn ignore_drop(&self) {
        let mut state = lock(&self.job.state);
        if state.stop == Some(StopReason::Cancelled) && !matches!(state.phase, Phase::Ended) {
            state.stop = None;
        }
    }

    /// Records that the request begins. Returns `false` if the request has already been stopped.
    /// From here on a stop goes through `stopper`. `reads` says that the request is a read, which
    /// is also stopped when its future is dropped.
    pub(crate) fn begin(&self, stopper: &Arc<Stopper>, reads: bool) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            stopper.reset();
            state.phase = Phase::Running { stopper: Arc::clone(stopper), reads };
        }
        state.stop.is_none()
    }

    /// Forbids stopping the request from here on. Called before its commit or rollback, and before
    /// it runs if a stop would leave a part of its effect.
    pub(crate) fn forbid_stop(&self) {
        let mut state = lock(&self.job.state);
        // If the request is a read that a stop has already answered, it stays ended.
        if !matches!(state.phase, Phase::Ended) {
            state.phase = Phase::Unstoppable;
        }
    }

    /// Sets the observer to notify when the thread begins or stops waiting for a task that reads
    /// slowly. Does nothing unless the rows are streamed, because the thread never waits
    /// otherwise.
    pub(crate) fn set_stall_observer(&mut self, stall_observer: &Arc<dyn StallObserver>) {
        if self.flow == Flow::Streamed {
            self.stall_observer = Some(Arc::clone(stall_observer));
        }
    }

    /// Returns the number of rows that the current statement has returned.
    pub(crate) fn rows_returned(&self) -> u64 {
        self.rows - self.rows_left
    }

    /// Answers a request that was stopped before it ran. The answer is a timeout error; if the
    /// future was dropped, nobody receives it.
    pub(crate) fn finish_stopped(self) {
        let error = self.job.too_late();
        self.finish(Err(error));
    }

    /// Returns the error to answer with: a timeout if the deadline is why the request failed,
    /// otherwise `error`.
    pub(crate) fn timeout_or(&self, error: Error) -> Error {
        let stopped = lock(&self.job.state).stop == Some(StopReason::TimedOut);
        let may_be_a_stop = matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Busy | ErrorKind::Disconnected);
        if stopped && may_be_a_stop {
            return self.job.too_late().with_source(error);
        }
        error
    }

    /// Holds all rows back until the request ends, without waiting for the task. It is called for
    /// writes outside of a transaction: they must not hold their lock until a slow task has read,
    /// and their rows are not valid before the commit.
    pub(crate) fn hold_rows(&mut self) {
        self.flow = Flow::Collected;
        self.holds_rows = true;
    }

    /// Returns whether the request can run again: it was not stopped, and the task has got no part
    /// of its answer.
    pub(crate) fn can_start_over(&self) -> bool {
        !self.is_delivered && !self.is_stopped()
    }

    /// Discards the rows of the answer so far, because the request was rolled back and will run
    /// again.
    pub(crate) fn start_over(&mut self) {
        self.unsent.clear();
        self.batch.clear();
        (self.rows_left, self.named) = (self.rows, false);
    }

    /// Begins the next of several statements.
    pub(crate) fn next_step(&mut self, rows: u64, names: Names) {
        (self.rows, self.rows_left, self.names, self.named) = (rows, rows, names, false);
    }

    /// Ends the answer of one of several statements. Sends its rows, unless rows are held back, so
    /// that the task can read them while the next statement runs.
    pub(crate) fn end_step(&mut self, outcome: Outcome) {
        self.flush();
        self.unsent.push(Part::Step(outcome));
        if !self.holds_rows {
            self.is_delivered = true;
            let waker = {
                let mut state = lock(&self.job.state);
                state.parts.extend(self.unsent.drain(..));
                self.job.has_part.store(true, Ordering::Release);
                self.batch = state.spare.pop().unwrap_or_default();
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Returns the state shared with the task.
    pub(crate) fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// Ends the answer and wakes the task.
    pub(crate) fn finish(mut self, end: Result<Outcome>) {
        if let Some(waker) = self.end(end) {
            waker.wake();
        }
    }

    /// Ends the answer without waking the task. Returns the waker, for the caller to call after
    /// more work, or `None` if no task waits for the answer.
    pub(crate) fn finish_without_waking(mut self, end: Result<Outcome>) -> Option<TaskWaker> {
        self.end(end)
    }

    fn flush(&mut self) {
        if self.batch.rows() > 0 {
            self.unsent.push(Part::Rows(std::mem::take(&mut self.batch)));
        }
    }

    fn end(&mut self, end: Result<Outcome>) -> Option<TaskWaker> {
        self.flush();
        let mut state = lock(&self.job.state);
        self.job.has_ended.store(true, Ordering::Release);
        if matches!(state.phase, Phase::Ended) {
            return None;
        }
        // A stream delivers the rows that came before an error. A collected result with an error
        // has no rows.
        if end.is_ok() || self.flow == Flow::Streamed {
            state.parts.extend(self.unsent.drain(..));
        }
        state.phase = Phase::Ended;
        state.end = Some(end);
        self.job.has_part.store(true, Ordering::Release);
        // The task's thread keeps the buffer for its next requests.
        state.spare.push(std::mem::take(&mut self.batch));
        state.waker.take()
    }

    /// Notifies the observer, if any, that the thread begins or stops waiting for the task.
    fn notify_stall(&self, stalled: bool) {
        if let Some(observer) = &self.stall_observer {
            observer.set_stalled(stalled);
        }
    }

    /// Sends the full batch to the task, or keeps it if rows are held back. If the rows are
    /// streamed and the task has too many unread batches, waits until it has read some.
    fn send(&mut self) {
        if self.holds_rows {
            return self.flush();
        }
        self.is_delivered = true;
        let batch = std::mem::take(&mut self.batch);
        let mut state = lock(&self.job.state);
        if state.stop == Some(StopReason::Cancelled) || matches!(state.phase, Phase::Ended) {
            // The statement may run on. Its rows must not pile up.
            self.is_abandoned = true;
            return;
        }
        state.parts.extend(self.unsent.drain(..));
        state.unread_bytes += batch.len();
        state.parts.push_back(Part::Rows(batch));
        self.job.has_part.store(true, Ordering::Release);
        let now = Instant::now();
        let waited = self.woken.is_none_or(|woken| now.duration_since(woken) >= WAKE_AFTER);
        let enough = (self.sent / 4).clamp(*WAKE_FOR.start(), *WAKE_FOR.end());
        // If the thread is about to wait for the task, the task has to be awake.
        if (waited || state.parts.len() >= enough || state.has_unread(IN_FLIGHT))
            && let Some(waker) = state.waker.take()
        {
            self.woken = Some(now);
            drop(state);
            waker.wake();
            state = lock(&self.job.state);
        }
        let unread = |state: &State, most| state.has_unread(most) && !state.is_unblocked && state.stop.is_none();
        if self.flow == Flow::Streamed && unread(&state, IN_FLIGHT) {
            state.is_full = true;
            drop(state);
            self.notify_stall(true);
            state = lock(&self.job.state);
            while unread(&state, GO_ON_AT + 1) {
                state = wait(&self.job.has_room, state);
            }
            state.is_full = false;
            drop(state);
            self.notify_stall(false);
            state = lock(&self.job.state);
        }
        self.batch = state.spare.pop().unwrap_or_default();
        drop(state);
        self.batch.reserve_target();
        self.sent += 1;
    }
}

impl RowSink for Responder {
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>) {
        if matches!(self.names, Names::Wanted(_)) && !self.named {
            self.named = true;
            self.unsent.push(Part::Columns(names.map(str::to_owned).collect()));
        }
    }

    fn expected(&self) -> Option<&'static Expected> {
        self.names.expected()
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
        // The first batch is small, so that the task is woken early and is awake when the next
        // batches come.
        if self.batch.len() >= if self.sent == 0 { FIRST_BYTES } else { TARGET_BYTES } {
            self.send();
        }
        !self.is_abandoned
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if matches!(lock(&self.job.state).phase, Phase::Ended) {
            return;
        }
        let error = match std::thread::panicking() {
            true => Error::new(
                ErrorKind::Panic,
                "the library panicked on the connection's thread: it is not known whether the request took effect",
            ),
            false => errors::thread_died(),
        };
        if let Some(waker) = self.end(Err(error)) {
            waker.wake();
        }
    }
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Responder").field("flow", &self.flow).finish_non_exhaustive()
    }
}
