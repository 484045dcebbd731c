//! The methods that run an INSERT of many rows. The rows are sent in chunks, so that the memory
//! use is limited.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::iter::Peekable;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::future::{All, Execute, Execution, Fetch};
use super::prepare::{Chunk, InsertResultSpec, Subject};
use crate::engine::errors::too_late;
use crate::engine::{BeginOptions, TransactionMode, after, timeout_at};
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::row::FromRow;
use crate::sql::{ChunkSize, InsertWriter, RowsToInsert};
use crate::statement::{DoNothing, InsertAll, InsertClauses, Progress, Returned, ReturningAll, Upsert, columns_of};
use crate::table::{Insertable, Table};
use crate::transaction::begin;

/// The maximum number of chunks that have been sent but not answered yet.
const IN_FLIGHT: usize = 2;

/// The future of `execute` of an insert of many rows. It resolves to the number of written rows.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let new = (0..100).map(|number| NewUser { name: format!("user {number}"), karma: 0 });
/// assert_eq!(User::insert_all(new).execute(&db).await?.rows_affected, 100);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`Execute`](crate::Execute). [`Error::row`](crate::Error::row) returns the index
/// of the row that failed.
///
/// # Cancellation
/// If the future is dropped before the insert has begun, nothing is written. If it is dropped
/// later, the insert is finished or undone as a whole.
#[must_use = "futures do nothing unless they are awaited"]
pub struct ExecuteAll<'a>(Kind<'a, Execute, Outcome>);

/// The future of `all` of an insert of many rows. It resolves to the rows as they were stored, or
/// to the columns of the RETURNING clause.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let new = ["Eve", "Ida"].map(|name| NewUser { name: name.into(), karma: 0 });
/// let users: Vec<User> = User::insert_all(new).all(&db).await?;
/// assert_eq!(users.iter().map(|user| user.id).collect::<Vec<_>>(), [3, 4]);
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The errors of [`ExecuteAll`], and those of reading the rows; see [`All`](crate::All).
///
/// # Cancellation
/// If the future is dropped before the insert has begun, nothing is written. If it is dropped
/// later, the insert is finished or undone as a whole.
#[must_use = "futures do nothing unless they are awaited"]
pub struct AllInserted<'a, R>(Kind<'a, All<R>, Vec<R>>);

enum Kind<'a, F, O> {
    /// All rows are sent in one message.
    Small(F),
    Large(Pin<Box<dyn Future<Output = Result<O>> + Send + 'a>>),
}

impl<F: Future<Output = Result<O>> + Unpin, O> Kind<'_, F, O> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<O>> {
        match self {
            Kind::Small(future) => Pin::new(future).poll(context),
            Kind::Large(future) => future.as_mut().poll(context),
        }
    }
}

/// Produces the chunks of an insert. Code that uses this trait is compiled once, not for each
/// table.
trait Chunks {
    /// Returns the next chunk and the index of its first row. The chunk is empty if there are no
    /// more rows.
    fn next(&mut self) -> Result<(usize, RowsToInsert)>;

    /// Returns whether there are no more rows.
    fn is_at_end(&mut self) -> bool;

    /// Returns whether a chunk is so large that the next chunk is built only after this chunk is
    /// written.
    fn is_large(&self, chunk: &RowsToInsert) -> bool;
}

/// The chunks of an insert of the rows of an iterator.
struct RowChunks<'a, T: Table> {
    rows: Peekable<Box<dyn Iterator<Item = T::New> + Send + 'a>>,
    writer: InsertWriter,
    size: ChunkSize,
    taken: usize,
}

impl<'a, T: Table> RowChunks<'a, T> {
    fn new(rows: Box<dyn Iterator<Item = T::New> + Send + 'a>, ex: &Executor, clauses: InsertClauses) -> Self {
        let writer = InsertWriter::new(ex.dialect(), T::TABLE, columns_of::<T>(), clauses);
        RowChunks { rows: rows.peekable(), writer, size: ChunkSize::of(ex.dialect()), taken: 0 }
    }
}

