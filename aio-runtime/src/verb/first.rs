//! `one`, `optional` and `scalar`: the first row.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::all::All;
use super::decode::Decoder;
use super::running::Running;
use crate::error::{Error, ErrorKind, Result};
use crate::row::FromRow;
use crate::schema::TableDef;

/// The future of `optional`: the first row, if there is one. Further rows are not read.
///
/// # Cancellation
/// As that of [`All`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Optional<O>(All<O>);

impl<O> Optional<O> {
    pub(super) fn new(running: Running, decoder: Decoder) -> Optional<O> {
        Optional(All::new(running, decoder))
    }
}

impl<O: FromRow> Future for Optional<O> {
    type Output = Result<Option<O>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Option<O>>> {
        let rows = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(Ok(rows.into_iter().next()))
    }
}

/// The future of `one`: the first row, or [`ErrorKind::NotFound`].
///
/// # Cancellation
/// As that of [`All`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct One<O> {
    optional: Optional<O>,
    table: Option<&'static TableDef>,
}

/// The future of `scalar`: the first row's value, or [`ErrorKind::NotFound`].
pub type Scalar<V> = One<V>;

impl<O> One<O> {
    pub(super) fn new(running: Running, decoder: Decoder, table: Option<&'static TableDef>) -> One<O> {
        One { optional: Optional::new(running, decoder), table }
    }
}

impl<O: FromRow> Future for One<O> {
    type Output = Result<O>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<O>> {
        let row = ready!(Pin::new(&mut self.optional).poll(context))?;
        Poll::Ready(row.ok_or_else(|| self.optional.0.running().named(not_found(self.table))))
    }
}

pub(super) fn not_found(table: Option<&TableDef>) -> Error {
    let (table, message) = match table {
        Some(table) => (Some(table.name.to_owned()), format!("{}: there is no such row", table.name)),
        None => (None, "the query gave no row".to_owned()),
    };
    Error::new(ErrorKind::NotFound { table }, message)
}
