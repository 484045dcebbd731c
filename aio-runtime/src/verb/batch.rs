//! Batches: several statements in one message and one transaction.

mod results;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::future::{Execution, Fetch};
use super::prepare::{Prepare, Prepared};
use crate::dialect::Dialect;
use crate::engine::Part;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::row::FromRow;

use results::{Append, CollectedRows, Executed, ResultSpecs, Results, Rows};

/// Several statements that are sent in one message and run in one transaction: if one of them
/// fails, none has an effect. The results of the statements are returned as a tuple.
///
/// The connection does not wait for the task between the statements, so a batch delays other
/// writers only as long as its statements take. Batches that write and have to wait may share a
/// commit with other writes. On a transaction, a batch runs in a savepoint. A batch of queries
/// reads one snapshot of the database.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Batch, Database, Result, Table, sql};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// # async fn run(db: Database) -> Result<()> {
/// let (dana, changed, names, count) = Batch::new()
///     .one(User::insert(NewUser { name: "Dana".into() }))
///     .execute(User::update().set(User::NAME, "Dan").filter(User::NAME.eq("Danny")))
///     .all(User::select().order_by(User::NAME).columns(User::NAME))
///     .one(sql!("select count(*) from {User}"))
///     .run(&db)
///     .await?;
/// let dana: User = dana;
/// let changed: u64 = changed.rows_affected;
/// let names: Vec<String> = names;
/// let count: i64 = count;
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `run` runs it"]
pub struct Batch<R = ()> {
    statements: Vec<Pending>,
    results: R,
    timeout: Option<Duration>,
}

/// A statement that is prepared when the dialect of the database is known.
struct Pending {
    prepare: Box<dyn FnOnce(Dialect) -> Result<Prepared> + Send>,
    /// The maximum number of rows to read.
    rows: u64,
}

/// A statement that can be run for its [`Outcome`](crate::Outcome): an insert, an update, a
/// delete, or raw SQL.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Batch, sql};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let batch = Batch::new()
///     .execute(User::update().set(User::KARMA, 0).filter(User::ID.eq(1)))
///     .execute(Post::delete().all_rows())
///     .execute(sql!("update {User} set karma = 1 where id = 2"));
/// batch.run(&db).await?;
/// assert_eq!(User::find(2).one(&db).await?.karma, 1);
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a query cannot be run by `execute`",
    label = "in a batch, read its rows by `all`, `one` or `optional`"
)]
pub trait Executes: Send + 'static {
    #[doc(hidden)]
    fn outcome(self) -> impl Prepare + Send + 'static;
}

/// A statement that returns rows of type `O`: a query, an insert, a write with `returning`, or raw
/// SQL.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::{Batch, sql};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let (names, deleted, count) = Batch::new()
///     .all(User::select().order_by(User::NAME).columns(User::NAME))
///     .all(Post::delete().all_rows().returning(Post::TITLE))
///     .one(sql!("select count(*) from {Post}"))
///     .run(&db)
///     .await?;
/// let count: i64 = count;
/// assert_eq!((names.len(), deleted, count), (2, vec!["Hello".to_owned()], 0));
/// # db.close().await
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "the statement does not return rows of `{O}`",
    note = "in a batch, run a statement without reading its rows by `execute(..)`",
    note = "an update or a delete returns the rows that it has written with `.returning(..)`"
)]
pub trait ReturnsRows<O>: Send + 'static {
    /// The type that decodes a row.
    #[doc(hidden)]
    type Row: FromRow<Read = O>;

    #[doc(hidden)]
    fn rows(self) -> impl Prepare + Send + 'static;
}

impl Batch {
    /// Creates an empty batch.
    pub fn new() -> Batch {
        Batch { statements: Vec::new(), results: (), timeout: None }
    }
}

impl Default for Batch {
    fn default() -> Batch {
        Batch::new()
    }
}

impl<R> Batch<R> {
    fn with<X>(mut self, statement: impl Prepare + Send + 'static, rows: u64, result: X) -> Batch<R::With>
    where
        R: Append<X>,
    {
        self.statements.push(Pending { prepare: Box::new(|dialect| statement.prepare(dialect)), rows });
        Batch { statements: self.statements, results: self.results.append(result), timeout: self.timeout }
    }

    /// Adds a statement that is run for all of its rows. The result of the statement is a
    /// `Vec<O>`.
    pub fn all<O, S: ReturnsRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, Vec<O>>>,
    {
        self.with(statement.rows(), u64::MAX, CollectedRows::all())
    }

    /// Adds a statement that is run for its first row. The result of the statement is an `O`.
    ///
    /// If there is no row, the batch fails with
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound). The changes of the batch are kept
    /// nevertheless, because they are committed before the rows are returned.
    pub fn one<O, S: ReturnsRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, O>>,
    {
        self.with(statement.rows(), 1, CollectedRows::one())
    }