impl<T: Table> Chunks for RowChunks<'_, T> {
    fn next(&mut self) -> Result<(usize, RowsToInsert)> {
        let first = self.taken;
        while self.writer.bytes() < self.size.bytes
            && self.taken - first < self.size.rows
            && let Some(row) = self.rows.next()
        {
            row.bind(self.writer.row());
            if let Err(error) = self.writer.end_row() {
                let alone = self.taken == 0 && self.rows.peek().is_none();
                return Err(if alone { error } else { error.at_row(self.taken) });
            }
            self.taken += 1;
        }
        self.size = self.size.next();
        Ok((first, self.writer.take()))
    }

    fn is_at_end(&mut self) -> bool {
        self.rows.peek().is_none()
    }

    fn is_large(&self, chunk: &RowsToInsert) -> bool {
        chunk.values().len() > self.size.large
    }
}

impl<'a, T: Table> InsertAll<'a, T> {
    /// Inserts either all rows or none, and returns their number.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn execute(self, ex: &Executor) -> ExecuteAll<'a>
    where
        T: 'a,
        T::New: Send,
    {
        ExecuteAll(match self.begin(ex) {
            StartedInsert::Whole(execution) => Kind::Small(Execute::new(execution)),
            StartedInsert::Chunked(load) => Kind::Large(Box::pin(load.execute())),
        })
    }

    /// Inserts either all rows or none, and returns them as they were stored.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn all(mut self, ex: &Executor) -> AllInserted<'a, T>
    where
        T: Send + 'a,
        T::New: Send,
    {
        self.clauses.returned = Returned::Row;
        self.returned::<T>(ex)
    }

    /// Inserts either all rows or none, and returns the columns of the RETURNING clause.
    #[track_caller]
    fn returned<O: FromRow + Send + 'a>(self, ex: &Executor) -> AllInserted<'a, O::Read>
    where
        T: 'a,
        T::New: Send,
    {
        AllInserted(match self.begin(ex) {
            StartedInsert::Whole(execution) => Kind::Small(All::new::<O>(execution)),
            StartedInsert::Chunked(load) => Kind::Large(Box::pin(load.all::<O>())),
        })
    }

    /// Builds the first chunk. If it contains all rows, is not very large, and no progress is
    /// reported, it is sent in one message. Otherwise the rows are sent in chunks, in a
    /// transaction.
    #[track_caller]
    fn begin(self, ex: &Executor) -> StartedInsert<'a>
    where
        T: 'a,
        T::New: Send,
    {
        let InsertAll { rows, progress, timeout, clauses } = self;
        let spec = InsertResultSpec::of(T::TABLE, &clauses);
        let mut chunks = RowChunks::<T>::new(rows, ex, clauses);
        let (_, first) = match chunks.next() {
            Ok(chunk) => chunk,
            Err(error) => return StartedInsert::Whole(Execution::of_prepared(ex, Err(error), Fetch::All)),
        };
        // The check `is_at_end` builds the next row, which must not be in memory together with a
        // large chunk.
        if !chunks.is_large(&first) && chunks.is_at_end() && progress.is_none() {
            let subject = Subject::Inserted(T::TABLE);
            let all = Chunk { spec, rows: first, atomic: true, subject, timeout };
            return StartedInsert::Whole(Execution::new(ex, all, Fetch::All));
        }
        let timeout = timeout.or(ex.default_timeout());
        let (ex, chunks, location) = (ex.clone(), Box::new(chunks), Location::caller());
        StartedInsert::Chunked(ChunkedInsert { ex, spec, chunks, first, progress, timeout, location })
    }
}

impl<'a, T: Table, O: FromRow + Send + 'a> ReturningAll<'a, T, O> {
    /// Inserts either all rows or none, and returns the columns of the RETURNING clause for each
    /// row.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn all(self, ex: &Executor) -> AllInserted<'a, O::Read>
    where
        T: 'a,
        T::New: Send,
    {
        self.insert.returned::<O>(ex)
    }
}

