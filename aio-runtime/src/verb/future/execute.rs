//! `execute`: the outcome of a statement.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::execution::Execution;
use crate::error::Result;
use crate::outcome::Outcome;

/// The future of `execute`, which resolves to the number of rows that were changed.
///
/// # Cancellation
/// A statement that is dropped before it has begun never runs. One that has begun is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Execute(Execution);

impl Execute {
    pub(in crate::verb) fn new(execution: Execution) -> Execute {
        Execute(execution)
    }
}

impl Future for Execute {
    type Output = Result<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        self.0.poll_outcome(context)
    }
}

impl std::fmt::Debug for Execute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}
