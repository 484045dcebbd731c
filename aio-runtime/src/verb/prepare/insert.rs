//! Prepares inserts: of one row, of a chunk of many rows, and of the rows of a query.

use std::time::Duration;

use super::diagnose::Diagnosis;
use super::{Prepare, Prepared, ResultSpec, Subject};
use crate::dialect::Dialect;
use crate::engine::Access;
use crate::error::Result;
use crate::row::Labels;
use crate::schema::TableDef;
use crate::sql::{self, RowsToInsert};
use crate::statement::{InsertClauses, InsertQuery, InsertSelectQuery};

/// Describes the result of each chunk of an insert.
#[derive(Clone)]
pub(in crate::verb) struct InsertResultSpec {
    table: &'static TableDef,
    labels: Labels,
    /// Whether the id of the last inserted row is reported.
    reports_id: bool,
}

impl InsertResultSpec {
    pub(in crate::verb) fn of(table: &'static TableDef, clauses: &InsertClauses) -> InsertResultSpec {
        InsertResultSpec { table, labels: clauses.returned.labels(table), reports_id: clauses.report_id(table) }
    }
}

/// The rows of an insert that are sent in one message.
pub(in crate::verb) struct Chunk {
    pub(in crate::verb) spec: InsertResultSpec,
    pub(in crate::verb) rows: RowsToInsert,
    /// Whether no row is inserted if one of them cannot be inserted; see
    /// [`Command::Insert`](crate::engine::Command::Insert).
    pub(in crate::verb) atomic: bool,
    /// The kind of statement and the table that the rows belong to, for errors.
    pub(in crate::verb) subject: Subject,
    pub(in crate::verb) timeout: Option<Duration>,
}

impl Prepare for Chunk {
    fn prepare(self, _dialect: Dialect) -> Result<Prepared> {
        let Chunk { spec: InsertResultSpec { table, labels, reports_id }, rows, atomic, subject, timeout } = self;
        let spec = ResultSpec::typed(labels, subject).reports_id(reports_id);
        Ok(Prepared::insert(table, rows, atomic, spec).with_timeout(timeout))
    }
}

impl Prepare for InsertQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let (spec, timeout) = (InsertResultSpec::of(self.table, &self.clauses), self.timeout);
        let subject = match self.clauses.conflict {
            None => Subject::Inserted(self.table),
            Some(_) => Subject::Written(self.table),
        };
        let rows = sql::insert(dialect, self)?;
        Chunk { spec, rows, atomic: true, subject, timeout }.prepare(dialect)
    }
}

impl Prepare for &InsertSelectQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let spec = ResultSpec::typed(self.clauses.returned.labels(self.table), Subject::Written(self.table));
        let spec = spec.reports_id(self.clauses.report_id(self.table)).diagnosed(Diagnosis::new(self.table));
        let text = sql::insert_select(dialect, self)?;
        Ok(Prepared::statement(text, Access::Write, spec).with_timeout(self.timeout))
    }
}
