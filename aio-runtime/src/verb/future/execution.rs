//! The execution of a prepared statement.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::engine::{Flow, Part};
use crate::error::{Error, Result};
use crate::executor::{Executor, PendingRequest, ReplyOptions};
use crate::outcome::Outcome;
use crate::row_batch::RowBatch;
use crate::verb::prepare::{Prepare, Prepared, ResultSpec};

/// How the rows of a statement are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::verb) enum Fetch {
    /// All rows are fetched before the future is ready.
    All,
    /// Only the first row is fetched.
    First,
    /// The rows are fetched one after another, as the task reads them.
    Each,
}

/// One or several prepared statements, from before they are sent until they are answered.
pub(in crate::verb) struct Execution {
    request: PendingRequest,
    spec: ResultSpec,
    further: Vec<ResultSpec>,
    /// The index of the statement whose reply is arriving.
    step: usize,
    /// After a failure, the future of the queries that find out details for the error; otherwise
    /// `None`.
    diagnosing: Option<Pin<Box<dyn Future<Output = Error> + Send>>>,
}

impl Execution {
    /// Creates an execution. The statement is sent when the execution is first polled; if it
    /// cannot be prepared, the execution fails then.
    pub(in crate::verb) fn new(ex: &Executor, statement: impl Prepare, fetch: Fetch) -> Execution {
        Execution::of_prepared(ex, statement.prepare(ex.dialect()), fetch)
    }

    /// Creates an execution of prepared statements. If preparing them has failed, the execution
    /// fails with the error.
    pub(in crate::verb) fn of_prepared(ex: &Executor, prepared: Result<Prepared>, fetch: Fetch) -> Execution {
        let (request, spec, further) = match prepared {
            Ok(Prepared { needs_transaction: true, spec, .. }) if !ex.is_transaction() => {
                (PendingRequest::failed(ex, spec.named(locks_outside_of_transaction())), spec, Vec::new())
            }
            Ok(Prepared { command, names, timeout, needs_transaction: _, spec, further }) => {
                let (flow, rows) = match fetch {
                    Fetch::All => (Flow::Collected, u64::MAX),
                    Fetch::First => (Flow::Collected, 1),
                    Fetch::Each => (Flow::Streamed, u64::MAX),
                };
                (PendingRequest::new(ex, command, ReplyOptions { flow, rows, names, timeout }), spec, further)
            }
            Err(error) => (PendingRequest::failed(ex, error), ResultSpec::default(), Vec::new()),
        };
        Execution { request, spec, further, step: 0, diagnosing: None }
    }

    /// Lets the task sleep at once while it waits for the reply. By default it first checks for
    /// the reply a few times, which wastes the time of a task that has other work to do.
    pub(in crate::verb) fn without_spinning(mut self) -> Execution {
        self.request = self.request.without_spinning();
        self
    }

    /// Sets the timeout, if the statement has not been sent yet.
    pub(in crate::verb) fn set_timeout(&mut self, timeout: Duration) {
        self.request.set_timeout(timeout);
    }

    /// Returns the timeout, or `None` if there is no timeout.
    pub(in crate::verb) fn timeout(&self) -> Option<Duration> {
        self.request.timeout()
    }

    /// Removes the deadline, once the first rows of a stream have arrived.
    pub(in crate::verb) fn forget_deadline(&mut self) {
        self.request.forget_deadline();
    }

    /// Gives the buffer of a batch back for reuse: by this request, or by later requests of this
    /// thread.
    pub(in crate::verb) fn recycle(&self, batch: RowBatch) {
        self.request.reply().recycle(batch);
    }

    /// Stops the statement, because nobody reads its remaining rows.
    pub(in crate::verb) fn cancel(&self) {
        self.request.reply().cancel();
    }

    /// Returns the index of the statement whose reply is arriving.
    pub(in crate::verb) fn step(&self) -> usize {
        self.step
    }

    /// Returns the description of the first statement's result.
    pub(in crate::verb) fn spec(&mut self) -> &mut ResultSpec {
        &mut self.spec
    }

    /// Returns the description of the result of the statement with the index `step`.
    pub(in crate::verb) fn spec_of(&mut self, step: usize) -> &mut ResultSpec {
        match step {
            0 => &mut self.spec,
            _ => self.further.get_mut(step - 1).unwrap_or(&mut self.spec),
        }
    }

    /// Returns the description of the result of the statement with the index `step`, for reading
    /// only.
    pub(in crate::verb) fn known_spec(&self, step: usize) -> &ResultSpec {
        match step {
            0 => &self.spec,
            _ => self.further.get(step - 1).unwrap_or(&self.spec),
        }
    }

    /// Adds the SQL of the current statement to an error.
    #[cold]
    pub(in crate::verb) fn named(&self, error: Error) -> Error {
        self.known_spec(self.step).named(error)
    }

    /// Returns the error for rows of the first statement that cannot be decoded. If the statement
    /// has written, the error says that its changes are kept.
    #[cold]
    pub(in crate::verb) fn unreadable(&self, error: Error) -> Error {
        self.spec.subject.unreadable(self.spec.named(error))
    }

    /// Returns the error for the case that the first statement has returned no row.
    #[cold]
    pub(in crate::verb) fn missing(&self) -> Error {
        self.spec.named(self.spec.subject.missing())
    }

    /// Fails if the first statement returned rows (`any`) but changed none. This happens for an
    /// insert into a view if the view's trigger does nothing.
    pub(in crate::verb) fn check_written(&self, any: bool, outcome: Outcome) -> Result<()> {
        match any && outcome.rows_affected == 0 {
            true => self.spec.subject.unwritten().map_or(Ok(()), |error| Err(self.spec.named(error))),
            false => Ok(()),
        }
    }

    pub(in crate::verb) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        if self.diagnosing.is_none() {
            match ready!(self.request.poll(context)) {
                Ok(part) => {
                    if let Part::Step(_) = part {
                        self.step += 1;
                    }
                    return Poll::Ready(Ok(part));
                }
                Err(error) => {
                    let failed = error.statement().unwrap_or_default();
                    let Some(diagnosis) = self.spec_of(failed).take_diagnosis() else {
                        return Poll::Ready(Err(error));
                    };
                    self.diagnosing = Some(Box::pin(diagnosis.explain(self.request.executor().clone(), error)));
                }
            }
        }
        let Some(diagnosing) = &mut self.diagnosing else { return Poll::Pending };
        let error = ready!(diagnosing.as_mut().poll(context));
        self.diagnosing = None;
        Poll::Ready(Err(error))
    }

    /// Waits for the end of the reply, and returns the outcome. Rows are ignored.
    pub(in crate::verb) async fn outcome(mut self) -> Result<Outcome> {
        poll_fn(|context| self.poll_outcome(context)).await
    }

    pub(in crate::verb) fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        loop {
            match ready!(self.poll(context))? {
                Part::Rows(batch) => self.recycle(batch),
                Part::End(outcome) => {
                    return Poll::Ready(Ok(self.spec.outcome(outcome)));
                }
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

#[cold]
fn locks_outside_of_transaction() -> Error {
    Error::usage(
        "a query with `for_update` or `for_share` locks rows until the end of its transaction: run it in one, \
         `db.transaction(..)`",
    )
}
