//! Spans and events for the crate `tracing`, if the feature `tracing` is enabled: a span for each
//! request, with its SQL, how long it waited and how long it ran, and an event at its end. The
//! values of parameters are included only if
//! [`Builder::trace_values`](crate::Builder::trace_values) asks for them.

use std::time::{Duration, Instant};

#[cfg(feature = "tracing")]
use crate::caught::{Foreign, caught};
use crate::error::Result;
use crate::outcome::Outcome;
use crate::value::Param;
#[cfg(feature = "tracing")]
use crate::value::{Unredacted, Value};

/// Whether the feature `tracing` is enabled.
pub(crate) const ENABLED: bool = cfg!(feature = "tracing");

/// Logs that the connection which listens to notifications was lost.
#[cfg(feature = "tracing")]
pub(crate) fn listening_interrupted(error: &crate::error::Error) {
    drop(caught(|| tracing::warn!(target: "aio_sql", %error, "listening was interrupted")));
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn listening_interrupted(_: &crate::error::Error) {}

/// The span of a request, which begins when the request is sent.
#[derive(Debug)]
pub(crate) struct Trace {
    #[cfg(feature = "tracing")]
    span: Foreign<tracing::Span>,
}

/// The span of a request that is running, and the times to be recorded when the request ends.
pub(crate) struct Run {
    #[cfg(feature = "tracing")]
    started: Instant,
    #[cfg(feature = "tracing")]
    queued: Duration,
    #[cfg(feature = "tracing")]
    span: Foreign<tracing::Span>,
    #[cfg(feature = "tracing")]
    slow: Duration,
}

/// Parameters whose `Debug` shows the values, unlike that of [`Param`].
#[cfg(feature = "tracing")]
struct ShownParams<'a>(&'a [Param]);

#[cfg(feature = "tracing")]
impl std::fmt::Debug for ShownParams<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut list = f.debug_list();
        for param in self.0 {
            match param {
                Param::Value(value) => list.entry(&Unredacted(value.as_ref())),
                Param::List(values) => list.entry(&ShownList(values)),
            };
        }
        list.finish()
    }
}

/// The values of a parameter that is a list, whose `Debug` shows them.
#[cfg(feature = "tracing")]
struct ShownList<'a>(&'a [Value]);

#[cfg(feature = "tracing")]
impl std::fmt::Debug for ShownList<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|value| Unredacted(value.as_ref()))).finish()
    }
}

#[cfg(feature = "tracing")]
impl Trace {
    /// Creates a span inside the current span of the task. `params` are the parameters to be
    /// recorded in it, if their values may be shown.
    pub(crate) fn new(sql: &str, params: Option<&[Param]>) -> Trace {
        let span = tracing::debug_span!(
            target: "aio_sql",
            "statement",
            sql,
            values = tracing::field::Empty,
            connection = tracing::field::Empty,
            rows = tracing::field::Empty,
            rows_affected = tracing::field::Empty,
            queued = tracing::field::Empty,
            elapsed = tracing::field::Empty,
        );
        if let Some(params) = params
            && !span.is_disabled()
        {
            span.record("values", tracing::field::debug(ShownParams(params)));
        }
        Trace { span: Foreign::new(span) }
    }

    /// Returns a trace without a span, for requests that the library makes on its own, such as an
    /// automatic checkpoint.
    pub(crate) fn none() -> Trace {
        Trace { span: Foreign::new(tracing::Span::none()) }
    }

    /// Records that the request, which was sent at `arrived`, begins to run. If it runs for at
    /// least `slow`, `end` logs a warning.
    pub(crate) fn run(self, arrived: Instant, slow: Duration) -> Run {
        let started = Instant::now();
        Run { started, queued: started.saturating_duration_since(arrived), span: self.span, slow }
    }
}

#[cfg(feature = "tracing")]
impl Run {
    /// Moves the recorded start back by `elapsed`, because the request had already run for this
    /// time when `run` was called.
    pub(crate) fn took(mut self, elapsed: Duration) -> Run {
        self.started -= elapsed;
        self.queued = self.queued.saturating_sub(elapsed);
        self
    }

    /// Records the outcome of the request, logs an event, and closes the span.
    pub(crate) fn end(self, connection: &str, sql: &str, rows: u64, result: &Result<Outcome>) {
        drop(caught(|| self.record(connection, sql, rows, result)));
    }

    fn record(mut self, connection: &str, sql: &str, rows: u64, result: &Result<Outcome>) {
        let elapsed = self.started.elapsed();
        let Some(span) = self.span.take() else { return };
        let (queued, slow) = (self.queued, self.slow);
        span.record("connection", connection);
        span.record("rows", rows);
        span.record("queued", tracing::field::debug(queued));
        span.record("elapsed", tracing::field::debug(elapsed));
        let _inside = span.enter();
        match result {
            Ok(outcome) => {
                let rows_affected = outcome.rows_affected;
                span.record("rows_affected", rows_affected);
                tracing::debug!(target: "aio_sql", sql, connection, rows, rows_affected, ?queued, ?elapsed, "statement");
            }
            Err(error) => {
                tracing::debug!(target: "aio_sql", sql, connection, %error, ?queued, ?elapsed, "statement failed");
            }
        }
        if elapsed >= slow {
            tracing::warn!(target: "aio_sql", sql, connection, rows, ?queued, ?elapsed, "slow statement");
        }
    }
}

#[cfg(not(feature = "tracing"))]
impl Trace {
    pub(crate) fn new(_: &str, _: Option<&[Param]>) -> Trace {
        Trace {}
    }

    pub(crate) fn none() -> Trace {
        Trace {}
    }

    pub(crate) fn run(self, _: Instant, _: Duration) -> Run {
        Run {}
    }
}

#[cfg(not(feature = "tracing"))]
impl Run {
    pub(crate) fn took(self, _: Duration) -> Run {
        self
    }

    pub(crate) fn end(self, _: &str, _: &str, _: u64, _: &Result<Outcome>) {}
}
