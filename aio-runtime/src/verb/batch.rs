//! Several statements in one message and one transaction.

#![allow(missing_debug_implementations, reason = "the types of a batch's results are hidden, and have nothing to show")]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::future::{Execution, Fetch};
use super::prepare::{Answer, Prepare, Prepared};
use crate::dialect::Dialect;
use crate::engine::Part;
use crate::error::{Error, Result};
use crate::executor::Executor;
use crate::outcome::Outcome;
use crate::row::FromRow;
use crate::row_batch::RowBatch;
use crate::tuple::for_each_tuple;

/// Several statements, sent in one message and run in one transaction, all or none; their results
/// are a tuple.
///
/// No task is waited for between them, so that they hold up other writers no longer than they
/// take; batches that wait for the writer share a commit with other writes. On a transaction a
/// batch is a savepoint. A batch that only reads sees one state of the database.
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

/// A statement that is prepared when it is known which database it is for.
struct Pending {
    prepare: Box<dyn FnOnce(Dialect) -> Result<Prepared> + Send>,
    /// How many of its rows are wanted.
    rows: u64,
}

/// A statement that says what it did: an insert, update, delete, or SQL as text.
#[diagnostic::on_unimplemented(
    message = "a query does nothing that `execute` could report",
    label = "in a batch its rows are read by `all`, `one` or `optional`"
)]
pub trait Executes: Send + 'static {
    #[doc(hidden)]
    fn outcome(self) -> impl Prepare + Send + 'static;
}

/// A statement that gives rows of a type: a query, an insert, what `returning` makes of a write,
/// or SQL as text.
#[diagnostic::on_unimplemented(
    message = "the statement gives no rows of `{O}`",
    note = "in a batch `execute(..)` runs a statement whose rows are not wanted",
    note = "an update or a delete gives those that it has written by `.returning(..)`"
)]
pub trait GivesRows<O>: Send + 'static {
    #[doc(hidden)]
    fn rows(self) -> impl Prepare + Send + 'static;
}

/// What becomes of the rows of one statement.
#[doc(hidden)]
pub trait Takes: Send {
    type Output;
    fn columns(&mut self, _names: Arc<[String]>, _answer: &mut Answer) -> Result<()> {
        Ok(())
    }
    fn rows(&mut self, _rows: &Rows<'_>, _answer: &mut Answer) -> Result<()> {
        Ok(())
    }
    fn end(&mut self, _outcome: Outcome) {}
    fn finish(self, answer: &Answer) -> Result<Self::Output>;
}

/// Some rows of one statement.
#[doc(hidden)]
pub struct Rows<'a>(&'a RowBatch);

/// What is known of the answers of all statements.
#[doc(hidden)]
pub struct Answers<'a>(&'a Execution);

