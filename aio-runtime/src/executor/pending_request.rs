//! A request, from its creation until it is answered.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::Executor;
use crate::engine::errors::too_late;
use crate::engine::{Alarm, AlarmGuard, Command, Flow, Names, Part, Pushed, Queue, Reply, Responder, after, set_alarm};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;

/// How long a task waits for the answer of a request without sleeping (spins) before it goes to
/// sleep. Other tasks of its runtime may have to wait in that time.
const SPIN: Duration = Duration::from_micros(50);

/// How long a task spins for the answer of a server. A server on the same machine answers within
/// this time even if threads wake slowly.
const SPIN_FOR_SERVER: Duration = Duration::from_micros(100);

/// How much longer a task spins for each row that the request inserts. A task that would spin
/// longer than [`SPIN_BUDGET`] does not spin at all.
const SPIN_PER_ROW: Duration = Duration::from_nanos(1_500);

/// The maximum time that a task spins during one request: long enough to save most wake-ups, and
/// short enough not to delay other tasks of its runtime.
const SPIN_BUDGET: Duration = Duration::from_micros(200);

/// A request, from its creation until it is answered. It is sent when it is first polled.
pub(crate) struct PendingRequest {
    executor: Executor,
    state: State,
    reply: Reply,
    timeout: Option<Duration>,
    /// Stops the request when its timeout has passed; `None` if the request has no timeout, was
    /// not sent yet, or can no longer be late.
    alarm: Option<AlarmGuard>,
    /// How long the task spins for the next part of the answer before it goes to sleep.
    spin: Duration,
    /// The time for which the task may still spin during this request.
    spin_budget: Duration,
    /// Whether a thread without other work has taken the request at once, and no other task waits
    /// for an answer, so that it is worth spinning for each part of the answer.
    answer_is_near: bool,
}

enum State {
    /// The request was not sent yet. The value is an error if the request cannot be sent.
    New(Result<(Command, Responder)>),
    /// The request was sent, and the end of its answer was not taken yet.
    Sent(Waiting),
    /// Answered, or failed to be sent.
    Done,
}

/// While this value exists, the task counts as one that waits for an answer to a request of this
/// queue.
struct Waiting(Arc<Queue>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.end_wait();
    }
}

/// The parts of the answer that a request asks for, and its timeout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplyOptions {
    pub(crate) flow: Flow,
    /// The maximum number of rows.
    pub(crate) rows: u64,
    pub(crate) names: Names,
    /// The timeout of the request; `None` for the default of the database.
    pub(crate) timeout: Option<Duration>,
}

impl ReplyOptions {
    /// Asks for the outcome only. Rows are ignored.
    pub(crate) const OUTCOME: ReplyOptions =
        ReplyOptions { flow: Flow::Collected, rows: u64::MAX, names: Names::Known, timeout: None };
}

impl PendingRequest {
    /// Creates a request, which is sent when it is first polled.
    pub(crate) fn new(executor: &Executor, command: Command, options: ReplyOptions) -> PendingRequest {
        let timeout = options
            .timeout
            .or_else(|| executor.default_timeout().filter(|_| !command.is_maintenance(executor.dialect())));
        let (reply, responder) = Reply::new(options.flow, options.rows, options.names, timeout);
        let rows = u32::try_from(command.inserted_rows()).unwrap_or(u32::MAX);
        let spin = if executor.dialect().is_server() { SPIN_FOR_SERVER } else { SPIN };
        let spin = spin.saturating_add(SPIN_PER_ROW.saturating_mul(rows));
        PendingRequest {
            executor: executor.clone(),
            state: State::New(Ok((command, responder))),
            reply,
            timeout,
            alarm: None,
            spin,
            // An insert of many rows takes longer than a task may spin, so its task goes to sleep
            // at once.
            spin_budget: if spin > SPIN_BUDGET { Duration::ZERO } else { SPIN_BUDGET },
            answer_is_near: false,
        }
    }

