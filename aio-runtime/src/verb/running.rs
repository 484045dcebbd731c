//! A request under way.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::TryAcquireError;

use super::diagnose::Diagnosis;
use crate::driver::Outcome;
use crate::engine::{Command, Engine, Flow, Part, Queue, Reply, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{Executor, Waiting};

/// A request, from before it is sent until it is answered.
pub(crate) struct Running {
    executor: Executor,
    state: State,
    reply: Reply,
    /// The text, for errors that are found when rows are read.
    text: Option<Arc<str>>,
    /// What to ask when it fails, for an error that says more.
    diagnosis: Option<Box<Diagnosis>>,
}

enum State {
    /// Not sent yet, or not to be sent.
    New(Result<Request>),
    /// Waits for a place in the queue.
    Waiting(Waiting, Arc<Queue>, Request),
    /// Sent.
    Sent,
    /// Failed, and something is asked about it.
    Diagnosing(Pin<Box<dyn Future<Output = Error> + Send>>),
    /// Answered.
    Done,
}

impl Running {
    /// A request that is sent when it is first polled.
    pub(crate) fn new(executor: &Executor, command: Command, flow: Flow, rows: u64, names: bool) -> Running {
        let (reply, responder) = Reply::new(flow, rows, names);
        let request = Request { command, responder, transaction: 0, place: None };
        Running { executor: executor.clone(), state: State::New(Ok(request)), reply, text: None, diagnosis: None }
    }

    /// A request that cannot be sent.
    pub(crate) fn failed(executor: &Executor, error: Error) -> Running {
        let (reply, _) = Reply::new(Flow::Collected, 0, false);
        Running { executor: executor.clone(), state: State::New(Err(error)), reply, text: None, diagnosis: None }
    }

    /// The same with a question for the case that it fails.
    pub(crate) fn diagnosed(mut self, diagnosis: Diagnosis) -> Running {
        self.diagnosis = Some(Box::new(diagnosis));
        self
    }

    /// The same with its text, for errors that are found when rows are read.
    pub(crate) fn with_text(mut self, text: Arc<str>) -> Running {
        self.text = Some(text);
        self
    }

    /// The error with the text of the statement.
    pub(crate) fn named(&self, error: Error) -> Error {
        match &self.text {
            Some(text) => error.with_sql(text),
            None => error,
        }
    }

    pub(crate) fn reply(&self) -> &Reply {
        &self.reply
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::New(request) => {
                    let sent = request.and_then(|request| self.send(request));
                    match sent {
                        Ok(state) => self.state = state,
                        Err(error) => return Poll::Ready(Err(error)),
                    }
                }
                State::Waiting(mut waiting, queue, mut request) => match waiting.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Waiting(waiting, queue, request);
                        return Poll::Pending;
                    }
                    Poll::Ready(place) => {
                        // Without a place the queue is closed, and answers so.
                        request.place = place;
                        queue.push(request);
                        self.state = State::Sent;
                    }
                },
                State::Sent => {
                    self.state = State::Sent;
                    let result = ready!(self.reply.poll(context));
                    match result {
                        Ok(rows @ Part::Rows(_)) => return Poll::Ready(Ok(rows)),
                        Ok(end @ Part::End(_)) => {
                            self.state = State::Done;
                            return Poll::Ready(Ok(end));
                        }
                        Err(error) => match self.diagnosis.take() {
                            Some(diagnosis) => {
                                self.state =
                                    State::Diagnosing(Box::pin(diagnosis.explain(self.executor.clone(), error)));
                            }
                            None => {
                                self.state = State::Done;
                                return Poll::Ready(Err(error));
                            }
                        },
                    }
                }
                State::Diagnosing(mut asking) => match asking.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Diagnosing(asking);
                        return Poll::Pending;
                    }
                    Poll::Ready(error) => return Poll::Ready(Err(error)),
                },
                State::Done => {
                    return Poll::Ready(Err(Error::new(ErrorKind::Usage, "the future was polled after it was ready")));
                }
            }
        }
    }

    fn send(&self, mut request: Request) -> Result<State> {
        let route = self.executor.route(&request.command)?;
        request.transaction = route.transaction;
        let places = Arc::clone(&route.queue.places);
        match Arc::clone(&places).try_acquire_owned() {
            Err(TryAcquireError::NoPermits) => {
                let waiting: Waiting = Box::pin(async move { places.acquire_owned().await.ok() });
                Ok(State::Waiting(waiting, route.queue, request))
            }
            place => {
                request.place = place.ok();
                route.queue.push(request);
                Ok(State::Sent)
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
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.state, State::Sent) {
            self.reply.cancel();
            self.executor.engine().gate().look_again();
        }
    }
}

/// Waits for the end of a request that was sent already. Dropped, it cancels what has not begun.
pub(crate) async fn outcome_of(reply: Reply, engine: &Arc<Engine>) -> Result<()> {
    struct Cancel<'a>(Option<Reply>, &'a Engine);
    impl Drop for Cancel<'_> {
        fn drop(&mut self) {
            if let Some(reply) = &self.0 {
                reply.cancel();
                self.1.gate().look_again();
            }
        }
    }
    let mut waiting = Cancel(Some(reply), engine);
    let end = poll_fn(|context| {
        let Some(reply) = &waiting.0 else { return Poll::Ready(Ok(())) };
        loop {
            match ready!(reply.poll(context))? {
                Part::Rows(batch) => reply.recycle(batch),
                Part::End(_) => return Poll::Ready(Ok(())),
            }
        }
    })
    .await;
    waiting.0 = None;
    end
}
