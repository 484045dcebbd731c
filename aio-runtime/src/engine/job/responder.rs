//! The side of the thread.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::super::sync::{Arc, Instant, Ordering, lock, wait};
use super::super::waking::TaskWaker;
use super::super::{Rows, Stopper, Turn, errors};
use super::{Flow, Job, Names, Part, Phase, Stalls, State, Stop};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::row_batch::{FIRST_BYTES, RowBatch, TARGET_BYTES};

/// How many full batches a stream keeps for a task that does not read them, and with how many left
/// it goes on.
pub(super) const IN_FLIGHT: usize = 16;
pub(super) const GO_ON_AT: usize = 6;

/// For how many batches a task is woken that is asleep, and after what time for a single one: each
/// wake-up costs more than the rows of a batch. The longer the result, the more batches it is
/// woken for.
const WAKE_FOR: RangeInclusive<usize> = 3..=12;
const WAKE_AFTER: Duration = Duration::from_millis(1);

/// What a thread has of a request that it answers.
pub(crate) struct Responder {
    job: Arc<Job>,
    batch: RowBatch,
    /// What was not sent yet: names, and with `keeps` all there is until the statement is
    /// committed.
    kept: Vec<Part>,
    keeps: bool,
    /// The most rows that are wanted, and how many of them have not come.
    rows: u64,
    rows_left: u64,
    flow: Flow,
    names: Names,
    /// Whether the names of the columns were kept or sent.
    named: bool,
    /// The number of batches that were sent.
    sent: usize,
    /// When the task was woken last.
    woken: Option<Instant>,
    stalls: Option<Arc<dyn Stalls>>,
}

impl Responder {
    pub(super) fn new(job: Arc<Job>, flow: Flow, rows: u64, names: Names) -> Responder {
        Responder {
            job,
            batch: RowBatch::from_pool(),
            kept: Vec::new(),
            keeps: false,
            rows,
            rows_left: rows,
            flow,
            names,
            named: false,
            sent: 0,
            woken: None,
            stalls: None,
        }
    }

    /// Returns whether the request has a deadline.
    pub(crate) fn has_deadline(&self) -> bool {
        self.job.timeout.is_some()
    }