    /// Creates a request that fails with this error when it is polled.
    pub(crate) fn failed(executor: &Executor, error: Error) -> PendingRequest {
        let (reply, _) = Reply::new(Flow::Collected, 0, Names::Known, None);
        PendingRequest {
            executor: executor.clone(),
            state: State::New(Err(error)),
            reply,
            timeout: None,
            alarm: None,
            spin: Duration::ZERO,
            spin_budget: Duration::ZERO,
            answer_is_near: false,
        }
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// Sets the timeout, if the request has not been sent yet. The request must not be a stream
    /// and must not ask for the names of columns. A limit on its rows is removed.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        if let State::New(Ok((_, responder))) = &mut self.state {
            self.timeout = Some(timeout);
            (self.reply, *responder) = Reply::new(Flow::Collected, u64::MAX, Names::Known, Some(timeout));
        }
    }

    /// Returns the timeout, or `None` if the request has none.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Disables spinning, because the task has other work to do than to wait for this answer.
    pub(crate) fn without_spinning(mut self) -> PendingRequest {
        self.spin_budget = Duration::ZERO;
        self
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Removes the deadline. A stream calls it when its first rows arrive, because from then on
    /// the reading task decides how long the statement takes.
    pub(crate) fn forget_deadline(&mut self) {
        self.alarm = None;
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        loop {
            match &mut self.state {
                State::New(_) => {
                    let State::New(request) = std::mem::replace(&mut self.state, State::Done) else { continue };
                    let (command, responder) = request?;
                    if self.timeout == Some(Duration::ZERO) {
                        return Poll::Ready(Err(too_late(Duration::ZERO)));
                    }
                    if let Some(timeout) = self.timeout {
                        let job: Arc<dyn Alarm> = self.reply.alarm();
                        self.alarm = Some(set_alarm(after(Instant::now(), timeout), Arc::downgrade(&job)));
                    }
                    let (queue, pushed) = self.executor.send(command, responder)?;
                    let is_only_waiter = queue.begin_to_wait();
                    self.answer_is_near = is_only_waiter && pushed == Pushed::Immediate;
                    self.state = State::Sent(Waiting(queue));
                }
                State::Sent(Waiting(queue)) => {
                    if self.answer_is_near && self.spin_budget > Duration::ZERO && !self.reply.has_part() {
                        let spun = queue.spin_for_answer(self.spin.min(self.spin_budget), || self.reply.has_part());
                        self.spin_budget = self.spin_budget.saturating_sub(spun);
                    }
                    match ready!(self.reply.poll(context)) {
                        Ok(Part::End(outcome)) => {
                            self.state = State::Done;
                            self.alarm = None;
                            return Poll::Ready(Ok(Part::End(outcome)));
                        }
                        Ok(part) => return Poll::Ready(Ok(part)),
                        Err(error) => {
                            self.state = State::Done;
                            self.alarm = None;
                            return Poll::Ready(Err(error));
                        }
                    }
                }
                State::Done => {
                    return Poll::Ready(Err(Error::new(ErrorKind::Usage, "the future was polled after it was ready")));
                }
            }
        }
    }

    /// Waits for the end of the answer and ignores rows.
    pub(crate) async fn outcome(mut self) -> Result<Outcome> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    pub(crate) fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        loop {
            match ready!(self.poll(context))? {
                Part::Rows(batch) => self.reply.recycle(batch),
                Part::End(outcome) => return Poll::Ready(Ok(outcome)),
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

impl Drop for PendingRequest {
    fn drop(&mut self) {
        if let State::Sent(Waiting(queue)) = &self.state {
            if let Some(alarm) = self.alarm.take() {
                // A write that has begun runs to its end although its future is dropped, but its
                // deadline still applies.
                alarm.detach();
            }
            self.reply.cancel();
            queue.count_dropped();
        }
    }
}

/// Waits for the end of a request that was sent already. If the future is dropped, a request that
/// has not begun never begins.
pub(crate) async fn outcome_of(reply: Reply) -> Result<()> {
    struct Cancel(Option<Reply>);
    impl Drop for Cancel {
        fn drop(&mut self) {
            if let Some(reply) = &self.0 {
                reply.cancel();
            }
        }
    }
    let mut waiting = Cancel(Some(reply));
    let end = poll_fn(|context| {
        let Some(reply) = &waiting.0 else { return Poll::Ready(Ok(())) };
        loop {
            if let Part::End(_) = ready!(reply.poll(context))? {
                return Poll::Ready(Ok(()));
            }
        }
    })
    .await;
    waiting.0 = None;
    end
}
