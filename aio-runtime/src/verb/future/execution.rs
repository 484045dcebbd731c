//! The execution of a prepared statement.

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

/// The rows of a statement to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verb) enum Fetch {
    All,
    /// Only the first one.
    First,
    /// One after another, as the task reads them.
    Each,
}

/// A prepared statement, from before it is sent until it is answered.
pub(in crate::verb) struct Execution {
    running: Running,
    answer: Answer,
    further: Vec<Answer>,
    /// The index of the statement that is answering.
    step: usize,
    /// Set once it has failed, while queries find out more about the error.
    diagnosing: Option<Pin<Box<dyn Future<Output = Error> + Send>>>,
}

impl Execution {
    /// Creates an execution that is sent when it is first polled. If the statement cannot be
    /// prepared, it fails then.
    pub(in crate::verb) fn new(ex: &Executor, statement: impl Prepare, fetch: Fetch) -> Execution {
        Execution::of_prepared(ex, statement.prepare(ex.dialect()), fetch)
    }

    /// Creates an execution of what is prepared already.
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

    /// Disables spinning, for a task that has other work to do.
    pub(in crate::verb) fn without_spinning(mut self) -> Execution {
        self.running = self.running.without_spinning();
        self
    }

    /// Sets another timeout, before the statement is sent.
    pub(in crate::verb) fn set_timeout(&mut self, timeout: Duration) {
        self.running.set_timeout(timeout);
    }

    /// Returns the timeout, if there is one.
    pub(in crate::verb) fn timeout(&self) -> Option<Duration> {
        self.running.timeout()
    }

    /// Removes the deadline from here on.
    pub(in crate::verb) fn forget_deadline(&mut self) {
        self.running.forget_deadline();
    }

    /// Returns a batch to the thread once it has been read.
    pub(in crate::verb) fn recycle(&self, batch: RowBatch) {
        self.running.reply().recycle(batch);
    }

    /// Stops the statement, whose further answer nobody reads.
    pub(in crate::verb) fn cancel(&self) {
        self.running.reply().cancel();
    }

    /// Returns the index of the statement that is answering.
    pub(in crate::verb) fn step(&self) -> usize {
        self.step
    }

    /// Returns how the answer of the first statement is read.
    pub(in crate::verb) fn answer(&mut self) -> &mut Answer {
        &mut self.answer
    }

    /// Returns how the answer of one of its statements is read.
    pub(in crate::verb) fn answer_of(&mut self, step: usize) -> &mut Answer {
        match step {
            0 => &mut self.answer,
            _ => self.further.get_mut(step - 1).unwrap_or(&mut self.answer),
        }
    }

    /// Returns how the answer of one of its statements is read.
    pub(in crate::verb) fn known_answer(&self, step: usize) -> &Answer {
        match step {
            0 => &self.answer,
            _ => self.further.get(step - 1).unwrap_or(&self.answer),
        }
    }

    /// Adds the text of the answering statement to an error.
    #[cold]
    pub(in crate::verb) fn named(&self, error: Error) -> Error {
        self.known_answer(self.step).named(error)
    }

    /// Returns the error for unreadable rows of the first statement, which says whether its
    /// changes are kept.
    #[cold]
    pub(in crate::verb) fn unreadable(&self, error: Error) -> Error {
        self.answer.subject.unreadable(self.answer.named(error))
    }

    /// Returns the error for a first statement without the row that was expected.
    #[cold]
    pub(in crate::verb) fn missing(&self) -> Error {
        self.answer.named(self.answer.subject.missing())
    }

    /// Fails if the first statement returned rows but changed none.
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

    /// Waits for the end and ignores rows.
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
