//! The verbs of each statement.

use std::sync::Arc;

use super::all::All;
use super::batch::{Decoding, Executes, GivesRows, Prepared};
use super::collect::{Collect, Collects};
use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::execute::Execute;
use super::first::{One, Optional, Scalar};
use super::stream::RowStream;
use super::subject::Subject;
use crate::dialect::Dialect;
use crate::engine::{Access, Command, Flow, Names};
use crate::error::Result;
use crate::executor::{Executor, Running, Wanted};
use crate::expr::Query;
use crate::row::{ExpectedOf, FromRow, Labels};
use crate::schema::TableDef;
use crate::sql::{self, RawText, Run, SqlText, Written};
use crate::statement::{Compound, Delete, Insert, InsertQuery, Returned, Select, Sql, Update};
use crate::table::Table;
use crate::types::ColumnType;

/// Every row of a query whose columns are known.
pub(super) const ALL: Wanted = Wanted::OUTCOME;

/// The first row.
pub(super) const FIRST: Wanted = Wanted { rows: 1, ..ALL };

/// One row after the other.
pub(super) const EACH: Wanted = Wanted { flow: Flow::Streamed, ..ALL };

/// Sends a statement that was written, or fails with what was wrong with it.
pub(super) fn run<W: Into<Written>>(ex: &Executor, text: Result<W>, access: Access, wanted: Wanted) -> Running {
    send(ex, text.map(W::into), access, wanted)
}

fn send(ex: &Executor, written: Result<Written>, access: Access, wanted: Wanted) -> Running {
    match written {
        Ok(Written { text, params, sources }) => {
            let command = Command::Statement { text: Arc::clone(&text), params, sources, access };
            Running::new(ex, command, wanted).with_text(text)
        }
        Err(error) => Running::failed(ex, error),
    }
}

/// What the rows of a query are of.
fn subject(query: &Query) -> Subject {
    Subject::Read(Some(query.source.table))
}

pub(super) fn run_query(ex: &Executor, query: &Query, wanted: Wanted) -> Running {
    let wanted = Wanted { timeout: query.timeout, ..wanted };
    run(ex, sql::select_written(ex.dialect(), query), Access::Read, wanted)
}

impl<F, O: FromRow> Select<F, O> {
    /// Every row.
    pub fn all(self, ex: &Executor) -> All<O> {
        let query = self.query();
        All::new(run_query(ex, query, ALL), Decoder::typed(query.labels()), subject(query))
    }

    /// Every row, in a collection: pairs become a map, and anything a set. Of rows with the same key a map keeps the last.
    ///
    /// ```
    /// # use std::collections::{BTreeSet, HashMap};
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, name: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let names: HashMap<i64, String> = User::select().columns((User::ID, User::NAME)).collect(&db).await?;
    /// let users: HashMap<i64, User> = User::select().columns((User::ID, User)).collect(&db).await?;
    /// let ids: BTreeSet<i64> = User::select().columns(User::ID).collect(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn collect<C: Collects<O>>(self, ex: &Executor) -> Collect<O, C> {
        Collect::new(self.all(ex))
    }

    /// The first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one(self, ex: &Executor) -> One<O> {
        let query = self.query();
        One::new(run_query(ex, query, FIRST), Decoder::typed(query.labels()), subject(query))
    }

    /// The first row, if there is one.
    pub fn optional(self, ex: &Executor) -> Optional<O> {
        let query = self.query();
        Optional::new(run_query(ex, query, FIRST), Decoder::typed(query.labels()), subject(query))
    }

    /// The first row's value; the same as [`one`](Select::one), and shorter to read behind one column.
    pub fn scalar(self, ex: &Executor) -> Scalar<O> {
        self.one(ex)
    }

    /// The rows one after the other.
    pub fn stream(self, ex: &Executor) -> RowStream<O> {
        let query = self.query();
        RowStream::new(run_query(ex, query, EACH), Decoder::typed(query.labels()), subject(query))
    }

    /// How many rows there are.
    pub fn count(self, ex: &Executor) -> Scalar<u64> {
        self.number(ex, sql::select_count(ex.dialect(), self.query()))
    }

    /// Whether there is any row.
    pub fn exists(self, ex: &Executor) -> Scalar<bool> {
        self.number(ex, sql::select_exists(ex.dialect(), self.query()))
    }

    fn number<V: ColumnType>(&self, ex: &Executor, text: Result<SqlText>) -> Scalar<V> {
        let wanted = Wanted { timeout: self.query().timeout, ..FIRST };
        let running = run(ex, text, Access::Read, wanted);
        One::new(running, Decoder::typed(Labels::Columns([None].into())), Subject::Read(None))
    }
}

