//! Several statements in one message and one transaction.

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

use results::{Answers, Append, CollectedRows, Executed, Results, Rows};

/// Several statements that are sent in one message and run in one transaction, all or none. Their
/// results are a tuple.
///
/// The database waits for no task between the statements, so that they hold up other writers no
/// longer than they take. Batches that wait for the writer share a commit with other writes. On a
/// transaction, a batch is a savepoint. A batch that only reads sees one state of the database.
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
/// let (dana, changed, names, count): (User, u64, Vec<String>, i64) = (dana, changed.rows_affected, names, count);
/// # Ok(())
/// # }
/// ```
#[must_use = "a statement does nothing until a verb such as `run` runs it"]
pub struct Batch<R = ()> {
    statements: Vec<Pending>,
    results: R,
    timeout: Option<Duration>,
}

/// A statement that is prepared once the database to run it is known.
struct Pending {
    prepare: Box<dyn FnOnce(Dialect) -> Result<Prepared> + Send>,
    /// The maximum number of rows to read.
    rows: u64,
}

/// A statement that reports an outcome: an insert, an update, a delete, or SQL as text.
#[diagnostic::on_unimplemented(
    message = "a query does nothing that `execute` could report",
    label = "in a batch its rows are read by `all`, `one` or `optional`"
)]
pub trait Executes: Send + 'static {
    #[doc(hidden)]
    fn outcome(self) -> impl Prepare + Send + 'static;
}

/// A statement that returns rows of type `O`: a query, an insert, a write with `returning`, or SQL
/// as text.
#[diagnostic::on_unimplemented(
    message = "the statement gives no rows of `{O}`",
    note = "in a batch `execute(..)` runs a statement whose rows are not wanted",
    note = "an update or a delete gives those that it has written by `.returning(..)`"
)]
pub trait GivesRows<O>: Send + 'static {
    /// The stored forms of a row's columns.
    #[doc(hidden)]
    type Row: FromRow<Read = O>;

    #[doc(hidden)]
    fn rows(self) -> impl Prepare + Send + 'static;
}

impl Batch {
    /// Creates a batch without statements.
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

    /// Adds a statement and reads all of its rows; its result is a `Vec<O>`.
    pub fn all<O, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, Vec<O>>>,
    {
        self.with(statement.rows(), u64::MAX, CollectedRows::all())
    }

    /// Adds a statement and reads its first row; its result is an `O`.
    ///
    /// The batch fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no
    /// row. What it has written stays written even then.
    pub fn one<O, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, O>>,
    {
        self.with(statement.rows(), 1, CollectedRows::one())
    }

    /// Adds a statement and reads its first row, if there is one; its result is an `Option<O>`.
    pub fn optional<O, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<CollectedRows<S::Row, Option<O>>>,
    {
        self.with(statement.rows(), 1, CollectedRows::optional())
    }

    /// Adds a statement that is run for its effect; its result is an [`Outcome`](crate::Outcome).
    pub fn execute<S: Executes>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Executed>,
    {
        self.with(statement.outcome(), u64::MAX, Executed::default())
    }

    /// Sets how long the batch may take, including the time that it waits. The timeouts of its
    /// statements are ignored.
    ///
    /// A batch that takes longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and
    /// has written nothing. Default: that of the [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs the statements, all or none.
    ///
    /// # Errors
    /// Returns the error of the first statement that fails;
    /// [`Error::statement`](crate::Error::statement) returns which one it is.
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
        let prepared = prepared.map(|prepared| Prepared::together(prepared).within(timeout));
        let writes = prepared.as_ref().is_ok_and(|prepared| prepared.command.writes_rows());
        let execution = Execution::of_prepared(ex, prepared, Fetch::All);
        BatchRun { execution, results: Some(results), writes }
    }
}

/// The future of a batch, which resolves to the results of its statements as a tuple.
///
/// # Cancellation
/// A batch that is dropped before it has begun does not run. A batch that has begun is finished if
/// it writes, and stopped if it only reads.
#[must_use = "futures do nothing unless they are awaited"]
pub struct BatchRun<R> {
    execution: Execution,
    results: Option<R>,
    /// Whether any of the statements writes.
    writes: bool,
}

/// The error for rows that cannot be read after the batch was committed.
#[cold]
fn unreadable(error: Error, step: usize, writes: bool) -> Error {
    let error = error.at_statement(step);
    if writes { error.with_remark("the batch was run, and what it wrote stands") } else { error }
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
                    let named = taking.columns(step, names, execution.answer_of(step));
                    named.map_err(|error| unreadable(error, step, *writes))?;
                }
                Part::Rows(batch) => {
                    let read = taking.rows(step, &Rows(&batch), execution.answer_of(step));
                    read.map_err(|error| unreadable(error, step, *writes))?;
                    execution.recycle(batch);
                }
                // The outcome belongs to the step before the one that begins.
                Part::Step(outcome) => taking.end(step - 1, outcome),
                Part::End(_) => {
                    if let Some(results) = results.take() {
                        return Poll::Ready(results.finish(&Answers(execution)));
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
