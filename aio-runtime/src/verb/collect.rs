//! `collect`: every row, in a map or a set.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::decode::Decoder;
use super::running::Running;
use crate::engine::Part;
use crate::error::Result;
use crate::row::FromRow;

/// A collection that takes rows of the type `O`: a map takes pairs.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` takes no rows that are `{O}`",
    label = "the query gives `{O}`",
    note = "a map takes pairs: select its key and its value by `.columns((KEY, VALUE))`"
)]
pub trait Collects<O>: Default + Extend<O> {}

#[diagnostic::do_not_recommend]
impl<O, C: Default + Extend<O>> Collects<O> for C {}

/// The future of `collect`: every row of the result, in a collection such as a `HashMap`, a `BTreeMap` or a `HashSet`.
///
/// # Cancellation
/// As that of [`All`](crate::All).
#[must_use = "futures do nothing unless they are awaited"]
pub struct Collect<O, C> {
    running: Running,
    decoder: Decoder,
    /// Those of one batch.
    rows: Vec<O>,
    collection: C,
    // Functions in place of a bound of the future: the compiler then says once that the collection takes no such rows.
    extend: fn(&mut C, &mut Vec<O>),
    take: fn(&mut C) -> C,
}

impl<O, C: Collects<O>> Collect<O, C> {
    pub(super) fn new(running: Running, decoder: Decoder) -> Collect<O, C> {
        let extend = |collection: &mut C, rows: &mut Vec<O>| collection.extend(rows.drain(..));
        Collect { running, decoder, rows: Vec::new(), collection: C::default(), extend, take: std::mem::take }
    }
}

// Nothing in it is pinned.
impl<O, C> Unpin for Collect<O, C> {}

impl<O: FromRow, C> Future for Collect<O, C> {
    type Output = Result<C>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<C>> {
        let this = self.get_mut();
        loop {
            let part = ready!(this.running.poll(context))?;
            match part {
                Part::Columns(names) => {
                    let named = this.decoder.names::<O>(names);
                    named.map_err(|error| this.running.named(error))?;
                }
                Part::Rows(batch) => {
                    let read = this.decoder.rows(&batch, &mut this.rows);
                    read.map_err(|error| this.running.named(error))?;
                    this.running.reply().recycle(batch);
                    (this.extend)(&mut this.collection, &mut this.rows);
                }
                Part::Step(_) => {}
                Part::End(_) => return Poll::Ready(Ok((this.take)(&mut this.collection))),
            }
        }
    }
}

impl<O, C> std::fmt::Debug for Collect<O, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collect").finish_non_exhaustive()
    }
}