impl<F, O: FromRow> Compound<F, O> {
    /// Every row.
    pub fn all(self, ex: &Executor) -> All<O> {
        self.select.all(ex)
    }

    /// Every row, in a collection; see [`Select::collect`].
    pub fn collect<C: Collects<O>>(self, ex: &Executor) -> Collect<O, C> {
        self.select.collect(ex)
    }

    /// The first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one(self, ex: &Executor) -> One<O> {
        self.select.one(ex)
    }

    /// The first row, if there is one.
    pub fn optional(self, ex: &Executor) -> Optional<O> {
        self.select.optional(ex)
    }

    /// The first row's value.
    pub fn scalar(self, ex: &Executor) -> Scalar<O> {
        self.select.one(ex)
    }

    /// The rows one after the other.
    pub fn stream(self, ex: &Executor) -> RowStream<O> {
        self.select.stream(ex)
    }

    /// How many rows there are.
    pub fn count(self, ex: &Executor) -> Scalar<u64> {
        self.select.count(ex)
    }

    /// Whether there is any row.
    pub fn exists(self, ex: &Executor) -> Scalar<bool> {
        self.select.exists(ex)
    }
}

impl<T: Table> Insert<T> {
    fn run(self, ex: &Executor, returned: Returned) -> Running {
        let mut query = self.into_query();
        query.tail.returned = returned;
        let wanted = Wanted { timeout: query.timeout, ..ALL };
        match sql::insert(ex.dialect(), query) {
            Ok(runs) => run_inserts(ex, T::TABLE, runs, true, wanted),
            Err(error) => Running::failed(ex, error),
        }
    }

    /// Inserts the row, and gives the count and the row's number.
    pub fn execute(self, ex: &Executor) -> Execute {
        let updates = self.query().tail.updates();
        numbered::<T>(self.run(ex, Returned::Nothing), updates)
    }

    /// Inserts the row, and gives it as it was stored, before AFTER triggers run: what they set is not in it, and a
    /// [`save`](crate::Save) of the row would write back what was there before. [`Save::only`](crate::Save::only), a patch, and
    /// `refresh` are for that.
    ///
    /// Of a view the row comes as its trigger was given it, without what the trigger makes, such as a key.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where a trigger has ignored the row by `RAISE(IGNORE)`, or a trigger
    /// of a view did nothing; the error says so.
    pub fn one(self, ex: &Executor) -> One<T> {
        One::new(self.run(ex, Returned::Row), Decoder::typed(Labels::Table(T::TABLE)), Subject::Inserted(T::TABLE))
    }
}

/// Sends the inserts of some rows.
pub(super) fn run_inserts(
    ex: &Executor,
    table: &'static TableDef,
    runs: Vec<Run>,
    whole: bool,
    wanted: Wanted,
) -> Running {
    Running::new(ex, Command::Runs { runs, whole }, wanted).diagnosed(Diagnosis::new(table))
}

/// What an insert did. Rows of a table without numbered rows have none, and one that may have updated a row does not say
/// which.
pub(super) fn numbered<T: Table>(running: Running, updates: bool) -> Execute {
    let execute = Execute::new(running);
    if T::TABLE.without_rowid || updates { execute.without_numbers() } else { execute }
}

/// What comes back of the rows that an insert has stored. The table is known where they stay whatever becomes of the answer.
pub(super) fn stored<O: FromRow>(running: Running, labels: Labels, table: Option<&'static TableDef>) -> All<O> {
    All::new(running, Decoder::typed(labels), table.map_or(Subject::Read(None), Subject::Inserted))
}

impl<T: Table, F> Update<T, F> {
    /// Updates the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let query = self.query();
        let text = sql::update(ex.dialect(), query);
        let wanted = Wanted { timeout: query.timeout, ..ALL };
        Execute::new(run(ex, text, Access::Write, wanted).diagnosed(query.diagnosis()))
    }
}

impl<T: Table, F> Delete<T, F> {
    /// Deletes the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let query = self.query();
        let text = sql::delete(ex.dialect(), query);
        let wanted = Wanted { timeout: query.timeout, ..ALL };
        Execute::new(run(ex, text, Access::Write, wanted).diagnosed(query.diagnosis()))
    }
}

/// The names of the columns, from which this is read.
fn wanted<O: FromRow>() -> Names {
    Names::Wanted(ExpectedOf::<O>::ROW)
}

impl Sql {
    fn run(&self, ex: &Executor, wanted: Wanted, names: Names) -> Running {
        let text = sql::raw(ex.dialect(), self).map(|RawText(text)| text);
        run(ex, text, Access::Unknown, Wanted { timeout: self.deadline(), names, ..wanted })
    }

