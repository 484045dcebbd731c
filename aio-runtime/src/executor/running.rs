//! A request under way.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::Executor;
use crate::engine::errors::too_late;
use crate::engine::{Alarm, AlarmGuard, Command, Flow, Names, Part, Pushed, Queue, Reply, Responder, after, set_alarm};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;

/// How long the task of a request spins for an answer at a time, and how much longer for each row
/// that it inserts, while others of its runtime may wait.
const SPIN: Duration = Duration::from_micros(50);
const SPIN_FOR_A_ROW: Duration = Duration::from_nanos(1_500);

/// How long the task of a request spins for its answer in all: long enough to save most wake-ups,
/// and no longer than any task may keep others of its runtime waiting.
const MAY_SPIN: Duration = Duration::from_micros(200);

/// A request, from before it is sent until it is answered.
pub(crate) struct Running {
    executor: Executor,
    state: State,
    reply: Reply,
    timeout: Option<Duration>,
    /// Rings when its time is up.
    alarm: Option<AlarmGuard>,
    /// How long its task spins at a time for what comes next, before it goes to sleep, and how
    /// long it may still spin in all.
    spin: Duration,
    may_spin: Duration,
    /// Whether a thread that works for nobody else is about to answer, so that the task spins for
    /// each part of the answer.
    expects: bool,
}

enum State {
    /// Not sent yet, or not to be sent.
    New(Result<(Command, Responder)>),
    /// Sent.
    Sent(Waiting),
    /// Answered.
    Done,
}

/// The wait for an answer, which a queue counts.
struct Waiting(Arc<Queue>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.end_wait();
    }
}

/// How the answer of a request is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) flow: Flow,
    /// How many rows at most.
    pub(crate) rows: u64,
    pub(crate) names: Names,
    /// How long it may take, if not as long as the database says.
    pub(crate) timeout: Option<Duration>,
}

impl Wanted {
    /// How it ended, and no rows.
    pub(crate) const OUTCOME: Wanted =
        Wanted { flow: Flow::Collected, rows: u64::MAX, names: Names::Known, timeout: None };
}

impl Running {
    /// A request that is sent when it is first polled.
    pub(crate) fn new(executor: &Executor, command: Command, wanted: Wanted) -> Running {
        let timeout = wanted
            .timeout
            .or_else(|| executor.default_timeout().filter(|_| !command.is_maintenance(executor.dialect())));
        let (reply, responder) = Reply::new(wanted.flow, wanted.rows, wanted.names, timeout);
        let rows = u32::try_from(command.inserted_rows()).unwrap_or(u32::MAX);
        let spin = SPIN.saturating_add(SPIN_FOR_A_ROW.saturating_mul(rows));
        Running {
            executor: executor.clone(),
            state: State::New(Ok((command, responder))),
            reply,
            timeout,
            alarm: None,
            spin,
            // For what takes longer it goes to sleep at once.
            may_spin: if spin > MAY_SPIN { Duration::ZERO } else { MAY_SPIN },
            expects: false,
        }
    }

    /// A request that cannot be sent.
    pub(crate) fn failed(executor: &Executor, error: Error) -> Running {
        let (reply, _) = Reply::new(Flow::Collected, 0, Names::Known, None);
        Running {
            executor: executor.clone(),
            state: State::New(Err(error)),
            reply,
            timeout: None,
            alarm: None,
            spin: Duration::ZERO,
            may_spin: Duration::ZERO,
            expects: false,
        }
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The same with another deadline; nothing has been sent yet.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        if let State::New(Ok((_, responder))) = &mut self.state {
            self.timeout = Some(timeout);
            (self.reply, *responder) = Reply::new(Flow::Collected, u64::MAX, Names::Known, Some(timeout));
        }
    }

    /// How long it may take, if that is limited.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Lets the task go to sleep at once, for one that has other work to do than to wait for this
    /// answer.
    pub(crate) fn without_spinning(mut self) -> Running {
        self.may_spin = Duration::ZERO;
        self
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// The rows come: from here on the task's own pace counts, and no deadline.
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
                    let alone = queue.begin_to_wait();
                    self.expects = alone && pushed == Pushed::Immediate;
                    self.state = State::Sent(Waiting(queue));
                }
                State::Sent(Waiting(queue)) => {
                    if self.expects && self.may_spin > Duration::ZERO && !self.reply.has_part() {
                        let spun = queue.spin_for_answer(self.spin.min(self.may_spin), || self.reply.has_part());
                        self.may_spin = self.may_spin.saturating_sub(spun);
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

    /// Waits for the end; rows are passed over.
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

impl Drop for Running {
    fn drop(&mut self) {
        if let State::Sent(Waiting(queue)) = &self.state {
            if let Some(alarm) = self.alarm.take() {
                // A write that has begun is finished, within its time.
                alarm.detach();
            }
            self.reply.cancel();
            queue.count_dropped();
        }
    }
}

/// Waits for the end of a request that was sent already. Dropped, it cancels what has not begun.
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
