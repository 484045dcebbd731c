//! The hand-over of one request between its task and a connection's thread: batches of rows, then
//! how it ended.
//!
//! One allocation and one lock, held for a few instructions. Whoever stops a request does so under
//! the lock that also ends it, so that a stop never hits the next request of the connection.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::task::{Context, Poll};
use std::time::Duration;

use super::sync::{Arc, AtomicBool, Condvar, Instant, Mutex, Ordering, lock, wait};
use super::timer::Alarm;
use super::waking::TaskWaker;
use super::{Rows, Stopper, Turn, errors};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::row_batch::{FIRST_BYTES, RowBatch, TARGET_BYTES};

/// How many full batches a stream keeps for a task that does not read them, and with how many left
/// it goes on.
const IN_FLIGHT: usize = 16;
const GO_ON_AT: usize = 6;

/// A task that is asleep is woken for so many batches, or for a batch when it was not for so long:
/// each wake-up costs more than the rows of a batch. The longer the result, the more batches it is
/// woken for.
const WAKE_FOR: RangeInclusive<usize> = 3..=12;
const WAKE_AFTER: Duration = Duration::from_millis(1);

/// The side of the task.
pub(crate) struct Reply {
    job: Arc<Job>,
}

/// The side of the thread.
pub(crate) struct Responder {
    job: Arc<Job>,
    batch: RowBatch,
    /// What is kept until the statement is committed.
    kept: Vec<Part>,
    keeps: bool,
    /// How many rows are wanted at most.
    rows: u64,
    rows_left: u64,
    flow: Flow,
    names: Names,
    /// The names of the columns are among what is kept or was sent.
    named: bool,
    /// How many batches have been sent.
    sent: usize,
    /// When the task was woken last.
    woken: Option<Instant>,
    stalls: Option<Arc<dyn Stalls>>,
}

/// Who is told that a thread waits for a task that reads slowly.
pub(crate) trait Stalls: Send + Sync {
    /// It begins to wait, or goes on.
    fn stalled(&self, stalled: bool);
}

/// What both sides share.
pub(crate) struct Job {
    state: Mutex<State>,
    room: Condvar,
    /// Whether a part of the answer is there, for a task that spins without the lock.
    has_part: AtomicBool,
    /// How long the request may take, for the error that says so.
    timeout: Option<Duration>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    stop: Option<Stop>,
    parts: VecDeque<Part>,
    spare: Vec<RowBatch>,
    end: Option<Result<Outcome>>,
    waker: Option<TaskWaker>,
    /// The thread waits for the task to read.
    full: bool,
    /// Someone else waits for the connection, so that the thread must not wait for the task.
    unblocked: bool,
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
    /// They are, by who reads this of them.
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

impl Reply {
    /// Both sides of the answer to one request.
    pub(crate) fn new(flow: Flow, rows: u64, names: Names, timeout: Option<Duration>) -> (Reply, Responder) {
        let job =
            Arc::new(Job { state: Mutex::default(), room: Condvar::new(), has_part: AtomicBool::new(false), timeout });
        let responder = Responder {
            job: Arc::clone(&job),
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
        };
        (Reply { job }, responder)
    }

    /// What ends the request when its time is up.
    pub(crate) fn alarm(&self) -> Arc<Job> {
        Arc::clone(&self.job)
    }

    /// Whether a part of the answer has come that has not been taken.
    pub(crate) fn has_part(&self) -> bool {
        self.job.has_part.load(Ordering::Acquire)
    }

    /// The next part of the answer.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        let mut state = lock(&self.job.state);
        if let Some(part) = state.parts.pop_front() {
            let room = matches!(part, Part::Rows(_)) && state.full && state.parts.len() <= GO_ON_AT;
            self.job.has_part.store(!state.parts.is_empty() || state.end.is_some(), Ordering::Release);
            drop(state);
            if room {
                self.job.room.notify_one();
            }
            return Poll::Ready(Ok(part));
        }
        match state.end.take() {
            Some(end) => {
                self.job.has_part.store(false, Ordering::Release);
                std::mem::take(&mut state.spare).into_iter().for_each(RowBatch::into_pool);
                Poll::Ready(end.map(Part::End))
            }
            None => {
                if !state.waker.as_ref().is_some_and(|waker| waker.is_of(context)) {
                    let before = state.waker.replace(TaskWaker::of(context));
                    drop(state);
                    drop(before);
                }
                Poll::Pending
            }
        }
    }

