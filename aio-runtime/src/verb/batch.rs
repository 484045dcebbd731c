//! Several statements in one message and one transaction.

#![allow(missing_debug_implementations, reason = "the types of a batch's results are hidden, and have nothing to show")]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::subject::Subject;
use crate::dialect::Dialect;
use crate::engine::{Command, Names, Part, Step};
use crate::error::{Error, Result};
use crate::executor::{Executor, Running, Wanted};
use crate::outcome::Outcome;
use crate::row::FromRow;
use crate::row_batch::RowBatch;
use crate::tuple::for_each_tuple;

/// Several statements, sent in one message and run in one transaction, all or none; their results are a tuple.
///
/// No task is waited for between them, so that they hold up other writers no longer than they take; batches that wait
/// for the writer share a commit with other writes. On a transaction a batch is a savepoint. A batch that only reads sees
/// one state of the database.
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

/// A statement that is written when it is known which database it is for.
struct Pending {
    prepare: Box<dyn FnOnce(Dialect) -> Result<Prepared> + Send>,
    /// How many of its rows are wanted.
    rows: u64,
}

/// A statement as it is sent.
#[doc(hidden)]
pub struct Prepared {
    pub(super) command: Command,
    pub(super) names: Names,
    pub(super) diagnosis: Option<Diagnosis>,
}

/// A statement that says what it did: an insert, update, delete, or SQL as text.
#[diagnostic::on_unimplemented(
    message = "a query does nothing that `execute` could report",
    label = "in a batch its rows are read by `all`, `one` or `optional`"
)]
pub trait Executes: Send + 'static {
    #[doc(hidden)]
    fn prepare(self, dialect: Dialect) -> Result<Prepared>;
    /// Whether the rows that it inserts have numbers.
    #[doc(hidden)]
    fn is_numbered(&self) -> bool {
        true
    }
}

/// A statement that gives rows of a type: a query, an insert, what `returning` makes of a write, or SQL as text.
#[diagnostic::on_unimplemented(
    message = "the statement gives no rows of `{O}`",
    note = "in a batch `execute(..)` runs a statement whose rows are not wanted",
    note = "an update or a delete gives those that it has written by `.returning(..)`"
)]
pub trait GivesRows<O>: Send + 'static {
    #[doc(hidden)]
    fn prepare(self, dialect: Dialect) -> Result<Prepared>;
    #[doc(hidden)]
    fn decoding(&self) -> Decoding;
}

/// How the rows of a statement in a batch are read.
#[doc(hidden)]
pub struct Decoding(pub(super) Decoder, pub(super) Subject);

/// What becomes of the rows of one statement.
#[doc(hidden)]
pub trait Takes: Send {
    type Output;
    fn columns(&mut self, _names: Arc<[String]>) -> Result<()> {
        Ok(())
    }
    fn rows(&mut self, _rows: &Rows<'_>) -> Result<()> {
        Ok(())
    }
    fn end(&mut self, _outcome: Outcome) {}
    fn finish(self) -> Result<Self::Output>;
}

/// Some rows of one statement.
#[doc(hidden)]
pub struct Rows<'a>(&'a RowBatch);

/// The results of all statements.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a batch has one to sixteen statements",
    label = "this one has none, or too many"
)]
pub trait Results: Send {
    type Output;
    fn columns(&mut self, step: usize, names: Arc<[String]>) -> Result<()>;
    fn rows(&mut self, step: usize, rows: &Rows<'_>) -> Result<()>;
    fn end(&mut self, step: usize, outcome: Outcome);
    fn finish(self) -> Result<Self::Output>;
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
    decoder: Decoder,
    subject: Subject,
    rows: Vec<O>,
    rows_affected: u64,
}

/// The first row, or none.
#[doc(hidden)]
pub struct First<O>(Every<O>);

/// The first row.
#[doc(hidden)]
pub struct TheFirst<O>(Every<O>);

/// What it did.
#[doc(hidden)]
pub struct Done {
    outcome: Outcome,
    numbered: bool,
}

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
    fn with<X>(
        mut self,
        prepare: impl FnOnce(Dialect) -> Result<Prepared> + Send + 'static,
        rows: u64,
        takes: X,
    ) -> Batch<R::With>
    where
        R: Append<X>,
    {
        self.statements.push(Pending { prepare: Box::new(prepare), rows });
        Batch { statements: self.statements, results: self.results.append(takes), timeout: self.timeout }
    }