    /// Returns whether the request is to be stopped, or was answered without having run.
    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.job.state).stop.is_some()
    }

    /// Records that the thread waits for its turn; `false` if the request is not wanted any more.
    pub(crate) fn wait_for(&self, turn: Arc<dyn Turn>) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Waiting(turn);
        }
        state.stop.is_none()
    }

    /// Records that the request waits in a queue again.
    pub(crate) fn requeue(&self) {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Queued;
        }
    }

    /// Records that the request begins; `false` if it is not wanted any more. From here on it can
    /// be stopped through `stopper`.
    pub(crate) fn begin(&self, stopper: &Arc<Stopper>, reads: bool) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            stopper.reset();
            state.phase = Phase::Running { stopper: Arc::clone(stopper), reads };
        }
        state.stop.is_none()
    }

    /// Forbids to stop the request from here on: it was executed and is part of what is committed
    /// next, or it is being undone.
    pub(crate) fn forbid_stop(&self) {
        let mut state = lock(&self.job.state);
        // A read that has been answered already stays so.
        if !matches!(state.phase, Phase::Ended) {
            state.phase = Phase::Unstoppable;
        }
    }

    /// Sets who is told when the thread waits for the task.
    pub(crate) fn set_stalls(&mut self, stalls: &Arc<dyn Stalls>) {
        if self.flow == Flow::Streamed {
            self.stalls = Some(Arc::clone(stalls));
        }
    }

    /// Returns how many rows the statement has given.
    pub(crate) fn rows_given(&self) -> u64 {
        self.rows - self.rows_left
    }

    /// Ends a request that was stopped before it ran.
    pub(crate) fn give_up(self) {
        let error = self.job.too_late();
        self.finish(Err(error));
    }

    /// Returns the error to answer with, where a stop may be why the request failed.
    pub(crate) fn why(&self, error: Error) -> Error {
        let stopped = lock(&self.job.state).stop == Some(Stop::TimedOut);
        if stopped && matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Busy) {
            return self.job.too_late().with_source(error);
        }
        error
    }

    /// Collects rows without waiting for the task, and keeps them until the end: for a statement
    /// that writes, whose lock must not depend on the task, and whose rows are not valid before
    /// its commit.
    pub(crate) fn keep(&mut self) {
        self.flow = Flow::Collected;
        self.keeps = true;
    }

    /// Forgets what was kept: the statement was undone, and is run again.
    pub(crate) fn start_over(&mut self) {
        self.kept.clear();
        self.batch.clear();
        (self.rows_left, self.named) = (self.rows, false);
    }

    /// Begins the next of several statements.
    pub(crate) fn next_step(&mut self, rows: u64, names: Names) {
        (self.rows, self.rows_left, self.names, self.named) = (rows, rows, names, false);
    }

    /// Ends one of several statements, and sends what there is of it: the task reads it while the
    /// next one runs.
    pub(crate) fn end_step(&mut self, outcome: Outcome) {
        self.flush();
        self.kept.push(Part::Step(outcome));
        if !self.keeps {
            let waker = {
                let mut state = lock(&self.job.state);
                state.parts.extend(self.kept.drain(..));
                self.job.has_part.store(true, Ordering::Release);
                self.batch = state.spare.pop().unwrap_or_default();
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Returns what both sides share.
    pub(crate) fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// Ends the answer, and wakes the task.
    pub(crate) fn finish(mut self, end: Result<Outcome>) {
        if let Some(waker) = self.end(end) {
            waker.wake();
        }
    }

    /// Ends the answer; the task is to be woken by the caller, after more work.
    pub(crate) fn finish_quietly(mut self, end: Result<Outcome>) -> Option<TaskWaker> {
        self.end(end)
    }

    fn flush(&mut self) {
        if self.batch.rows() > 0 {
            self.kept.push(Part::Rows(std::mem::take(&mut self.batch)));
        }
    }

    fn end(&mut self, end: Result<Outcome>) -> Option<TaskWaker> {
        self.flush();
        let mut state = lock(&self.job.state);
        self.job.has_ended.store(true, Ordering::Release);
        if matches!(state.phase, Phase::Ended) {
            return None;
        }
        // A stream gives the rows before a failure too, however many batches they are.
        if end.is_ok() || self.flow == Flow::Streamed {
            state.parts.extend(self.kept.drain(..));
        }
        state.phase = Phase::Ended;
        state.end = Some(end);
        self.job.has_part.store(true, Ordering::Release);
        // It came from the task's thread, and goes back there.
        state.spare.push(std::mem::take(&mut self.batch));
        state.waker.take()
    }

    /// Tells that the thread begins to wait for the task, or goes on.
    fn tell(&self, stalled: bool) {
        if let Some(stalls) = &self.stalls {
            stalls.stalled(stalled);
        }
    }

    /// Sends the batch that is full; waits until there is room for the next.
    fn send(&mut self) {
        if self.keeps {
            return self.flush();
        }
        let batch = std::mem::take(&mut self.batch);
        let mut state = lock(&self.job.state);
        state.parts.extend(self.kept.drain(..));
        state.unread_bytes += batch.len();
        state.parts.push_back(Part::Rows(batch));
        self.job.has_part.store(true, Ordering::Release);
        let now = Instant::now();
        let waited = self.woken.is_none_or(|woken| now.duration_since(woken) >= WAKE_AFTER);
        let enough = (self.sent / 4).clamp(*WAKE_FOR.start(), *WAKE_FOR.end());
        // Whoever is waited for has to be awake.
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
            self.tell(true);
            state = lock(&self.job.state);
            while unread(&state, GO_ON_AT + 1) {
                state = wait(&self.job.has_room, state);
            }
            state.is_full = false;
            drop(state);
            self.tell(false);
            state = lock(&self.job.state);
        }
        self.batch = state.spare.pop().unwrap_or_default();
        drop(state);
        self.batch.reserve_target();
        self.sent += 1;
    }
}

impl Rows for Responder {
    fn columns(&mut self, names: &mut dyn Iterator<Item = &str>) {
        if matches!(self.names, Names::Wanted(_)) && !self.named {
            self.named = true;
            self.kept.push(Part::Columns(names.map(str::to_owned).collect()));
        }
    }

    fn expected(&self) -> Option<&'static Expected> {
        match self.names {
            Names::Wanted(expected) => Some(expected),
            Names::Known => None,
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
        // The first batch wakes the task, which is awake then when the next ones come.
        if self.batch.len() >= if self.sent == 0 { FIRST_BYTES } else { TARGET_BYTES } {
            self.send();
        }
        true
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
                "code of the library panicked on the connection's thread: it is not known whether this was done",
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