    /// Every row.
    pub fn all<O: FromRow>(self, ex: &Executor) -> All<O> {
        All::new(self.run(ex, ALL, wanted::<O>()), Decoder::named(), Subject::Text)
    }

    /// Every row, in a collection: pairs become a map, and anything a set. Of rows with the same key a map keeps the last.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use aio_runtime as aio_sql;
    /// # use aio_sql::{Database, Result, Table, sql};
    /// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
    /// # struct User { #[column(primary_key, auto)] id: i64, team: String }
    /// # async fn run(db: Database) -> Result<()> {
    /// let sizes: BTreeMap<String, i64> = sql!("select team, count(*) from {User} group by team").collect(&db).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn collect<C>(self, ex: &Executor) -> Collect<C::Item, C>
    where
        C: IntoIterator<Item: FromRow> + Collects<C::Item>,
    {
        Collect::new(self.all(ex))
    }

    /// The first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one<O: FromRow>(self, ex: &Executor) -> One<O> {
        One::new(self.run(ex, FIRST, wanted::<O>()), Decoder::named(), Subject::Text)
    }

    /// The first row, if there is one.
    pub fn optional<O: FromRow>(self, ex: &Executor) -> Optional<O> {
        Optional::new(self.run(ex, FIRST, wanted::<O>()), Decoder::named(), Subject::Text)
    }

    /// The first value of the first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is no row.
    pub fn scalar<V: ColumnType + FromRow>(self, ex: &Executor) -> Scalar<V> {
        let names = Names::Wanted(ExpectedOf::<V>::FIRST);
        One::new(self.run(ex, FIRST, names), Decoder::named().lenient(), Subject::Text)
    }

    /// The rows one after the other.
    pub fn stream<O: FromRow>(self, ex: &Executor) -> RowStream<O> {
        RowStream::new(self.run(ex, EACH, wanted::<O>()), Decoder::named(), Subject::Text)
    }

    /// Runs the statement; rows that it gives are passed over.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(self.run(ex, ALL, Names::Known))
    }
}

impl Prepared {
    pub(super) fn new(
        text: Result<SqlText>,
        access: Access,
        names: Names,
        diagnosis: Option<Diagnosis>,
    ) -> Result<Prepared> {
        let SqlText { text, params, sources } = text?;
        Ok(Prepared { command: Command::Statement { text: text.into(), params, sources, access }, names, diagnosis })
    }

    pub(super) fn insert(query: InsertQuery, dialect: Dialect) -> Result<Prepared> {
        let table = query.table;
        let command = Command::Runs { runs: sql::insert(dialect, query)?, whole: true };
        Ok(Prepared { command, names: Names::Known, diagnosis: Some(Diagnosis::new(table)) })
    }
}

impl<F: 'static, O: FromRow + 'static> GivesRows<O> for Select<F, O> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Prepared::new(sql::select(dialect, self.query()), Access::Read, Names::Known, None)
    }

    fn decoding(&self) -> Decoding {
        Decoding(Decoder::typed(self.query().labels()), subject(self.query()))
    }
}

impl<T: Table + 'static> GivesRows<T> for Insert<T> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let mut query = self.into_query();
        query.tail.returned = Returned::Row;
        Prepared::insert(query, dialect)
    }

    fn decoding(&self) -> Decoding {
        Decoding(Decoder::typed(Labels::Table(T::TABLE)), Subject::Inserted(T::TABLE))
    }
}

impl<O: FromRow> GivesRows<O> for Sql {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let text = sql::raw(dialect, &self).map(|RawText(text)| text);
        Prepared::new(text, Access::Unknown, wanted::<O>(), None)
    }

    fn decoding(&self) -> Decoding {
        Decoding(Decoder::named(), Subject::Text)
    }
}

impl<T: Table + 'static> Executes for Insert<T> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Prepared::insert(self.into_query(), dialect)
    }

    fn is_numbered(&self) -> bool {
        !T::TABLE.without_rowid && !self.query().tail.updates()
    }
}

impl<T: Table + 'static, F: 'static> Executes for Update<T, F> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let query = self.query();
        Prepared::new(sql::update(dialect, query), Access::Write, Names::Known, Some(query.diagnosis()))
    }
}

impl<T: Table + 'static, F: 'static> Executes for Delete<T, F> {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let query = self.query();
        Prepared::new(sql::delete(dialect, query), Access::Write, Names::Known, Some(query.diagnosis()))
    }
}

impl Executes for Sql {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let text = sql::raw(dialect, &self).map(|RawText(text)| text);
        Prepared::new(text, Access::Unknown, Names::Known, None)
    }
}