impl<'a, T: Table> DoNothing<InsertAll<'a, T>> {
    /// Inserts the rows that do not exist yet, and returns their number. If one of these rows
    /// cannot be inserted, none is inserted.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn execute(self, ex: &Executor) -> ExecuteAll<'a>
    where
        T: 'a,
        T::New: Send,
    {
        self.insert.execute(ex)
    }

    /// Inserts the rows that do not exist yet, and returns them as they were stored. If one of
    /// these rows cannot be inserted, none is inserted.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn all(self, ex: &Executor) -> AllInserted<'a, T>
    where
        T: Send + 'a,
        T::New: Send,
    {
        self.insert.all(ex)
    }
}

impl<'a, T: Table> Upsert<InsertAll<'a, T>> {
    /// Inserts or updates the rows, and returns the number of written rows. If one of the rows
    /// cannot be written, none is written.
    ///
    /// # Errors
    /// See [`Execute`](crate::Execute).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn execute(self, ex: &Executor) -> ExecuteAll<'a>
    where
        T: 'a,
        T::New: Send,
    {
        self.insert.execute(ex)
    }

    /// Inserts or updates the rows, and returns the written rows as they are now. If one of the
    /// rows cannot be written, none is written.
    ///
    /// # Errors
    /// See [`All`](crate::All).
    ///
    /// # Cancellation
    /// If the future is dropped before the insert has begun, nothing is written. If it is dropped
    /// later, the insert is finished or undone as a whole.
    #[track_caller]
    pub fn all(self, ex: &Executor) -> AllInserted<'a, T>
    where
        T: Send + 'a,
        T::New: Send,
    {
        self.insert.all(ex)
    }
}

/// Replaces the row number in the error of a chunk by the number of the row in the whole insert.
/// If the insert has only one row, the error gets no number.
#[cold]
fn of_rows(error: Error, first_row: usize, rows: usize, chunks: &mut dyn Chunks) -> Error {
    if first_row == 0 && rows == 1 && chunks.is_at_end() { error } else { error.shift_row(first_row, rows) }
}

/// Creates the execution of a chunk in the transaction of the insert.
fn execution_of_chunk(tx: &Executor, spec: &InsertResultSpec, rows: RowsToInsert) -> Execution {
    let chunk = Chunk { spec: spec.clone(), rows, atomic: false, subject: Subject::Read(None), timeout: None };
    Execution::new(tx, chunk, Fetch::All).without_spinning()
}

/// An insert of many rows whose first chunk was built.
#[allow(clippy::large_enum_variant, reason = "it is taken apart as soon as it is made")]
enum StartedInsert<'a> {
    /// All rows are sent in one message.
    Whole(Execution),
    Chunked(ChunkedInsert<'a>),
}

/// An insert of more rows than fit in one message, or of rows whose progress is reported. It runs
/// in a transaction.
struct ChunkedInsert<'a> {
    ex: Executor,
    spec: InsertResultSpec,
    chunks: Box<dyn Chunks + Send + 'a>,
    first: RowsToInsert,
    progress: Option<Progress<'a>>,
    timeout: Option<Duration>,
    location: &'static Location<'static>,
}

/// A chunk that was sent but not answered yet.
struct Sent {
    first_row: usize,
    rows: usize,
    /// Whether the chunk is so large that the next chunk is built only after this chunk is
    /// written.
    is_large: bool,
    execution: Execution,
    /// The outcome, if it was available as soon as the chunk was sent.
    ended: Option<Result<Outcome>>,
}

