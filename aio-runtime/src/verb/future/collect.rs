//! `collect`: every row, as a map or a set.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::all::All;
use crate::error::Result;

/// A collection that can be built from rows of the type `O`. For a map, `O` is a pair of key and
/// value.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// use std::collections::{HashMap, HashSet};
///
/// let names: HashSet<String> = User::select().columns(User::NAME).collect(&db).await?;
/// assert!(names.contains("Dan"));
/// let ids: HashMap<String, i64> =
///     User::select().columns((User::NAME, User::ID)).collect(&db).await?;
/// assert_eq!(ids["Dan"], 2);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be collected from rows of type `{O}`",
    label = "the query returns rows of type `{O}`",
    note = "a map is collected from pairs: select its key and its value by `.columns((KEY, VALUE))`"
)]
pub trait Collects<O>: Default + Extend<O> {}

#[diagnostic::do_not_recommend]
impl<O, C: Default + Extend<O>> Collects<O> for C {}

/// The future of `collect`. It resolves to every row of the result, in a collection such as a
/// `HashMap`, a `BTreeMap` or a `HashSet`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// use std::collections::BTreeMap;
///
/// let query = User::select().columns((User::NAME, User::KARMA));
/// let karma: BTreeMap<String, i64> = query.collect(&db).await?;
/// assert_eq!((karma["Dana"], karma["Dan"]), (7, 3));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`All`](crate::All).
///
/// # Cancellation
/// Like [`All`](crate::All).
#[must_use = "futures do nothing unless they are awaited"]
pub struct Collect<R, C> {
    all: All<R>,
    // This is a function pointer, so that the future needs no bound on `C`: the compiler then
    // reports only once that the collection does not fit the rows.
    collect: fn(Vec<R>) -> C,
}

impl<R, C: Collects<R>> Collect<R, C> {
    pub(in crate::verb) fn new(all: All<R>) -> Collect<R, C> {
        let collect = |rows| {
            let mut collection = C::default();
            collection.extend(rows);
            collection
        };
        Collect { all, collect }
    }
}

impl<R, C> Future for Collect<R, C> {
    type Output = Result<C>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<C>> {
        let rows = ready!(Pin::new(&mut self.all).poll(context))?;
        Poll::Ready(Ok((self.collect)(rows)))
    }
}

impl<R, C> std::fmt::Debug for Collect<R, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collect").finish_non_exhaustive()
    }
}
