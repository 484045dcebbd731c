//! `collect`: every row, in a map or a set.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::decode::Decoder;
use super::running::Running;
use crate::engine::Part;
use crate::error::Result;
use crate::row::FromRow;

/// The future of `collect`: every row of the result, in a collection such as a `HashMap`, a `BTreeMap` or a `HashSet`.
///
/// # Cancellation
/// As that of [`All`](crate::All).
#[must_use = "futures do nothing unless they are awaited"]
pub struct Collect<C: IntoIterator> {
    running: Running,
    decoder: Decoder,
    /// Those of one batch.
    rows: Vec<C::Item>,
    collection: C,
}

impl<C: Default + IntoIterator> Collect<C> {
    pub(super) fn new(running: Running, decoder: Decoder) -> Collect<C> {
        Collect { running, decoder, rows: Vec::new(), collection: C::default() }
    }
}

// Nothing in it is pinned.
impl<C: IntoIterator> Unpin for Collect<C> {}

impl<C: Default + Extend<C::Item> + IntoIterator<Item: FromRow>> Future for Collect<C> {
    type Output = Result<C>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<C>> {
        let this = self.get_mut();
        loop {
            let part = ready!(this.running.poll(context))?;
            match part {
                Part::Columns(names) => {
                    let named = this.decoder.names::<C::Item>(names);
                    named.map_err(|error| this.running.named(error))?;
                }
                Part::Rows(batch) => {
                    let read = this.decoder.rows(&batch, &mut this.rows);
                    read.map_err(|error| this.running.named(error))?;
                    this.running.reply().recycle(batch);
                    this.collection.extend(this.rows.drain(..));
                }
                Part::Step(_) => {}
                Part::End(_) => return Poll::Ready(Ok(std::mem::take(&mut this.collection))),
            }
        }
    }
}

impl<C: IntoIterator> std::fmt::Debug for Collect<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collect").finish_non_exhaustive()
    }
}
