//! The verbs of each statement.

use std::sync::Arc;

use super::all::All;
use super::decode::Decoder;
use super::diagnose::Diagnosis;
use super::execute::Execute;
use super::first::{One, Optional, Scalar};
use super::running::Running;
use super::stream::RowStream;
use crate::engine::{Access, Command, Flow};
use crate::error::Result;
use crate::executor::Executor;
use crate::row::{FromRow, Labels};
use crate::sql::{self, RawText, SqlText};
use crate::statement::{Delete, Insert, Query, Select, Sql, Update};
use crate::table::Table;
use crate::types::ColumnType;

const ALL: u64 = u64::MAX;

/// Sends a statement that was written, or fails with what was wrong with it.
pub(super) fn run(ex: &Executor, text: Result<SqlText>, access: Access, flow: Flow, rows: u64, names: bool) -> Running {
    match text {
        Ok(SqlText { text, params }) => {
            let text: Arc<str> = text.into();
            let command = Command::Statement { text: Arc::clone(&text), params, access };
            Running::new(ex, command, flow, rows, names).with_text(text)
        }
        Err(error) => Running::failed(ex, error),
    }
}

pub(super) fn run_query(ex: &Executor, query: &Query, flow: Flow, rows: u64) -> Running {
    run(ex, sql::select(ex.dialect(), query), Access::Read, flow, rows, false)
}

impl<F, O: FromRow> Select<F, O> {
    /// Every row.
    pub fn all(self, ex: &Executor) -> All<O> {
        let query = self.query();
        All::new(run_query(ex, query, Flow::Collected, ALL), Decoder::typed(query.labels()))
    }

    /// The first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one(self, ex: &Executor) -> One<O> {
        let query = self.query();
        One::new(run_query(ex, query, Flow::Collected, 1), Decoder::typed(query.labels()), Some(query.table))
    }

    /// The first row, if there is one.
    pub fn optional(self, ex: &Executor) -> Optional<O> {
        let query = self.query();
        Optional::new(run_query(ex, query, Flow::Collected, 1), Decoder::typed(query.labels()))
    }

    /// The first row's value; the same as [`one`](Select::one), and shorter to read behind one column.
    pub fn scalar(self, ex: &Executor) -> Scalar<O> {
        self.one(ex)
    }

    /// The rows one after the other.
    pub fn stream(self, ex: &Executor) -> RowStream<O> {
        let query = self.query();
        RowStream::new(run_query(ex, query, Flow::Streamed, ALL), Decoder::typed(query.labels()))
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
        let running = run(ex, text, Access::Read, Flow::Collected, 1, false);
        One::new(running, Decoder::typed(Labels::Columns([None].into())), None)
    }
}

impl<T: Table> Insert<T> {
    fn run(self, ex: &Executor, returning: bool, rows: u64) -> Running {
        let query = self.into_query();
        let table = query.table;
        match sql::insert(ex.dialect(), query, returning) {
            Ok(runs) => {
                Running::new(ex, Command::Runs(runs), Flow::Collected, rows, false).diagnosed(Diagnosis::new(table))
            }
            Err(error) => Running::failed(ex, error),
        }
    }

    /// Inserts the rows, all or none, and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let execute = Execute::new(self.run(ex, false, ALL));
        if T::TABLE.without_rowid { execute.without_numbers() } else { execute }
    }

    /// Inserts the rows, all or none, and gives the first as it was stored.
    pub fn one(self, ex: &Executor) -> One<T> {
        One::new(self.run(ex, true, ALL), Decoder::typed(Labels::Table(T::TABLE)), Some(T::TABLE))
    }

    /// Inserts the rows, all or none, and gives them as they were stored.
    pub fn all(self, ex: &Executor) -> All<T> {
        All::new(self.run(ex, true, ALL), Decoder::typed(Labels::Table(T::TABLE)))
    }
}

impl<T: Table> Update<T> {
    /// Updates the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let query = self.query();
        let text = sql::update(ex.dialect(), query);
        let diagnosis = Diagnosis::new(T::TABLE).sets(&query.sets).rows(query.filter.clone());
        Execute::new(run(ex, text, Access::Write, Flow::Collected, ALL, false).diagnosed(diagnosis))
    }
}

impl<T: Table> Delete<T> {
    /// Deletes the rows and gives their count.
    pub fn execute(self, ex: &Executor) -> Execute {
        let query = self.query();
        let text = sql::delete(ex.dialect(), query);
        let diagnosis = Diagnosis::new(T::TABLE).rows(query.filter.clone());
        Execute::new(run(ex, text, Access::Write, Flow::Collected, ALL, false).diagnosed(diagnosis))
    }
}

impl Sql {
    fn run(&self, ex: &Executor, flow: Flow, rows: u64, names: bool) -> Running {
        let text = sql::raw(ex.dialect(), self).map(|RawText(text)| text);
        run(ex, text, Access::Unknown, flow, rows, names)
    }

    /// Every row.
    pub fn all<O: FromRow>(self, ex: &Executor) -> All<O> {
        All::new(self.run(ex, Flow::Collected, ALL, true), Decoder::named())
    }

    /// The first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is none.
    pub fn one<O: FromRow>(self, ex: &Executor) -> One<O> {
        One::new(self.run(ex, Flow::Collected, 1, true), Decoder::named(), None)
    }

    /// The first row, if there is one.
    pub fn optional<O: FromRow>(self, ex: &Executor) -> Optional<O> {
        Optional::new(self.run(ex, Flow::Collected, 1, true), Decoder::named())
    }

    /// The first value of the first row; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where there is no row.
    pub fn scalar<V: ColumnType + FromRow>(self, ex: &Executor) -> Scalar<V> {
        One::new(self.run(ex, Flow::Collected, 1, true), Decoder::named().lenient(), None)
    }

    /// The rows one after the other.
    pub fn stream<O: FromRow>(self, ex: &Executor) -> RowStream<O> {
        RowStream::new(self.run(ex, Flow::Streamed, ALL, true), Decoder::named())
    }

    /// Runs the statement; rows that it gives are passed over.
    pub fn execute(self, ex: &Executor) -> Execute {
        Execute::new(self.run(ex, Flow::Collected, ALL, false))
    }
}
