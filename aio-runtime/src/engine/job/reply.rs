//! The task's side of a request.

use std::task::{Context, Poll};
use std::time::Duration;

use super::super::sync::{Arc, AtomicBool, Condvar, Mutex, Ordering, lock};
use super::super::waking::TaskWaker;
use super::responder::{GO_ON_AT, IN_FLIGHT};
use super::{Flow, Job, Names, Part, Phase, Responder, StopReason};
use crate::error::Result;
use crate::row_batch::RowBatch;

/// Receives the answer to a request.
pub(crate) struct Reply {
    job: Arc<Job>,
}

impl Reply {
    /// Creates the task's and the thread's side of a request that wants at most `rows` rows.
    pub(crate) fn new(flow: Flow, rows: u64, names: Names, timeout: Option<Duration>) -> (Reply, Responder) {
        let job = Arc::new(Job {
            state: Mutex::default(),
            has_room: Condvar::new(),
            has_part: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            timeout,
        });
        let responder = Responder::new(Arc::clone(&job), flow, rows, names);
        (Reply { job }, responder)
    }

    /// Returns an alarm that stops the request. The caller sets it to ring at the deadline.
    pub(crate) fn alarm(&self) -> Arc<Job> {
        Arc::clone(&self.job)
    }

    /// Returns whether a part of the answer can be taken.
    pub(crate) fn has_part(&self) -> bool {
        self.job.has_part.load(Ordering::Acquire)
    }

    /// Takes the next part of the answer.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        let mut state = lock(&self.job.state);
        if let Some(part) = state.parts.pop_front() {
            if let Part::Rows(batch) = &part {
                state.unread_bytes = state.unread_bytes.saturating_sub(batch.len());
            }
            let has_room = matches!(part, Part::Rows(_)) && state.is_full && !state.has_unread(GO_ON_AT + 1);
            self.job.has_part.store(!state.parts.is_empty() || state.end.is_some(), Ordering::Release);
            drop(state);
            if has_room {
                self.job.has_room.notify_one();
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

    /// Takes back a batch that the task has read, so that its buffer is reused: by the thread for
    /// this request, or by this task's later requests.
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

    /// Stops the request because its future was dropped. A queued request never begins, a running
    /// read is interrupted, and a running write continues to its end.
    pub(crate) fn cancel(&self) {
        self.job.stop(StopReason::Cancelled, None);
    }
}