/// The results of all statements.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a batch has one to sixteen statements",
    label = "this one has none, or too many"
)]
pub trait Results: Send {
    type Output;
    fn columns(&mut self, step: usize, names: Arc<[String]>, answer: &mut Answer) -> Result<()>;
    fn rows(&mut self, step: usize, rows: &Rows<'_>, answer: &mut Answer) -> Result<()>;
    fn end(&mut self, step: usize, outcome: Outcome);
    fn finish(self, answers: &Answers<'_>) -> Result<Self::Output>;
}

/// A tuple with one more at its end.
#[doc(hidden)]
pub trait Append<X> {
    type With;
    fn append(self, more: X) -> Self::With;
}

/// Every row.
#[doc(hidden)]
pub struct Every<O> {
    rows: Vec<O>,
    rows_affected: u64,
}

/// The first row, or none.
#[doc(hidden)]
pub struct First<O>(Every<O>);

/// The first row.
#[doc(hidden)]
pub struct TheFirst<O>(First<O>);

/// What it did.
#[doc(hidden)]
pub struct Done(Outcome);

impl Batch {
    /// A batch without statements.
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
    fn with<X>(mut self, statement: impl Prepare + Send + 'static, rows: u64, takes: X) -> Batch<R::With>
    where
        R: Append<X>,
    {
        self.statements.push(Pending { prepare: Box::new(|dialect| statement.prepare(dialect)), rows });
        Batch { statements: self.statements, results: self.results.append(takes), timeout: self.timeout }
    }

    /// A statement whose rows are all wanted: `Vec<O>` in the results.
    pub fn all<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Every<O>>,
    {
        self.with(statement.rows(), u64::MAX, Every::new())
    }

    /// A statement whose first row is wanted: `O` in the results,
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none. What the batch has
    /// written is written then all the same.
    pub fn one<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<TheFirst<O>>,
    {
        self.with(statement.rows(), 1, TheFirst(First(Every::new())))
    }

    /// A statement whose first row is wanted if there is one: `Option<O>` in the results.
    pub fn optional<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<First<O>>,
    {
        self.with(statement.rows(), 1, First(Every::new()))
    }

    /// A statement of which it is wanted what it did: [`Outcome`] in the results.
    pub fn execute<S: Executes>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Done>,
    {
        self.with(statement.outcome(), u64::MAX, Done(Outcome::default()))
    }

    /// How long the batch may take, its waiting included, whatever its statements say for
    /// themselves; what takes longer fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout),
    /// and has written nothing. Default: that of the
    /// [database](crate::Builder::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs the statements, all or none.
    ///
    /// # Errors
    /// That of the first statement that fails; [`Error::statement`](crate::Error::statement) says
    /// which it is.
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

/// The future of a batch: the results of its statements, as a tuple.
///
/// # Cancellation
/// Dropped before its turn nothing runs; a batch that writes and has begun is finished, one that
/// reads is stopped.
#[must_use = "futures do nothing unless they are awaited"]
pub struct BatchRun<R> {
    execution: Execution,
    results: Option<R>,
    /// Whether any of the statements writes.
    writes: bool,
}

/// The rows of a statement cannot be read. What the batch has written stays so.
#[cold]
fn unreadable(error: Error, step: usize, writes: bool) -> Error {
    let error = error.at_statement(step);
    if writes { error.noted("the batch was run, and what it wrote stands") } else { error }
}

// Nothing in it is pinned.
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
                // It is the one before that has ended.
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

impl Answers<'_> {
    fn of(&self, step: usize) -> &Answer {
        self.0.known_answer(step)
    }
}

impl<O: FromRow> Every<O> {
    fn new() -> Every<O> {
        Every { rows: Vec::new(), rows_affected: 0 }
    }
}

impl<O: FromRow + Send> Takes for Every<O> {
    type Output = Vec<O>;

    fn columns(&mut self, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
        answer.decoder.names::<O>(names)
    }

    fn rows(&mut self, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
        answer.decoder.rows(rows.0, &mut self.rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.rows_affected = outcome.rows_affected;
    }

    fn finish(self, answer: &Answer) -> Result<Vec<O>> {
        if self.rows_affected == 0
            && !self.rows.is_empty()
            && let Some(error) = answer.subject.unwritten()
        {
            return Err(error);
        }
        Ok(self.rows)
    }
}

impl<O: FromRow + Send> Takes for First<O> {
    type Output = Option<O>;

    fn columns(&mut self, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
        self.0.columns(names, answer)
    }

    fn rows(&mut self, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
        self.0.rows(rows, answer)
    }

    fn end(&mut self, outcome: Outcome) {
        self.0.end(outcome);
    }

    fn finish(self, answer: &Answer) -> Result<Option<O>> {
        Ok(self.0.finish(answer)?.into_iter().next())
    }
}

impl<O: FromRow + Send> Takes for TheFirst<O> {
    type Output = O;

    fn columns(&mut self, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
        self.0.columns(names, answer)
    }

    fn rows(&mut self, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
        self.0.rows(rows, answer)
    }

    fn end(&mut self, outcome: Outcome) {
        self.0.end(outcome);
    }

    fn finish(self, answer: &Answer) -> Result<O> {
        self.0.finish(answer)?.ok_or_else(|| answer.subject.missing())
    }
}

impl Takes for Done {
    type Output = Outcome;

    fn end(&mut self, outcome: Outcome) {
        self.0 = outcome;
    }

    fn finish(self, answer: &Answer) -> Result<Outcome> {
        Ok(answer.outcome(self.0))
    }
}

impl<X> Append<X> for () {
    type With = (X,);

    fn append(self, more: X) -> (X,) {
        (more,)
    }
}

macro_rules! results {
    ($(($takes:ident $proof:ident $index:tt))+) => {
        impl<X, $($takes),+> Append<X> for ($($takes,)+) {
            type With = ($($takes,)+ X,);

            fn append(self, more: X) -> Self::With {
                ($(self.$index,)+ more,)
            }
        }

        impl<$($takes: Takes),+> Results for ($($takes,)+) {
            type Output = ($($takes::Output,)+);

            fn columns(&mut self, step: usize, names: Arc<[String]>, answer: &mut Answer) -> Result<()> {
                match step {
                    $($index => self.$index.columns(names, answer),)+
                    _ => Ok(()),
                }
            }

            fn rows(&mut self, step: usize, rows: &Rows<'_>, answer: &mut Answer) -> Result<()> {
                match step {
                    $($index => self.$index.rows(rows, answer),)+
                    _ => Ok(()),
                }
            }

            fn end(&mut self, step: usize, outcome: Outcome) {
                match step {
                    $($index => self.$index.end(outcome),)+
                    _ => {}
                }
            }

            fn finish(self, answers: &Answers<'_>) -> Result<Self::Output> {
                Ok(($(self.$index.finish(answers.of($index)).map_err(|error| error.at_statement($index))?,)+))
            }
        }
    };
}
for_each_tuple!(results);

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