    /// A statement whose rows are all wanted: `Vec<O>` in the results.
    pub fn all<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Every<O>>,
    {
        let every = Every::new(&statement);
        self.with(|dialect| statement.prepare(dialect), u64::MAX, every)
    }

    /// A statement whose first row is wanted: `O` in the results, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound)
    /// where there is none. What the batch has written is written then all the same.
    pub fn one<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<TheFirst<O>>,
    {
        let every = Every::new(&statement);
        self.with(|dialect| statement.prepare(dialect), 1, TheFirst(every))
    }

    /// A statement whose first row is wanted if there is one: `Option<O>` in the results.
    pub fn optional<O: FromRow, S: GivesRows<O>>(self, statement: S) -> Batch<R::With>
    where
        R: Append<First<O>>,
    {
        let every = Every::new(&statement);
        self.with(|dialect| statement.prepare(dialect), 1, First(every))
    }

    /// A statement of which it is wanted what it did: [`Outcome`] in the results.
    pub fn execute<S: Executes>(self, statement: S) -> Batch<R::With>
    where
        R: Append<Done>,
    {
        let done = Done { outcome: Outcome::default(), numbered: statement.is_numbered() };
        self.with(|dialect| statement.prepare(dialect), u64::MAX, done)
    }

    /// How long the batch may take, its waiting included, whatever its statements say for themselves; what takes longer fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and has written nothing. Unless said it is what the
    /// [database](crate::Builder::timeout) says.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Runs the statements, all or none.
    ///
    /// # Errors
    /// That of the first statement that fails; [`Error::statement`](crate::Error::statement) says which it is.
    pub fn run(self, ex: &Executor) -> BatchRun<R>
    where
        R: Results,
    {
        let Batch { statements, results, timeout } = self;
        let mut steps = Vec::with_capacity(statements.len());
        let mut diagnoses = Vec::with_capacity(statements.len());
        for (number, Pending { prepare, rows }) in statements.into_iter().enumerate() {
            match prepare(ex.dialect()) {
                Ok(Prepared { command, names, diagnosis }) => {
                    steps.push(Step { command, rows, names });
                    diagnoses.push(diagnosis);
                }
                Err(error) => return BatchRun::new(Running::failed(ex, error.at_statement(number)), results, false),
            }
        }
        let writes = steps.iter().any(|step| step.command.writes_rows());
        let running = Running::new(ex, Command::Steps(steps), Wanted { timeout, ..Wanted::OUTCOME });
        BatchRun::new(running.diagnosed_by(diagnoses), results, writes)
    }
}

/// The future of a batch: the results of its statements, as a tuple.
///
/// # Cancellation
/// Dropped before its turn nothing runs; a batch that writes and has begun is finished, one that reads is stopped.
#[must_use = "futures do nothing unless they are awaited"]
pub struct BatchRun<R> {
    running: Running,
    results: Option<R>,
    step: usize,
    /// Whether any of the statements writes.
    writes: bool,
}

