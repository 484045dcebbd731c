//! The verbs of what statements that write give back, and of inserts that may meet a row that is there.

use super::all::All;
use super::batch::{Decoding, Executes, GivesRows, Prepared};
use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::execute::Execute;
use super::first::{One, Optional};
use super::statement::{ALL, EACH, FIRST, numbered, run, run_inserts};
use super::stream::RowStream;
use super::subject::Subject;
use crate::dialect::Dialect;
use crate::engine::{Access, Names};
use crate::error::Result;
use crate::executor::{Executor, Running, Wanted};
use crate::outcome::Outcome;
use crate::row::{FromRow, Labels};
use crate::sql;
use crate::statement::{
    DeleteQuery, DoNothing, Insert, InsertQuery, InsertSelect, OnConflict, Returned, Returning, SaysWhatToDo,
    UpdateQuery, Upsert, WriteQuery,
};
use crate::table::Table;

impl UpdateQuery {
    pub(super) fn diagnosis(&self) -> Diagnosis {
        Diagnosis::new(self.table).sets(&self.sets).rows(self.rows())
    }
}

impl DeleteQuery {
    pub(super) fn diagnosis(&self) -> Diagnosis {
        Diagnosis::new(self.table).rows(self.rows())
    }
}

impl WriteQuery {
    /// Sends it, or fails with what is wrong with it.
    pub(super) fn run(self, ex: &Executor, wanted: Wanted) -> Running {
        let wanted = Wanted { timeout: self.timeout(), ..wanted };
        let (text, diagnosis) = match self {
            WriteQuery::Insert(query) => {
                let table = query.table;
                return match sql::insert(ex.dialect(), *query) {
                    Ok(runs) => run_inserts(ex, table, runs, true, wanted),
                    Err(error) => Running::failed(ex, error),
                };
            }
            WriteQuery::InsertSelect(query) => (sql::insert_select(ex.dialect(), &query), Diagnosis::new(query.table)),
            WriteQuery::Update(query) => (sql::update(ex.dialect(), &query), query.diagnosis()),
            WriteQuery::Delete(query) => (sql::delete(ex.dialect(), &query), query.diagnosis()),
        };
        run(ex, text, Access::Write, wanted).diagnosed(diagnosis)
    }

    /// What its rows are of.
    fn subject(&self) -> Subject {
        match self {
            WriteQuery::Insert(query) if query.tail.conflict.is_none() => Subject::Inserted(query.table),
            _ => Subject::Written(self.table()),
        }
    }

    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (text, diagnosis) = match self {
            WriteQuery::Insert(query) => return Prepared::insert(*query, dialect),
            WriteQuery::InsertSelect(query) => (sql::insert_select(dialect, &query), Diagnosis::new(query.table)),
            WriteQuery::Update(query) => (sql::update(dialect, &query), query.diagnosis()),
            WriteQuery::Delete(query) => (sql::delete(dialect, &query), query.diagnosis()),
        };
        Prepared::new(text, Access::Write, Names::Known, Some(diagnosis))
    }
}

impl<O: FromRow> Returning<O> {
    /// Every row that was written.
    pub fn all(self, ex: &Executor) -> All<O> {
        let (decoder, subject) = (Decoder::typed(self.query().labels()), self.query().subject());
        All::new(self.into_query().run(ex, ALL), decoder, subject)
    }

    /// The first row that was written; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one(self, ex: &Executor) -> One<O> {
        let (decoder, subject) = (Decoder::typed(self.query().labels()), self.query().subject());
        One::new(self.into_query().run(ex, FIRST), decoder, subject)
    }

    /// The first row that was written, if there is one.
    pub fn optional(self, ex: &Executor) -> Optional<O> {
        let (decoder, subject) = (Decoder::typed(self.query().labels()), self.query().subject());
        Optional::new(self.into_query().run(ex, FIRST), decoder, subject)
    }

    /// The rows that were written, one after the other.
    pub fn stream(self, ex: &Executor) -> RowStream<O> {
        let (decoder, subject) = (Decoder::typed(self.query().labels()), self.query().subject());
        RowStream::new(self.into_query().run(ex, EACH), decoder, subject)
    }
}

