//! `all`: every row, in a `Vec`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::decode::Decoder;
use super::subject::Subject;
use crate::engine::Part;
use crate::error::{Error, Result};
use crate::executor::Running;
use crate::row::FromRow;

/// The future of `all`: every row of the result.
///
/// # Cancellation
/// Dropped before its turn the statement never runs. A query under way is stopped; a write is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct All<O> {
    running: Running,
    decoder: Decoder,
    subject: Subject,
    rows: Vec<O>,
}

impl<O> All<O> {
    pub(super) fn new(running: Running, decoder: Decoder, subject: Subject) -> All<O> {
        All { running, decoder, subject, rows: Vec::new() }
    }

    /// No row came where one was asked for.
    #[cold]
    pub(super) fn missing(&self) -> Error {
        self.running.named(self.subject.missing())
    }
}

// Nothing in it is pinned.
impl<O> Unpin for All<O> {}

impl<O: FromRow> Future for All<O> {
    type Output = Result<Vec<O>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<O>>> {
        let this = self.get_mut();
        loop {
            let part = ready!(this.running.poll(context))?;
            match part {
                Part::Columns(names) => {
                    let named = this.decoder.names::<O>(names);
                    named.map_err(|error| this.subject.unreadable(this.running.named(error)))?;
                }
                Part::Rows(batch) => {
                    let read = this.decoder.rows(&batch, &mut this.rows);
                    read.map_err(|error| this.subject.unreadable(this.running.named(error)))?;
                    this.running.reply().recycle(batch);
                }
                Part::Step(_) => {}
                Part::End(outcome) => {
                    let rows = std::mem::take(&mut this.rows);
                    if outcome.rows_affected == 0
                        && !rows.is_empty()
                        && let Some(error) = this.subject.unwritten()
                    {
                        return Poll::Ready(Err(this.running.named(error)));
                    }
                    return Poll::Ready(Ok(rows));
                }
            }
        }
    }
}

impl<O> std::fmt::Debug for All<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("All").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
