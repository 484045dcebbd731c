//! `execute`: what a statement did.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::error::Result;
use crate::executor::Running;
use crate::outcome::Outcome;

/// The future of `execute`: how many rows were changed.
///
/// # Cancellation
/// Dropped before its turn the statement never runs; one that has begun is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Execute {
    running: Running,
    /// Whether the rows have numbers: SQLite would report that of an earlier insert where they have none.
    numbered: bool,
}

impl Execute {
    pub(super) fn new(running: Running) -> Execute {
        Execute { running, numbered: true }
    }

    /// The same for a table whose rows have no numbers.
    pub(super) fn without_numbers(mut self) -> Execute {
        self.numbered = false;
        self
    }
}

impl Future for Execute {
    type Output = Result<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        let outcome = ready!(self.running.poll_outcome(context))?;
        let last_insert_id = outcome.last_insert_id.filter(|_| self.numbered);
        Poll::Ready(Ok(Outcome { last_insert_id, ..outcome }))
    }
}

impl std::fmt::Debug for Execute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Execute").finish_non_exhaustive()
    }
}
