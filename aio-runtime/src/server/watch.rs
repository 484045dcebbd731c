//! How long a thread waits for its server.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::engine::sync::lock;

/// How long a server may take to answer after it was asked to cancel a statement. After this time
/// the connection is given up.
const CANCEL_LIMIT: Duration = Duration::from_secs(5);

/// How long the rows of a stopped statement are read to their end before it is cancelled, if the
/// server could end it only together with the transaction around it.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// How long a stopped statement of a pipeline may run on before it is cancelled. It is brief, and
/// a cancel request may hit the statement behind it.
const PIPELINE_LIMIT: Duration = Duration::from_millis(5);

/// How long to wait for the effect of a cancel request before it is sent again.
const REPEAT_AFTER: Duration = Duration::from_millis(200);

/// What limits the waiting for the server on one connection: a moment until which the server has
/// to answer, and the cancel request that was sent for the running statement.
///
/// The connection's thread shares it with the threads that stop its statements.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// When the server has to have answered; `None` for no limit.
    limit: Option<Instant>,
    cancel: Cancel,
    /// The number of cancel requests so far, which is that of the last one.
    cancels: u64,
    /// How long a stopped statement may run on before it is cancelled.
    patience: Duration,
    /// The number of threads that send a cancel request.
    sending: usize,
    /// Whether a statement has ended before the cancel request for it was settled, so that the
    /// request may hit a later statement.
    is_late: bool,
}

/// The cancel request for the running statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Cancel {
    #[default]
    None,
    /// The statement was stopped at this moment. The request is sent if the statement has not
    /// ended after this time.
    Draining(Instant, Duration),
    /// It was requested at this moment, and is on its way.
    Requested(Instant),
    /// It was requested at this moment, and the server has taken it: it may still interrupt what
    /// runs next.
    Delivered(Instant),
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Sets how long the server may take from now on, or removes the limit.
    pub(crate) fn limit(&self, time: Option<Duration>) {
        self.lock().limit = time.map(|time| Instant::now() + time);
    }

    /// Sets whether a stop first lets the rows be read to their end, because the server could end
    /// the statement only together with the transaction around it.
    pub(crate) fn drain_first(&self, drains: bool) {
        self.lock().patience = if drains { DRAIN_LIMIT } else { Duration::ZERO };
    }

    /// Lets the statements that are stopped from now on run for a moment longer, because they are
    /// brief, and others are sent together with them.
    pub(crate) fn begin_pipeline(&self) {
        self.lock().patience = PIPELINE_LIMIT;
    }

    /// Records that the running statement of a pipeline has ended. A cancel request that was meant
    /// for it may hit a later one. Returns whether there was such a request in this pipeline.
    pub(crate) fn end_statement(&self) -> bool {
        let mut state = self.lock();
        match state.cancel {
            Cancel::None => {}
            Cancel::Draining(..) => {
                state.cancel = Cancel::None;
                self.changed.notify_all();
            }
            Cancel::Requested(_) | Cancel::Delivered(_) => {
                (state.cancel, state.is_late) = (Cancel::None, true);
                self.changed.notify_all();
            }
        }
        state.is_late
    }

    /// Records that the running statement is to be cancelled. Returns the number of the cancel
    /// request, or `None` if one is under way already. The request is sent when
    /// [`may_cancel`](Watch::may_cancel) says so.
    pub(crate) fn request_cancel(&self) -> Option<u64> {
        let mut state = self.lock();
        if state.cancel != Cancel::None {
            return None;
        }
        let now = Instant::now();
        state.cancel = match state.patience {
            Duration::ZERO => Cancel::Requested(now),
            patience => Cancel::Draining(now, patience),
        };
        state.cancels += 1;
        Some(state.cancels)
    }

    /// Waits until the cancel request with this number may be sent. Returns `false` if it must not
    /// be sent any more, because the statement has ended.
    pub(crate) fn may_cancel(&self, number: u64) -> bool {
        let mut state = self.lock();
        while let Cancel::Draining(since, patience) = state.cancel
            && state.cancels == number
        {
            let left = patience.saturating_sub(since.elapsed());
            if left.is_zero() {
                state.cancel = Cancel::Requested(Instant::now());
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        let may = state.cancels == number && matches!(state.cancel, Cancel::Requested(_));
        state.sending += usize::from(may);
        may
    }

    /// Records that the thread for which [`may_cancel`](Watch::may_cancel) has returned `true`
    /// sends nothing more.
    pub(crate) fn end_cancel(&self) {
        self.lock().sending -= 1;
        self.changed.notify_all();
    }

    /// Records that the server has taken the cancel request with this number, or could not be
    /// reached.
    pub(crate) fn cancel_delivered(&self, number: u64) {
        let mut state = self.lock();
        if let Cancel::Requested(since) = state.cancel
            && state.cancels == number
        {
            state.cancel = Cancel::Delivered(since);
            self.changed.notify_all();
        }
    }

    /// Records that the server has taken the cancel request with this number, and waits until it
    /// has had an effect. Returns `true` if the request has to be sent again: it has overtaken the
    /// statement, which the server did not run yet.
    pub(crate) fn must_repeat_cancel(&self, number: u64) -> bool {
        self.cancel_delivered(number);
        let mut state = self.lock();
        let until = Instant::now() + REPEAT_AFTER;
        while let Cancel::Delivered(since) = state.cancel
            && state.cancels == number
            && since.elapsed() < CANCEL_LIMIT
        {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.cancel = Cancel::Requested(since);
                return true;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        false
    }

    /// Waits until no cancel request is on its way. Returns whether one was delivered since the
    /// last call: it may interrupt what the connection sends next, so an empty message has to be
    /// sent first.
    ///
    /// # Errors
    /// Fails if the request is not delivered in time. The connection must then not be used any
    /// more.
    pub(crate) fn settle_cancel(&self) -> io::Result<bool> {
        let mut state = self.lock();
        loop {
            match state.cancel {
                Cancel::None if state.is_late && state.sending > 0 => {
                    let waited = self.changed.wait(state);
                    state = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
                }
                Cancel::None => return Ok(std::mem::take(&mut state.is_late)),
                Cancel::Draining(..) => {
                    // The statement has ended before it was cancelled.
                    state.cancel = Cancel::None;
                    self.changed.notify_all();
                }
                Cancel::Delivered(_) => {
                    state.cancel = Cancel::None;
                    self.changed.notify_all();
                    if !state.is_late {
                        return Ok(true);
                    }
                }
                Cancel::Requested(since) => {
                    let left = CANCEL_LIMIT.saturating_sub(since.elapsed());
                    if left.is_zero() {
                        return Err(too_late());
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Checks whether the thread may wait longer for the server.
    ///
    /// # Errors
    /// Fails with [`io::ErrorKind::TimedOut`] if the limit has passed, or if the server does not
    /// react to a cancel request.
    pub(crate) fn check(&self) -> io::Result<()> {
        let state = self.lock();
        let since = match state.cancel {
            Cancel::Requested(since) | Cancel::Delivered(since) => Some(since),
            Cancel::None | Cancel::Draining(..) => None,
        };
        let is_cancelled = since.is_some_and(|since| since.elapsed() >= CANCEL_LIMIT);
        if is_cancelled || state.limit.is_some_and(|limit| Instant::now() >= limit) {
            return Err(too_late());
        }
        Ok(())
    }
}

fn too_late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time")
}