impl ChunkedInsert<'_> {
    async fn execute(self) -> Result<Outcome> {
        let ChunkedInsert { ex, spec, mut chunks, first, mut progress, timeout, location } = self;
        let report = move |rows| progress.iter_mut().for_each(|progress| progress(rows));
        in_timed_transaction(&ex, timeout, location, async |tx| write(tx, &spec, &mut *chunks, first, report).await)
            .await
    }

    async fn all<O: FromRow>(self) -> Result<Vec<O::Read>> {
        let ChunkedInsert { ex, spec, mut chunks, first, mut progress, timeout, location } = self;
        in_timed_transaction(&ex, timeout, location, async |tx| {
            let (mut chunk, mut all) = ((0, first), Vec::new());
            while chunk.1.count() > 0 {
                let (first_row, rows) = chunk;
                let count = rows.count();
                let rows = All::new::<O>(execution_of_chunk(tx, &spec, rows)).await;
                all.extend(rows.map_err(|error| of_rows(error, first_row, count, &mut *chunks))?);
                progress.iter_mut().for_each(|progress| progress(all.len() as u64));
                chunk = chunks.next()?;
            }
            Ok(all)
        })
        .await
    }
}

/// Runs a closure in a transaction, and commits the transaction if the closure succeeds within the
/// timeout.
async fn in_timed_transaction<O>(
    ex: &Executor,
    timeout: Option<Duration>,
    location: &'static Location<'static>,
    body: impl AsyncFnOnce(&Executor) -> Result<O>,
) -> Result<O> {
    let work = async {
        // The timeout applies to the whole insert, not to each statement.
        let tx = begin(ex.without_default_timeout(), BeginOptions::new(TransactionMode::Immediate, location)).await?;
        let done = body(&tx).await?;
        Ok((tx, done))
    };
    let (tx, done) = match timeout {
        None => work.await?,
        // With a timeout of zero, nothing is sent.
        Some(Duration::ZERO) => return Err(too_late(Duration::ZERO)),
        Some(timeout) => {
            timeout_at(after(Instant::now(), timeout), work).await.unwrap_or_else(|| Err(too_late(timeout)))?
        }
    };
    tx.commit().await?;
    Ok(done)
}

/// Writes the chunks one after another. The next chunk is built while the current chunk is
/// written, unless the current chunk is very large.
async fn write(
    tx: &Executor,
    spec: &InsertResultSpec,
    chunks: &mut (dyn Chunks + Send),
    first: RowsToInsert,
    mut report: impl FnMut(u64),
) -> Result<Outcome> {
    let mut all = Outcome::default();
    let mut sent: VecDeque<Sent> = VecDeque::with_capacity(IN_FLIGHT);
    let mut next = Some((0, first));
    loop {
        while sent.len() < IN_FLIGHT
            && sent.iter().all(|sent| !sent.is_large)
            && let Some((first_row, rows)) = next.take()
            && rows.count() > 0
        {
            let (count, is_large) = (rows.count(), chunks.is_large(&rows));
            let execution = execution_of_chunk(tx, spec, rows);
            sent.push_back(Sent { first_row, rows: count, is_large, execution, ended: None }.send().await);
            if !is_large {
                next = Some(chunks.next()?);
            }
        }
        let Some(Sent { first_row, rows, is_large, execution, ended }) = sent.pop_front() else { break };
        let outcome = match ended {
            Some(ended) => ended,
            None => execution.outcome().await,
        };
        let outcome = outcome.map_err(|error| of_rows(error, first_row, rows, chunks))?;
        all.rows_affected += outcome.rows_affected;
        all.last_insert_id = outcome.last_insert_id.or(all.last_insert_id);
        report((first_row + rows) as u64);
        if is_large {
            next = Some(chunks.next()?);
        }
    }
    Ok(all)
}

impl Sent {
    /// Sends the chunk without waiting for the reply.
    async fn send(mut self) -> Sent {
        poll_fn(|context| {
            if let Poll::Ready(ended) = self.execution.poll_outcome(context) {
                self.ended = Some(ended);
            }
            Poll::Ready(())
        })
        .await;
        self
    }
}

impl Future for ExecuteAll<'_> {
    type Output = Result<Outcome>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        self.0.poll(context)
    }
}

// No field is pinned.
impl<R> Unpin for AllInserted<'_, R> {}

impl<R> Future for AllInserted<'_, R> {
    type Output = Result<Vec<R>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<R>>> {
        self.0.poll(context)
    }
}

impl fmt::Debug for ExecuteAll<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecuteAll").finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for AllInserted<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllInserted").finish_non_exhaustive()
    }
}
