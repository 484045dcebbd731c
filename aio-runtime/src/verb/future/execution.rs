//! A prepared statement under way.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::engine::{Flow, Part};
use crate::error::{Error, Result};
use crate::executor::{Executor, Running, Wanted};
use crate::outcome::Outcome;
use crate::row_batch::RowBatch;
use crate::verb::prepare::{Answer, Prepare, Prepared};

/// Which rows of a statement are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verb) enum Fetch {
    All,
    /// The first one.
    First,
    /// One after the other, as the task reads them.
    Each,
}

/// A prepared statement, from before it is sent until it is answered.
pub(in crate::verb) struct Execution {
    running: Running,
    answer: Answer,
    further: Vec<Answer>,
    /// Which of its statements answers.
    step: usize,
    /// It has failed, and something is asked about it.
    diagnosing: Option<Pin<Box<dyn Future<Output = Error> + Send>>>,
}

impl Execution {
    /// An execution that is sent when it is first polled, or fails then if it cannot be prepared.
    pub(in crate::verb) fn new(ex: &Executor, statement: impl Prepare, fetch: Fetch) -> Execution {
        Execution::of_prepared(ex, statement.prepare(ex.dialect()), fetch)
    }

    /// An execution of what was prepared already.
    pub(in crate::verb) fn of_prepared(ex: &Executor, prepared: Result<Prepared>, fetch: Fetch) -> Execution {
        let (running, answer, further) = match prepared {
            Ok(Prepared { command, names, timeout, answer, further }) => {
                let (flow, rows) = match fetch {
                    Fetch::All => (Flow::Collected, u64::MAX),
                    Fetch::First => (Flow::Collected, 1),
                    Fetch::Each => (Flow::Streamed, u64::MAX),
                };
                (Running::new(ex, command, Wanted { flow, rows, names, timeout }), answer, further)
            }
            Err(error) => (Running::failed(ex, error), Answer::default(), Vec::new()),
        };
        Execution { running, answer, further, step: 0, diagnosing: None }
    }

    /// Lets the task go to sleep at once, since it has other work to do.
    pub(in crate::verb) fn without_spinning(mut self) -> Execution {
        self.running = self.running.without_spinning();
        self
    }

    /// Gives it another deadline; nothing has been sent yet.
    pub(in crate::verb) fn set_timeout(&mut self, timeout: Duration) {
        self.running.set_timeout(timeout);
    }

    /// Returns how long it may take, if that is limited.
    pub(in crate::verb) fn timeout(&self) -> Option<Duration> {
        self.running.timeout()
    }

    /// Lets the task take the time that it needs from here on.
    pub(in crate::verb) fn forget_deadline(&mut self) {
        self.running.forget_deadline();
    }

    /// Gives a batch that has been read back to the thread.
    pub(in crate::verb) fn recycle(&self, batch: RowBatch) {
        self.running.reply().recycle(batch);
    }

    /// Stops it; nobody reads what still comes.
    pub(in crate::verb) fn cancel(&self) {
        self.running.reply().cancel();
    }

    /// Returns which of its statements answers.
    pub(in crate::verb) fn step(&self) -> usize {
        self.step
    }

    /// Returns what is known of the answer of the first statement.
    pub(in crate::verb) fn answer(&mut self) -> &mut Answer {
        &mut self.answer
    }

    /// Returns what is known of the answer of one of its statements.
    pub(in crate::verb) fn answer_of(&mut self, step: usize) -> &mut Answer {
        match step {
            0 => &mut self.answer,
            _ => self.further.get_mut(step - 1).unwrap_or(&mut self.answer),
        }
    }

    /// Returns the same to look at.
    pub(in crate::verb) fn known_answer(&self, step: usize) -> &Answer {
        match step {
            0 => &self.answer,
            _ => self.further.get(step - 1).unwrap_or(&self.answer),
        }
    }

    /// Adds the text of the statement that answers to an error.
    #[cold]
    pub(in crate::verb) fn named(&self, error: Error) -> Error {
        self.known_answer(self.step).named(error)
    }

    /// Says that rows of the first statement cannot be read, and whether what it wrote stands.
    #[cold]
    pub(in crate::verb) fn unreadable(&self, error: Error) -> Error {
        self.answer.subject.unreadable(self.answer.named(error))
    }

    /// Says that the first statement gave no row where one was asked for.
    #[cold]
    pub(in crate::verb) fn missing(&self) -> Error {
        self.answer.named(self.answer.subject.missing())
    }

    /// Fails where rows of the first statement came, and none was changed.
    pub(in crate::verb) fn check_written(&self, any: bool, outcome: Outcome) -> Result<()> {
        match any && outcome.rows_affected == 0 {
            true => self.answer.subject.unwritten().map_or(Ok(()), |error| Err(self.answer.named(error))),
            false => Ok(()),
        }
    }

    pub(in crate::verb) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        if self.diagnosing.is_none() {
            match ready!(self.running.poll(context)) {
                Ok(part) => {
                    if let Part::Step(_) = part {
                        self.step += 1;
                    }
                    return Poll::Ready(Ok(part));
                }
                Err(error) => {
                    let failed = error.statement().unwrap_or_default();
                    let Some(diagnosis) = self.answer_of(failed).take_diagnosis() else {
                        return Poll::Ready(Err(error));
                    };
                    self.diagnosing = Some(Box::pin(diagnosis.explain(self.running.executor().clone(), error)));
                }
            }
        }
        let Some(diagnosing) = &mut self.diagnosing else { return Poll::Pending };
        let error = ready!(diagnosing.as_mut().poll(context));
        self.diagnosing = None;
        Poll::Ready(Err(error))
    }

    /// Waits for the end; rows are passed over.
    pub(in crate::verb) async fn outcome(mut self) -> Result<Outcome> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    pub(in crate::verb) fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        loop {
            match ready!(self.poll(context))? {
                Part::Rows(batch) => self.recycle(batch),
                Part::End(outcome) => {
                    return Poll::Ready(Ok(self.answer.outcome(outcome)));
                }
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}