impl<O: FromRow + 'static> GivesRows<O> for Returning<O> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        self.into_query().prepare(dialect)
    }

    fn decoding(&self) -> Decoding {
        Decoding(Decoder::typed(self.query().labels()), self.query().subject())
    }
}

/// An insert of one row, with what comes back of it.
fn row<T: Table>(insert: Insert<T>, returned: Returned) -> InsertQuery {
    let mut query = insert.into_query();
    query.tail.returned = returned;
    query
}

fn of_table<T: Table>() -> Decoding {
    Decoding(Decoder::typed(Labels::Table(T::TABLE)), Subject::Written(T::TABLE))
}

impl<S> OnConflict<S> {
    /// Does not compile: what is to be done is still to be said. It gives what can be awaited, so that no second error follows.
    #[doc(hidden)]
    pub fn execute<P>(self, _ex: &Executor) -> std::future::Ready<Result<Outcome>>
    where
        Self: SaysWhatToDo<P>,
    {
        std::future::ready(Ok(Outcome::default()))
    }
}

impl<T: Table> DoNothing<Insert<T>> {
    /// Inserts the row if it is not there, and gives the count, 1 or 0, and the number of an inserted row.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }

    /// Inserts the row, and gives it as it was stored; `None` if it was there already.
    pub fn optional(self, ex: &Executor) -> Optional<T> {
        let query = WriteQuery::Insert(Box::new(row(self.insert, Returned::Row)));
        Optional::new(query.run(ex, FIRST), Decoder::typed(Labels::Table(T::TABLE)), Subject::Written(T::TABLE))
    }
}

impl<T: Table> Upsert<Insert<T>> {
    /// Inserts or updates the row, and gives the count: 1, or 0 where it was left as it is.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table + 'static> Executes for DoNothing<Insert<T>> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Executes::prepare(self.insert, dialect)
    }

    fn is_numbered(&self) -> bool {
        self.insert.is_numbered()
    }
}

impl<T: Table + 'static> Executes for Upsert<Insert<T>> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Executes::prepare(self.insert, dialect)
    }

    fn is_numbered(&self) -> bool {
        false
    }
}

impl<T: Table + 'static> GivesRows<T> for DoNothing<Insert<T>> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Prepared::insert(row(self.insert, Returned::Row), dialect)
    }

    fn decoding(&self) -> Decoding {
        of_table::<T>()
    }
}

/// In a batch the row comes without saying whether it was inserted or updated.
impl<T: Table + 'static> GivesRows<T> for Upsert<Insert<T>> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Prepared::insert(row(self.insert, Returned::Row), dialect)
    }

    fn decoding(&self) -> Decoding {
        of_table::<T>()
    }
}

impl<T: Table> InsertSelect<T> {
    /// Inserts the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let updates = self.query().tail.updates();
        let running = WriteQuery::InsertSelect(Box::new(self.query().clone())).run(ex, ALL);
        numbered::<T>(running, updates)
    }
}

impl<T: Table> DoNothing<InsertSelect<T>> {
    /// Inserts the rows that are not there, and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

impl<T: Table> Upsert<InsertSelect<T>> {
    /// Inserts or updates the rows, and gives the count of those that were written.
    pub fn execute(self, ex: &Executor) -> Execute {
        self.insert.execute(ex)
    }
}

macro_rules! in_batches {
    ($($statement:ty, $this:ident => $insert:expr;)+) => { $(
        impl<T: Table + 'static> Executes for $statement {
            fn prepare(self, dialect: Dialect) -> Result<Prepared> {
                let $this = self;
                WriteQuery::InsertSelect(Box::new($insert.query().clone())).prepare(dialect)
            }

            fn is_numbered(&self) -> bool {
                let $this = self;
                !T::TABLE.without_rowid && !$insert.query().tail.updates()
            }
        }
    )+ };
}
in_batches! {
    InsertSelect<T>, this => this;
    DoNothing<InsertSelect<T>>, this => this.insert;
    Upsert<InsertSelect<T>>, this => this.insert;
}