impl<R> BatchRun<R> {
    fn new(running: Running, results: R, writes: bool) -> BatchRun<R> {
        BatchRun { running, results: Some(results), step: 0, writes }
    }
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
        let this = self.get_mut();
        loop {
            let part = ready!(this.running.poll(context))?;
            let Some(results) = &mut this.results else { continue };
            match part {
                Part::Columns(names) => {
                    let named = results.columns(this.step, names);
                    named.map_err(|error| unreadable(error, this.step, this.writes))?;
                }
                Part::Rows(batch) => {
                    let read = results.rows(this.step, &Rows(&batch));
                    read.map_err(|error| unreadable(error, this.step, this.writes))?;
                    this.running.reply().recycle(batch);
                }
                Part::Step(outcome) => {
                    results.end(this.step, outcome);
                    this.step += 1;
                }
                Part::End(_) => {
                    if let Some(results) = this.results.take() {
                        return Poll::Ready(results.finish());
                    }
                }
            }
        }
    }
}

impl<O: FromRow> Every<O> {
    fn new(statement: &impl GivesRows<O>) -> Every<O> {
        let Decoding(decoder, subject) = statement.decoding();
        Every { decoder, subject, rows: Vec::new(), rows_affected: 0 }
    }

    fn take(&mut self, rows: &Rows<'_>) -> Result<()> {
        self.decoder.rows(rows.0, &mut self.rows)
    }

    fn into_rows(self) -> Result<Vec<O>> {
        if self.rows_affected == 0
            && !self.rows.is_empty()
            && let Some(error) = self.subject.unwritten()
        {
            return Err(error);
        }
        Ok(self.rows)
    }
}

impl<O: FromRow + Send> Takes for Every<O> {
    type Output = Vec<O>;

    fn columns(&mut self, names: Arc<[String]>) -> Result<()> {
        self.decoder.names::<O>(names)
    }

    fn rows(&mut self, rows: &Rows<'_>) -> Result<()> {
        self.take(rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.rows_affected = outcome.rows_affected;
    }

    fn finish(self) -> Result<Vec<O>> {
        self.into_rows()
    }
}

impl<O: FromRow + Send> Takes for First<O> {
    type Output = Option<O>;

    fn columns(&mut self, names: Arc<[String]>) -> Result<()> {
        self.0.columns(names)
    }

    fn rows(&mut self, rows: &Rows<'_>) -> Result<()> {
        self.0.take(rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.0.end(outcome);
    }

    fn finish(self) -> Result<Option<O>> {
        Ok(self.0.into_rows()?.into_iter().next())
    }
}

impl<O: FromRow + Send> Takes for TheFirst<O> {
    type Output = O;

    fn columns(&mut self, names: Arc<[String]>) -> Result<()> {
        self.0.columns(names)
    }

    fn rows(&mut self, rows: &Rows<'_>) -> Result<()> {
        self.0.take(rows)
    }

    fn end(&mut self, outcome: Outcome) {
        self.0.end(outcome);
    }

    fn finish(self) -> Result<O> {
        let subject = self.0.subject;
        self.0.into_rows()?.into_iter().next().ok_or_else(|| subject.missing())
    }
}

impl Takes for Done {
    type Output = Outcome;

    fn end(&mut self, outcome: Outcome) {
        self.outcome = Outcome { last_insert_id: outcome.last_insert_id.filter(|_| self.numbered), ..outcome };
    }

    fn finish(self) -> Result<Outcome> {
        Ok(self.outcome)
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

            fn columns(&mut self, step: usize, names: Arc<[String]>) -> Result<()> {
                match step {
                    $($index => self.$index.columns(names),)+
                    _ => Ok(()),
                }
            }

            fn rows(&mut self, step: usize, rows: &Rows<'_>) -> Result<()> {
                match step {
                    $($index => self.$index.rows(rows),)+
                    _ => Ok(()),
                }
            }

            fn end(&mut self, step: usize, outcome: Outcome) {
                match step {
                    $($index => self.$index.end(outcome),)+
                    _ => {}
                }
            }

            fn finish(self) -> Result<Self::Output> {
                Ok(($(self.$index.finish().map_err(|error| error.at_statement($index))?,)+))
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
        f.debug_struct("BatchRun").field("step", &self.step).finish_non_exhaustive()
    }
}
