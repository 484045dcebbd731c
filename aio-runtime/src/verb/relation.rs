//! The methods that run a query with relations. Its statements are sent in one message, and their
//! rows are combined after all rows have arrived.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::future::{Execution, Fetch};
use super::prepare::{Prepare, Prepared};
use crate::engine::Part;
use crate::error::Result;
use crate::executor::Executor;
use crate::expr::Source;
use crate::statement::{Loaded, Planned, ReadRow, With, plan};

/// The future of `all` of a query with relations. It resolves to every row with its related rows.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let by_id = User::select().order_by(User::ID);
/// let users: Vec<(User, Vec<Post>)> = by_id.with(Post).all(&db).await?;
/// assert_eq!(users[0].1[0].title, "Hello");
/// assert!(users[1].1.is_empty());
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`With::all`].
///
/// # Cancellation
/// If the future is dropped before the statements have begun, they do not run. Running statements
/// are stopped.
#[must_use = "futures do nothing unless they are awaited"]
pub struct AllWith<O> {
    execution: Execution,
    loaded: Loaded,
    read: ReadRow<O>,
}

/// The future of `optional` of a query with relations. It resolves to the first row with its
/// related rows, or to `None` if there is no row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let post: Option<(Post, User)> = Post::find(1).with(User).optional(&db).await?;
/// assert_eq!(post.map(|(_, author)| author.name), Some("Dana".into()));
/// assert_eq!(Post::find(99).with(User).optional(&db).await?, None);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`AllWith`].
///
/// # Cancellation
/// Like [`AllWith`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct OptionalWith<O>(AllWith<O>);

/// The future of `one` of a query with relations. It resolves to the first row with its related
/// rows, or fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let (dana, posts): (User, Vec<Post>) = User::find(1).with(Post).one(&db).await?;
/// assert_eq!((dana.name.as_str(), posts.len()), ("Dana", 1));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row, and the errors of
/// [`AllWith`].
///
/// # Cancellation
/// Like [`AllWith`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct OneWith<O>(OptionalWith<O>);

impl<T: Source, O: Send + 'static> With<T, O> {
    /// Returns every row with its related rows.
    ///
    /// # Errors
    /// - [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the query is grouped or `distinct`; if a
    ///   relation has a `limit`; if a query with a limit is sorted by raw SQL that calls a
    ///   function, or by a function that is called by its name; and if several rows are related to
    ///   one row although the foreign key is unique, because it is unique only under its own
    ///   collation, but is compared by the collation of the column that it refers to.
    /// - [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if a foreign key refers to a row that
    ///   does not exist.
    /// - The errors of a query.
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn all(self, ex: &Executor) -> AllWith<O> {
        AllWith::of(self, ex)
    }

    /// Returns the first row with its related rows.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row, and the errors of
    /// [`all`](With::all).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn one(self, ex: &Executor) -> OneWith<O> {
        OneWith(self.optional(ex))
    }

    /// Returns the first row with its related rows, or `None` if there is no row.
    ///
    /// # Errors
    /// The errors of [`all`](With::all).
    ///
    /// # Cancellation
    /// If the future is dropped, the query does not run, or is stopped.
    pub fn optional(self, ex: &Executor) -> OptionalWith<O> {
        OptionalWith(AllWith::of(self.first(), ex))
    }
}

impl<O> AllWith<O> {
    fn of<T>(with: With<T, O>, ex: &Executor) -> AllWith<O> {
        AllWith::new(Ok(plan(with.query, &with.relations)), with.timeout, with.read, ex)
    }

    /// Creates the future from the statements of a query with relations. `read` reads a row with
    /// its related rows.
    pub(super) fn new(
        planned: Result<Vec<Planned>>,
        timeout: Option<Duration>,
        read: ReadRow<O>,
        ex: &Executor,
    ) -> AllWith<O> {
        let (planned, failed) = match planned {
            Ok(planned) => (planned, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        let prepared = failed.and_then(|()| {
            let statements: Result<Vec<_>> =
                planned.iter().map(|step| Ok((step.query.prepare(ex.dialect())?, u64::MAX))).collect();
            statements.map(|statements| Prepared::combined(statements).with_timeout(timeout))
        });
        let execution = Execution::of_prepared(ex, prepared, Fetch::All);
        AllWith { execution, loaded: Loaded::new(planned), read }
    }

    fn rows(&mut self) -> Result<Vec<O>> {
        (0..self.loaded.len()).map(|row| (self.read)(&self.loaded, 0, row)).collect()
    }
}

// No field is pinned.
impl<O> Unpin for AllWith<O> {}

impl<O> Future for AllWith<O> {
    type Output = Result<Vec<O>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<O>>> {
        let this = self.get_mut();
        loop {
            match ready!(this.execution.poll(context))? {
                Part::Columns(_) => {}
                Part::Rows(batch) => {
                    let added = this.loaded.add(this.execution.step(), batch);
                    added.map_err(|error| this.execution.named(error))?;
                }
                Part::Step(_) => {}
                Part::End(_) => return Poll::Ready(this.rows()),
            }
        }
    }
}

impl<O> Future for OptionalWith<O> {
    type Output = Result<Option<O>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Option<O>>> {
        let rows = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(Ok(rows.into_iter().next()))
    }
}

impl<O> Future for OneWith<O> {
    type Output = Result<O>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<O>> {
        let row = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(row.ok_or_else(|| self.0.0.execution.missing()))
    }
}

impl<O> std::fmt::Debug for AllWith<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AllWith").field("step", &self.execution.step()).finish_non_exhaustive()
    }
}
