//! `one`, `optional` and `scalar`: the first row of a result.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::all::All;
use super::execution::Execution;
use crate::error::Result;
use crate::row::FromRow;

/// The future of `optional`. It resolves to the first row, or to `None` if there is no row.
/// Further rows are not read.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// assert_eq!(User::find(1).optional(&db).await?.map(|user| user.name), Some("Dana".into()));
/// assert_eq!(User::find(99).optional(&db).await?, None);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`All`].
///
/// # Cancellation
/// Like [`All`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Optional<R>(All<R>);

impl<R> Optional<R> {
    pub(in crate::verb) fn new<O: FromRow<Read = R>>(execution: Execution) -> Optional<R> {
        Optional(All::new::<O>(execution))
    }
}

impl<R> Future for Optional<R> {
    type Output = Result<Option<R>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Option<R>>> {
        let rows = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(Ok(rows.into_iter().next()))
    }
}

/// The future of `one`. It resolves to the first row, or fails with
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::ErrorKind;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let user: User = User::find(1).one(&db).await?;
/// assert_eq!(user.name, "Dana");
/// let error = User::find(99).one(&db).await.unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::NotFound { .. }));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row, and the errors of
/// [`All`].
///
/// # Cancellation
/// Like [`All`].
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct One<R>(Optional<R>);

/// The future of `scalar`. It resolves to the value of the first row, or fails with
/// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no row.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::sql;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let highest: i64 = sql!("select max(karma) from {User}").scalar(&db).await?;
/// assert_eq!(highest, 7);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`One`].
///
/// # Cancellation
/// Like [`All`].
pub type Scalar<V> = One<V>;

impl<R> One<R> {
    pub(in crate::verb) fn new<O: FromRow<Read = R>>(execution: Execution) -> One<R> {
        One(Optional::new::<O>(execution))
    }
}

impl<R> Future for One<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        let row = ready!(Pin::new(&mut self.0).poll(context))?;
        Poll::Ready(row.ok_or_else(|| self.0.0.missing()))
    }
}
