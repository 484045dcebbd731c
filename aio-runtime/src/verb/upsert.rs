//! Inserts that say whether the row was there already.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::running::{Running, Wanted};
use crate::driver::Outcome;
use crate::engine::{Access, Command, Names, Part, Step};
use crate::error::{Error, ErrorKind, Result};
use crate::executor::Executor;
use crate::row::Labels;
use crate::schema::TableDef;
use crate::sql::{self, Run, SqlText};
use crate::statement::{Insert, InsertQuery, OrGet, Returned, Upsert};
use crate::table::Table;

/// What became of a row that was to be inserted, or to update the one that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Upserted<T> {
    /// It was inserted: the row as it was stored.
    Inserted(T),
    /// It was there already and has been updated: the row as it is now.
    Updated(T),
    /// It was there already and is as it was, for the condition of the update does not hold.
    Left,
}

impl<T> Upserted<T> {
    /// The row, if it was written.
    pub fn into_row(self) -> Option<T> {
        match self {
            Upserted::Inserted(row) | Upserted::Updated(row) => Some(row),
            Upserted::Left => None,
        }
    }
}

/// A row that was inserted or was there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Obtained<T> {
    /// It was inserted: the row as it was stored.
    Inserted(T),
    /// It was there already: the row as it is.
    Existing(T),
}

impl<T> Obtained<T> {
    /// The row.
    pub fn into_row(self) -> T {
        match self {
            Obtained::Inserted(row) | Obtained::Existing(row) => row,
        }
    }

    /// Whether the row was inserted.
    pub fn is_inserted(&self) -> bool {
        matches!(self, Obtained::Inserted(_))
    }
}

/// The future of `one` of an [`Upsert`]: whether the row was inserted, updated or left, and the row.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct UpsertOne<T>(TwoSteps<T>);

/// The future of `one` of an [`OrGet`]: the row, and whether it was inserted.
///
/// # Cancellation
/// Dropped before its turn nothing is written; a write that has begun is finished.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct ObtainOne<T>(TwoSteps<T>);

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row, and says which.
    ///
    /// Two statements in one transaction: an insert that passes over a row that is there, and where it has inserted nothing the
    /// insert that updates. `execute` is one statement, which does not say which.
    pub fn one(self, ex: &Executor) -> UpsertOne<T> {
        let query = with_row(self.insert);
        let timeout = query.timeout;
        let runs = sql::upsert(ex.dialect(), query);
        UpsertOne(TwoSteps::new(ex, T::TABLE, timeout, runs.map(|(first, second)| [inserts(first), inserts(second)])))
    }
}

impl<T: Table> OrGet<T> {
    /// Inserts the row, or reads the one that is there already.
    ///
    /// Two statements in one transaction: nobody else writes between them.
    pub fn one(self, ex: &Executor) -> ObtainOne<T> {
        let query = with_row(self.insert);
        let timeout = query.timeout;
        let steps = sql::or_get(ex.dialect(), query).map(|(insert, SqlText { text, params })| {
            [inserts(insert), Command::Statement { text: text.into(), params, access: Access::Read }]
        });
        ObtainOne(TwoSteps::new(ex, T::TABLE, timeout, steps))
    }
}

fn with_row<T: Table>(insert: Insert<T>) -> InsertQuery {
    let mut query = insert.into_query();
    query.tail.returned = Returned::Row;
    query
}

fn inserts(runs: Vec<Run>) -> Command {
    Command::Runs { runs, whole: true }
}

/// Two statements, of which the first gives the row, or else the second.
struct TwoSteps<T> {
    running: Running,
    decoder: Decoder,
    /// Which of them answers.
    step: usize,
    row: Option<(usize, T)>,
    types: PhantomData<fn() -> T>,
}

impl<T: Table> TwoSteps<T> {
    fn new(
        ex: &Executor,
        table: &'static TableDef,
        timeout: Option<Duration>,
        commands: Result<[Command; 2]>,
    ) -> TwoSteps<T> {
        let running = match commands {
            Ok(commands) => {
                let steps = commands.map(|command| Step { command, rows: 1, names: Names::Known });
                let wanted = Wanted { timeout, ..Wanted::OUTCOME };
                let diagnoses = [table; 2].map(|table| Some(Diagnosis::new(table)));
                Running::new(ex, Command::Steps(steps.into()), wanted).diagnosed_by(diagnoses.into())
            }
            Err(error) => Running::failed(ex, error),
        };
        TwoSteps { running, decoder: Decoder::typed(Labels::Table(table)), step: 0, row: None, types: PhantomData }
    }

    /// The first row that came, and from which statement.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<(usize, T)>>> {
        loop {
            // To the caller it is one statement.
            match ready!(self.running.poll(context)).map_err(Error::of_no_statement)? {
                Part::Rows(batch) => {
                    if self.row.is_none() {
                        let row = self.decoder.row(&batch, &mut 0).map_err(|error| self.running.named(error))?;
                        self.row = Some((self.step, row));
                    }
                    self.running.reply().recycle(batch);
                }
                Part::Step(Outcome { .. }) => self.step += 1,
                Part::Columns(_) => {}
                Part::End(_) => return Poll::Ready(Ok(self.row.take())),
            }
        }
    }
}

impl<T> Unpin for TwoSteps<T> {}

impl<T> std::fmt::Debug for TwoSteps<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwoSteps").field("step", &self.step).finish_non_exhaustive()
    }
}

impl<T: Table> Future for UpsertOne<T> {
    type Output = Result<Upserted<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Upserted<T>>> {
        Poll::Ready(Ok(match ready!(self.0.poll(context))? {
            Some((0, row)) => Upserted::Inserted(row),
            Some((_, row)) => Upserted::Updated(row),
            None => Upserted::Left,
        }))
    }
}

impl<T: Table> Future for ObtainOne<T> {
    type Output = Result<Obtained<T>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Obtained<T>>> {
        Poll::Ready(match ready!(self.0.poll(context))? {
            Some((0, row)) => Ok(Obtained::Inserted(row)),
            Some((_, row)) => Ok(Obtained::Existing(row)),
            None => Err(not_obtained(T::TABLE)),
        })
    }
}

/// A trigger or another database than that of the struct: the row was not inserted, and is not there.
#[cold]
fn not_obtained(table: &TableDef) -> Error {
    let message =
        format!("{}: the row was not inserted, and there is none that is equal to it in these columns", table.name);
    Error::new(ErrorKind::NotFound { table: Some(table.name.to_owned()) }, message)
}