    /// Adds a statement that is run for its first row. The result of the statement is an
    /// `Option<O>`, which is `None` if there is no row.
    pub fn optional<O, S: ReturnsRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, Option<O>>>,
    {
        self.with(statement.rows(), 1, CollectedRows::optional())
    }

    /// Adds a statement that is run without reading rows. The result of the statement is an
    /// [`Outcome`](crate::Outcome).
    pub fn execute<S: Executes>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Executed>,
    {
        self.with(statement.outcome(), u64::MAX, Executed::default())
    }

    /// Sets how long the batch may take, including the time that it waits. Timeouts that are set
    /// on its statements are ignored.
    ///
    /// After this time the batch fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) and
    /// nothing is written, unless its commit has begun. Defaults to the timeout of the
    /// [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs all statements in one transaction, and returns their results as a tuple.
    ///
    /// # Errors
    /// Returns the error of the first statement that fails;
    /// [`Error::statement`](crate::Error::statement) returns its index. Nothing is written in that
    /// case, except if all statements were run and a row is then missing for [`one`](Batch::one)
    /// or cannot be read.
    ///
    /// # Cancellation
    /// See [`BatchRun`].
    pub fn run(self, ex: &Executor) -> BatchRun<R>
    where
        R: Results,
    {
        let Batch { statements, results, timeout } = self;
        let prepare = |(number, Pending { prepare, rows }): (usize, Pending)| {
            let prepared = prepare(ex.dialect()).map_err(|error| error.at_statement(number))?;
            Ok((prepared, rows))
        };
        let prepared: Result<Vec<_>> = statements.into_iter().enumerate().map(prepare).collect();
        let prepared = prepared.map(|prepared| Prepared::combined(prepared).with_timeout(timeout));
        let writes = prepared.as_ref().is_ok_and(|prepared| prepared.command.writes_rows());
        let execution = Execution::of_prepared(ex, prepared, Fetch::All);
        BatchRun { execution, results: Some(results), writes }
    }
}

/// The future of a batch. It resolves to the results of the statements as a tuple.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # use aio_sql::Batch;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let batch = Batch::new().one(User::find(1)).execute(Post::delete().all_rows());
/// let (dana, deleted) = batch.run(&db).await?;
/// assert_eq!((dana.name.as_str(), deleted.rows_affected), ("Dana", 1));
/// # db.close().await
/// # }
/// ```
///
/// # Errors
/// The error of the first statement that fails; see [`Batch::run`].
///
/// # Cancellation
/// If the future is dropped before the batch has begun, the batch does not run. A batch that has
/// begun is finished if it writes, and stopped if it only reads.
#[must_use = "futures do nothing unless they are awaited"]
pub struct BatchRun<R> {
    execution: Execution,
    results: Option<R>,
    /// Whether any of the statements writes.
    writes: bool,
}

/// Returns the error for rows that cannot be decoded. If the batch writes, the error says that its
/// changes are kept.
#[cold]
fn unreadable(error: Error, step: usize, writes: bool) -> Error {
    let error = error.at_statement(step);
    if writes { error.with_remark("the batch was run, and its changes are kept") } else { error }
}

// No field is pinned.
impl<R> Unpin for BatchRun<R> {}

impl<R: Results> Future for BatchRun<R> {
    type Output = Result<R::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R::Output>> {
        let BatchRun { execution, results, writes } = self.get_mut();
        loop {
            let part = ready!(execution.poll(context))?;
            let step = execution.step();
            let Some(taking) = results else { continue };
            match part {
                Part::Columns(names) => {
                    let named = taking.columns(step, names, execution.spec_of(step));
                    named.map_err(|error| unreadable(error, step, *writes))?;
                }
                Part::Rows(batch) => {
                    let read = taking.rows(step, &Rows(&batch), execution.spec_of(step));
                    read.map_err(|error| unreadable(error, step, *writes))?;
                    execution.recycle(batch);
                }
                // This part of the reply is the outcome of a statement. `poll` has already
                // advanced `step` to the next statement.
                Part::Step(outcome) => taking.end(step - 1, outcome),
                Part::End(_) => {
                    if let Some(results) = results.take() {
                        return Poll::Ready(results.finish(&ResultSpecs(execution)));
                    }
                }
            }
        }
    }
}

impl<R> fmt::Debug for Batch<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("statements", &self.statements.len()).finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for BatchRun<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchRun").field("step", &self.execution.step()).finish_non_exhaustive()
    }
}