    /// Gives a batch back that has been read.
    pub(crate) fn recycle(&self, mut batch: RowBatch) {
        batch.clear();
        let mut state = lock(&self.job.state);
        if !matches!(state.phase, Phase::Ended) && state.spare.len() < IN_FLIGHT {
            state.spare.push(batch);
        } else {
            drop(state);
            batch.into_pool();
        }
    }

    /// Nobody waits for the answer any more: what has not begun never begins, a read stops, a
    /// write is finished.
    pub(crate) fn cancel(&self) {
        self.job.stop(Stop::Cancelled, None);
    }
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
                    self.room.notify_all();
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
        self.room.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(turn) = turn {
            turn.wake_all();
        }
    }

    /// Tells the thread not to wait for a task that reads slowly: something else waits for the
    /// connection.
    pub(crate) fn unblock(&self) {
        lock(&self.state).unblocked = true;
        self.room.notify_all();
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

impl Responder {
    /// Whether it has to be done by some moment.
    pub(crate) fn has_deadline(&self) -> bool {
        self.job.timeout.is_some()
    }

    /// Whether the request is to be stopped, or has been answered without having run.
    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.job.state).stop.is_some()
    }

    /// Its thread waits for its turn; `false` if it is not wanted any more.
    pub(crate) fn wait_for(&self, turn: Arc<dyn Turn>) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Waiting(turn);
        }
        state.stop.is_none()
    }

    /// It waits in a queue again.
    pub(crate) fn requeue(&self) {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            state.phase = Phase::Queued;
        }
    }

    /// It begins; `false` if it is not wanted any more. From here on it can be stopped through
    /// `stopper`.
    pub(crate) fn begin(&self, stopper: &Arc<Stopper>, reads: bool) -> bool {
        let mut state = lock(&self.job.state);
        if state.stop.is_none() {
            stopper.reset();
            state.phase = Phase::Running { stopper: Arc::clone(stopper), reads };
        }
        state.stop.is_none()
    }

    /// It has been executed, and is part of what is committed next: it cannot be stopped any more.
    pub(crate) fn forbid_stop(&self) {
        let mut state = lock(&self.job.state);
        // A read that has been answered already stays so.
        if !matches!(state.phase, Phase::Ended) {
            state.phase = Phase::Unstoppable;
        }
    }

    /// Says who is told when the thread waits for the task.
    pub(crate) fn tell_stalls(&mut self, stalls: &Arc<dyn Stalls>) {
        if self.flow == Flow::Streamed {
            self.stalls = Some(Arc::clone(stalls));
        }
    }

    /// How many rows the statement has given.
    pub(crate) fn rows_given(&self) -> u64 {
        self.rows - self.rows_left
    }

    /// Ends a request that was stopped before it ran.
    pub(crate) fn give_up(self) {
        let error = self.job.too_late();
        self.finish(Err(error));
    }

    /// What it answers where a stop may be why it failed.
    pub(crate) fn why(&self, error: Error) -> Error {
        let stopped = lock(&self.job.state).stop == Some(Stop::TimedOut);
        if stopped && matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Busy) {
            return self.job.too_late().with_source(error);
        }
        error
    }

    /// Collects rows without waiting for the task, and keeps them until the end: for a statement
    /// that writes, whose lock must not depend on the task, and whose rows are not true before its
    /// commit.
    pub(crate) fn keep(&mut self) {
        self.flow = Flow::Collected;
        self.keeps = true;
    }

    /// Forgets what was kept: the statement was undone, and is run again.
    pub(crate) fn again(&mut self) {
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

    /// What fails it if it has not begun.
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
        state.parts.push_back(Part::Rows(batch));
        self.job.has_part.store(true, Ordering::Release);
        let now = Instant::now();
        let waited = self.woken.is_none_or(|woken| now.duration_since(woken) >= WAKE_AFTER);
        let enough = (self.sent / 4).clamp(*WAKE_FOR.start(), *WAKE_FOR.end());
        if (waited || state.parts.len() >= enough)
            && let Some(waker) = state.waker.take()
        {
            self.woken = Some(now);
            drop(state);
            waker.wake();
            state = lock(&self.job.state);
        }
        let unread = |state: &State, most| state.parts.len() >= most && !state.unblocked && state.stop.is_none();
        if self.flow == Flow::Streamed && unread(&state, IN_FLIGHT) {
            state.full = true;
            drop(state);
            self.tell(true);
            state = lock(&self.job.state);
            while unread(&state, GO_ON_AT + 1) {
                state = wait(&self.job.room, state);
            }
            state.full = false;
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
