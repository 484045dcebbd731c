//! How inserts are prepared: of one row, of a chunk of many, and of the rows of a query.

use std::time::Duration;

use super::diagnose::Diagnosis;
use super::{Answer, Prepare, Prepared, Subject};
use crate::dialect::Dialect;
use crate::engine::Access;
use crate::error::Result;
use crate::row::Labels;
use crate::schema::TableDef;
use crate::sql::{self, RowsToInsert};
use crate::statement::{InsertClauses, InsertQuery, InsertSelectQuery};

/// How the answers to all chunks of an insert are read.
#[derive(Clone)]
pub(in crate::verb) struct InsertAnswer {
    table: &'static TableDef,
    labels: Labels,
    /// Whether the id of the last row is reported.
    numbered: bool,
}

impl InsertAnswer {
    pub(in crate::verb) fn of(table: &'static TableDef, clauses: &InsertClauses) -> InsertAnswer {
        InsertAnswer { table, labels: clauses.returned.labels(table), numbered: clauses.report_id(table) }
    }
}

/// Rows of an insert that are sent in one message.
pub(in crate::verb) struct Chunk {
    pub(in crate::verb) answer: InsertAnswer,
    pub(in crate::verb) rows: RowsToInsert,
    /// Whether the rows are inserted all or none, as
    /// [`Command::Insert`](crate::engine::Command::Insert) describes it.
    pub(in crate::verb) atomic: bool,
    /// Says whether the rows are kept if the answer cannot be read.
    pub(in crate::verb) subject: Subject,
    pub(in crate::verb) timeout: Option<Duration>,
}

impl Prepare for Chunk {
    fn prepare(self, _dialect: Dialect) -> Result<Prepared> {
        let Chunk { answer: InsertAnswer { table, labels, numbered }, rows, atomic, subject, timeout } = self;
        let answer = Answer::typed(labels, subject).numbered(numbered);
        Ok(Prepared::insert(table, rows, atomic, answer).within(timeout))
    }
}

impl Prepare for InsertQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (answer, timeout) = (InsertAnswer::of(self.table, &self.clauses), self.timeout);
        let subject = match self.clauses.conflict {
            None => Subject::Inserted(self.table),
            Some(_) => Subject::Written(self.table),
        };
        let rows = sql::insert(dialect, self)?;
        Chunk { answer, rows, atomic: true, subject, timeout }.prepare(dialect)
    }
}

impl Prepare for &InsertSelectQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let answer = Answer::typed(self.clauses.returned.labels(self.table), Subject::Written(self.table));
        let answer = answer.numbered(self.clauses.report_id(self.table)).diagnosed(Diagnosis::new(self.table));
        let text = sql::insert_select(dialect, self)?;
        Ok(Prepared::statement(text, Access::Write, answer).within(self.timeout))
    }
}
