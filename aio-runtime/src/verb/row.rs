//! `save`, `remove` and `refresh`, which write or read one row by its primary key.

mod plan;
mod write;

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::future::{Execution, Fetch};
use super::prepare::Prepare;
use crate::bindings::Bindings;
use crate::engine::Part;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::{Query, SelectQuery};
use crate::statement::{ColumnsOf, key_condition};
use crate::table::{Keyed, Table};
use write::RowWrite;

/// The future of `save`, which updates the row with the struct's primary key.
///
/// Afterwards, the struct contains the values that the database and the library have set: the
/// version, `updated_at`, generated columns. It does not contain the changes of AFTER triggers,
/// because SQLite returns a row as it was before these triggers run. A later `save` would
/// overwrite those values. If there are such triggers, write only the columns that you have
/// changed, by [`only`](Save::only) or a [patch](crate::Patch), or `refresh` the row first.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Result, Table};
/// #[derive(Table, Debug)]
/// # #[table(crate = "aio_runtime")]
/// struct Article {
///     #[column(primary_key, auto)]
///     id: i64,
///     title: String,
///     #[column(default = "")]
///     slug: String, // an AFTER INSERT trigger sets it
/// }
/// # async fn run(db: Database) -> Result<()> {
/// let new = NewArticle { title: "One".into(), slug: None };
/// let mut article = Article::insert(new).one(&db).await?;
/// article.title = "Two".into();
/// article.save(&db).only(Article::TITLE).await?; // the slug stays as the trigger has set it
/// # Ok(())
/// # }
/// ```
///
/// A row of a view is saved by its INSTEAD OF triggers. A row of a virtual table cannot be saved
/// if it has a version, `updated_at` or generated columns, because SQLite does not return updated
/// rows of virtual tables.
///
/// # Errors
/// - [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the row does not exist, or if a
///   trigger ignored the update; the message says which.
/// - [`ErrorKind::Stale`](crate::ErrorKind::Stale) if the table has a version column and the row
///   was changed since it was read.
///
/// # Cancellation
/// If the future is dropped before the write has begun, nothing is written. A write that has begun
/// is finished, but the struct is not updated.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Save<'a, T> {
    row: &'a mut T,
    write: RowWrite,
    fresh: Option<T>,
}

/// The future of `remove`, which deletes the row with the struct's primary key.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let post = Post::find(1).one(&db).await?;
/// post.remove(&db).await?;
/// assert_eq!(Post::select().count(&db).await?, 0);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// - [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the row does not exist, or if a
///   trigger ignored the delete; the message says which.
/// - [`ErrorKind::Stale`](crate::ErrorKind::Stale) if the table has a version column and the row
///   was changed since it was read.
///
/// # Cancellation
/// If the future is dropped before the delete has begun, nothing is deleted. A delete that has
/// begun is finished.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Remove<T> {
    write: RowWrite,
    types: PhantomData<fn() -> T>,
}

/// The future of `refresh`, which reads the row with the struct's primary key again.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let mut dana = User::find(1).one(&db).await?;
/// User::update().set(User::KARMA, User::KARMA + 1).all_rows().execute(&db).await?;
/// dana.refresh(&db).await?;
/// assert_eq!(dana.karma, 8);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the row does not exist.
///
/// # Cancellation
/// If the future is dropped, the struct stays as it was.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Refresh<'a, T> {
    row: &'a mut T,
    execution: Execution,
    fresh: Option<T>,
}

impl<'a, T: Keyed> Save<'a, T> {
    /// Creates the future. The update is sent when the future is first polled.
    /// Called by the code that the derive generates.
    #[doc(hidden)]
    pub fn new(row: &'a mut T, ex: &Executor) -> Save<'a, T> {
        let (values, key) = values_and_key(row);
        let write = RowWrite::new(T::TABLE, ex, plan::save(T::TABLE, values, key, None));
        Save { row, write, fresh: None }
    }

    /// Writes only these columns of the row: one column, or a tuple of columns. The fields for the
    /// other columns that can be saved keep their values.
    pub fn only<C: ColumnsOf<T>>(mut self, columns: C) -> Self {
        let mut names = Vec::new();
        columns.append_names(&mut names);
        let (values, key) = values_and_key(self.row);
        self.write = self.write.replanned(plan::save(T::TABLE, values, key, Some(&names)));
        self
    }

    /// Sets how long the write may take, including the time that it waits. After this time it
    /// fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and nothing is written, unless
    /// its commit has begun. Defaults to the timeout of the [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.write.set_timeout(timeout);
        self
    }
}

impl<T: Keyed> Remove<T> {
    /// Creates the future. The delete is sent when the future is first polled.
    /// Called by the code that the derive generates.
    #[doc(hidden)]
    pub fn new(row: &T, ex: &Executor) -> Remove<T> {
        let (values, key) = values_and_key(row);
        Remove { write: RowWrite::new(T::TABLE, ex, plan::remove(T::TABLE, values, key)), types: PhantomData }
    }

    /// Sets how long the write may take, including the time that it waits. After this time it
    /// fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and nothing is written, unless
    /// its commit has begun. Defaults to the timeout of the [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.write.set_timeout(timeout);
        self
    }
}

impl<'a, T: Keyed> Refresh<'a, T> {
    /// Creates the future. The query is sent when the future is first polled.
    /// Called by the code that the derive generates.
    #[doc(hidden)]
    pub fn new(row: &'a mut T, ex: &Executor) -> Refresh<'a, T> {
        let (_, key) = values_and_key(row);
        let prepared = key_condition(T::TABLE, key)
            .and_then(|condition| Query::from(SelectQuery::of_key(T::TABLE, condition)).prepare(ex.dialect()));
        Refresh { row, execution: Execution::of_prepared(ex, prepared, Fetch::First), fresh: None }
    }

    /// Sets how long the read may take, including the time that it waits. If it takes longer, it
    /// fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Defaults to the timeout of
    /// the [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.execution.set_timeout(timeout);
        self
    }
}

fn values_and_key<T: Keyed>(row: &T) -> (Bindings, Bindings) {
    let (mut values, mut key) = (Bindings::default(), Bindings::default());
    row.bind(&mut values);
    row.bind_key(&mut key);
    (values, key)
}

fn replace<T: Table>(row: &mut T, fresh: T) {
    let before = std::mem::replace(row, fresh);
    row.keep_skipped(before);
}

// No field is pinned.
impl<T> Unpin for Save<'_, T> {}
impl<T> Unpin for Refresh<'_, T> {}

impl<T: Keyed> Future for Save<'_, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        ready!(this.write.poll(context, &mut this.fresh))?;
        if let Some(fresh) = this.fresh.take() {
            replace(this.row, fresh);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Keyed> Future for Remove<T> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.write.poll(context, &mut None::<T>)
    }
}

impl<T: Keyed> Future for Refresh<'_, T> {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        loop {
            match ready!(this.execution.poll(context))? {
                Part::Rows(batch) => {
                    this.fresh = Some(this.execution.spec().decoder.row::<T>(&batch, &mut 0)?);
                }
                Part::End(_) => {
                    let fresh = this.fresh.take().ok_or_else(|| this.execution.missing())?;
                    replace(this.row, fresh);
                    return Poll::Ready(Ok(()));
                }
                Part::Columns(_) | Part::Step(_) => {}
            }
        }
    }
}

impl<T> std::fmt::Debug for Save<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Save").field("table", &self.write.table_name()).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Remove<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remove").field("table", &self.write.table_name()).finish_non_exhaustive()
    }
}

impl<T> std::fmt::Debug for Refresh<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refresh").finish_non_exhaustive()
    }
}
