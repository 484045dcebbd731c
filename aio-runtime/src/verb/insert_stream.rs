//! The method that runs an INSERT of the rows of a stream, with a transaction for each chunk of
//! rows.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{Execution, Fetch};
use super::prepare::{Chunk, InsertResultSpec, Subject};
use crate::error::Result;
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::sql::InsertWriter;
use crate::statement::{InsertClauses, InsertStream, columns_of};
use crate::table::{Insertable, Table};

/// The future of `execute` of an insert of a stream. It resolves to the number of inserted rows.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Stream;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// /// Inserts users that arrive one after another, and commits after every 1000 rows.
/// async fn import(users: impl Stream<Item = NewUser> + Send, db: &Database) -> Result<u64> {
///     Ok(User::insert_stream(users).chunk(1000).execute(db).await?.rows_affected)
/// }
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The error of the chunk that failed; see
/// [`InsertStream::execute`](crate::InsertStream::execute).
///
/// # Cancellation
/// If the future is dropped, the chunks that were written are kept; in a transaction, they are a
/// part of it. Of the chunk that is being written, either all rows are inserted or none.
#[must_use = "futures do nothing unless they are awaited"]
pub struct ExecuteStream<'a>(Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>>);

impl<'a, T: Table> InsertStream<'a, T> {
    /// Inserts the rows, and returns their number.
    ///
    /// # Errors
    /// Returns the error of the chunk that failed; [`Error::committed`](crate::Error::committed)
    /// returns the number of rows that the earlier chunks have inserted.
    ///
    /// # Cancellation
    /// See [`ExecuteStream`].
    pub fn execute(self, ex: &Executor) -> ExecuteStream<'a>
    where
        T: 'a,
        T::New: Send,
    {
        let ex = ex.clone();
        ExecuteStream(Box::pin(async move {
            let InsertStream { mut rows, chunk, mut progress } = self;
            let clauses = InsertClauses::default();
            let spec = InsertResultSpec::of(T::TABLE, &clauses);
            let mut writer = InsertWriter::new(ex.dialect(), T::TABLE, columns_of::<T>(), clauses);
            let (mut all, mut given) = (Outcome::default(), 0);
            loop {
                let mut count = 0;
                writer.renew();
                while count < chunk
                    && let Some(row) = poll_fn(|context| rows.as_mut().poll_next(context)).await
                {
                    row.bind(writer.row());
                    let ended = writer.end_row();
                    ended.map_err(|error| error.at_row(given + count).after_committed(all.rows_affected))?;
                    count += 1;
                }
                if count == 0 {
                    return Ok(all);
                }
                let (rows, subject) = (writer.take(), Subject::Inserted(T::TABLE));
                let chunk = Chunk { spec: spec.clone(), rows, atomic: true, subject, timeout: None };
                let written = Execution::new(&ex, chunk, Fetch::All).outcome().await;
                let outcome =
                    written.map_err(|error| error.shift_row(given, count).after_committed(all.rows_affected))?;
                given += count;
                all.rows_affected += outcome.rows_affected;
                all.last_insert_id = outcome.last_insert_id.or(all.last_insert_id);
                progress.iter_mut().for_each(|progress| progress(all.rows_affected));
            }
        }))
    }
}

impl Future for ExecuteStream<'_> {
    type Output = Result<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for ExecuteStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecuteStream").finish_non_exhaustive()
    }
}
