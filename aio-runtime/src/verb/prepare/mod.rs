//! Prepares a statement for any verb: writes its SQL, collects its parameters, and describes how
//! its rows are decoded and what its errors say.

#![allow(
    missing_debug_implementations,
    reason = "a hidden trait names these types, but nobody outside of the crate can"
)]

mod diagnose;
mod insert;
mod schema_names;
mod subject;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::future::Decoder;
use crate::dialect::Dialect;
use crate::engine::{Access, Command, Names, Step};
use crate::error::{Error, Result};
use crate::expr::Query;
use crate::outcome::Outcome;
use crate::raw_row::Row;
use crate::row::{ExpectedOf, FromRow, Labels};
use crate::schema::TableDef;
use crate::sql::{self, RawText, RowsToInsert, SqlText, WrittenStatement};
use crate::statement::{DeleteQuery, ReadQuery, Sql, UpdateQuery, WriteQuery, WrittenRows};
use diagnose::Diagnosis;

pub(crate) use diagnose::referring_rows;
pub(super) use insert::{Chunk, InsertResultSpec};
pub(super) use subject::{Subject, ignored};

/// A statement that can be prepared for a database.
pub trait Prepare {
    /// Writes the statement in a dialect, and describes its result.
    fn prepare(self, dialect: Dialect) -> Result<Prepared>;
}

/// One or several statements that are ready to be sent.
pub struct Prepared {
    /// The SQL and the parameters.
    pub(super) command: Command,
    pub(super) names: Names,
    pub(super) timeout: Option<Duration>,
    /// Whether the statement is of no use outside of a transaction, because it locks rows.
    pub(super) needs_transaction: bool,
    /// The description of the first statement's result.
    pub(super) spec: ResultSpec,
    /// The descriptions of the results of further statements in the same message.
    pub(super) further: Vec<ResultSpec>,
}

/// Describes the result of a statement: how its rows are decoded, and what its errors say.
pub struct ResultSpec {
    pub(super) decoder: Decoder,
    /// The kind of statement and the table that the rows belong to.
    pub(super) subject: Subject,
    /// Whether the id of an inserted row is reported. It must be false for a statement that
    /// inserts no row with an id, because SQLite would report the id of an earlier insert.
    reports_id: bool,
    /// The SQL of the statement, for errors that are found when rows are decoded.
    text: Option<Arc<str>>,
    /// If the statement fails, this finds details for the error.
    diagnosis: Option<Box<Diagnosis>>,
}

impl Prepared {
    /// Prepares one statement from its SQL.
    pub(super) fn statement(written: impl Into<WrittenStatement>, access: Access, mut spec: ResultSpec) -> Prepared {
        let WrittenStatement { text, params, sources, locks_rows } = written.into();
        spec.text = Some(Arc::clone(&text));
        // A query that locks rows is a write: its locks belong to the transaction, and it is
        // neither stopped nor sent again as a read is.
        let needs_transaction = locks_rows && access == Access::Read;
        let access = if needs_transaction { Access::Write } else { access };
        let command = Command::Statement { text, params, sources, access, by_key: false };
        Prepared { command, names: Names::Known, timeout: None, needs_transaction, spec, further: Vec::new() }
    }

    /// Prepares an insert of rows; see [`Command::Insert`].
    pub(super) fn insert(table: &'static TableDef, rows: RowsToInsert, atomic: bool, spec: ResultSpec) -> Prepared {
        let spec = spec.diagnosed(Diagnosis::new(table));
        let command = Command::Insert { rows: Box::new(rows), atomic };
        Prepared { command, names: Names::Known, timeout: None, needs_transaction: false, spec, further: Vec::new() }
    }

    /// Prepares an update or a delete.
    fn rows(rows: &WrittenRows, written: WrittenStatement, diagnosis: Diagnosis) -> Prepared {
        let spec = ResultSpec::typed(rows.returned.labels(rows.table), Subject::Written(rows.table));
        let spec = spec.diagnosed(diagnosis.rows(rows.condition()));
        Prepared::statement(written, Access::Write, spec).with_timeout(rows.timeout)
    }

    /// Combines several statements in one message, each with the maximum number of rows to read.
    pub(super) fn combined(statements: impl IntoIterator<Item = (Prepared, u64)>) -> Prepared {
        let (mut steps, mut specs) = (Vec::new(), Vec::new());
        for (Prepared { command, names, spec, .. }, rows) in statements {
            steps.push(Step { command, rows, names });
            specs.push(spec);
        }
        let mut specs = specs.into_iter();
        let spec = specs.next().unwrap_or_default();
        let command = Command::Steps(steps);
        // They are in a transaction of their own, if not in another one.
        Prepared {
            command,
            names: Names::Known,
            timeout: None,
            needs_transaction: false,
            spec,
            further: specs.collect(),
        }
    }

    /// Sets whether the statement finds at most one row by a unique key. A database without
    /// pipelines does not need to know. A query that locks the row does not count, because it may
    /// wait for the lock.
    fn by_key(mut self, dialect: Dialect, is_by_key: impl FnOnce() -> bool) -> Prepared {
        if let Command::Statement { by_key, .. } = &mut self.command {
            *by_key = dialect.is_server() && !self.needs_transaction && is_by_key();
        }
        self
    }

    /// Sets the timeout.
    pub(super) fn with_timeout(mut self, timeout: Option<Duration>) -> Prepared {
        self.timeout = timeout;
        self
    }
}

impl ResultSpec {
    /// Returns the description of a result whose columns are known.
    pub(super) fn typed(labels: Labels, subject: Subject) -> ResultSpec {
        ResultSpec::new(Decoder::typed(labels), subject)
    }

    fn new(decoder: Decoder, subject: Subject) -> ResultSpec {
        ResultSpec { decoder, subject, reports_id: true, text: None, diagnosis: None }
    }

    /// Returns the description of the result of a query for a single value that is not a column of
    /// a table, such as a count, or whether there are rows.
    fn number() -> ResultSpec {
        ResultSpec::typed(Labels::Columns([None].into()), Subject::Read(None))
    }

    fn diagnosed(mut self, diagnosis: Diagnosis) -> ResultSpec {
        self.diagnosis = Some(Box::new(diagnosis));
        self
    }

    /// Sets whether the id of an inserted row is reported.
    pub(super) fn reports_id(mut self, reports_id: bool) -> ResultSpec {
        self.reports_id = reports_id;
        self
    }

    /// Returns the outcome as it is reported to the user.
    pub(super) fn outcome(&self, outcome: Outcome) -> Outcome {
        Outcome { last_insert_id: outcome.last_insert_id.filter(|_| self.reports_id), ..outcome }
    }

    /// Adds the SQL of the statement to an error.
    pub(super) fn named(&self, error: Error) -> Error {
        match &self.text {
            Some(text) => error.with_sql(text),
            None => error,
        }
    }

    /// Takes the diagnosis, so that it runs only once after a failure. Returns `None` if there is
    /// none.
    pub(super) fn take_diagnosis(&mut self) -> Option<Box<Diagnosis>> {
        self.diagnosis.take()
    }
}

impl Default for ResultSpec {
    fn default() -> ResultSpec {
        ResultSpec::typed(Labels::Names([].into()), Subject::Read(None))
    }
}

/// Prepares a query whose rows are read, unlike one that only counts rows or asks whether there
/// are any.
impl Prepare for &Query {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let written = sql::select_statement(dialect, self)?;
        let table = self.first_select().map(|select| select.source.table);
        let spec = ResultSpec::typed(self.labels(), Subject::Read(table));
        Ok(Prepared::statement(written, Access::Read, spec).by_key(dialect, || self.is_by_key()))
    }
}

impl Prepare for ReadQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Ok(self.query.prepare(dialect)?.with_timeout(self.timeout))
    }
}

/// A query that returns the number of rows of another query.
pub(super) struct Count(pub(super) ReadQuery);

impl Prepare for Count {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let ReadQuery { query, timeout } = self.0;
        let text = sql::select_count(dialect, &query)?;
        Ok(Prepared::statement(text, Access::Read, ResultSpec::number()).with_timeout(timeout))
    }
}

/// A query that returns whether another query has any row.
pub(super) struct Exists(pub(super) ReadQuery);

impl Prepare for Exists {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let ReadQuery { query, timeout } = self.0;
        let text = sql::select_exists(dialect, &query)?;
        Ok(Prepared::statement(text, Access::Read, ResultSpec::number()).with_timeout(timeout))
    }
}

/// A query of the library itself, whose rows are decoded as `O`.
pub(super) struct LibraryQuery<O> {
    text: SqlText,
    rows: PhantomData<fn() -> O>,
}

impl<O> LibraryQuery<O> {
    pub(super) fn new(text: SqlText) -> LibraryQuery<O> {
        LibraryQuery { text, rows: PhantomData }
    }
}

impl<O: FromRow> Prepare for LibraryQuery<O> {
    fn prepare(self, _dialect: Dialect) -> Result<Prepared> {
        let spec = ResultSpec::new(Decoder::named::<O>(), Subject::Read(None));
        let prepared = Prepared::statement(self.text, Access::Read, spec);
        Ok(Prepared { names: Names::Wanted(ExpectedOf::<O>::ROW), ..prepared })
    }
}

/// A query that returns the plan of a statement.
pub(super) struct Explained(pub(super) Result<SqlText>);

impl Prepare for Explained {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let SqlText { text, params, sources, .. } = self.0?;
        let text = [dialect.catalogue().explain, &text].concat();
        LibraryQuery::<Row>::new(SqlText { text, params, sources, locks_rows: false }).prepare(dialect)
    }
}

/// A raw statement, and how its rows are decoded.
pub(super) struct Text {
    sql: Sql,
    names: Names,
    decoder: Decoder,
}

impl Text {
    /// Wraps a statement that is run for its outcome. Its rows are ignored.
    pub(super) fn outcome(sql: Sql) -> Text {
        Text { sql, names: Names::Known, decoder: Decoder::named::<Row>() }
    }

    /// Wraps a statement that is run for rows of type `O`.
    pub(super) fn rows<O: FromRow>(sql: Sql) -> Text {
        Text { sql, names: Names::Wanted(ExpectedOf::<O>::ROW), decoder: Decoder::named::<O>() }
    }

    /// Wraps a statement that is run for the first columns of its rows, which `O` reads. Further
    /// columns are ignored.
    pub(super) fn first_columns<O: FromRow>(sql: Sql) -> Text {
        Text { sql, names: Names::Wanted(ExpectedOf::<O>::FIRST), decoder: Decoder::named::<O>().lenient() }
    }
}

impl Prepare for Text {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let RawText(text) = sql::raw(dialect, &self.sql)?;
        let prepared = Prepared::statement(text, Access::Unknown, ResultSpec::new(self.decoder, Subject::Text));
        Ok(Prepared { names: self.names, ..prepared.with_timeout(self.sql.deadline()) })
    }
}

/// A raw statement that is not run: the database only describes its columns.
pub(super) struct Described(pub(super) Sql);

impl Prepare for Described {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let RawText(written) = sql::raw(dialect, &self.0)?;
        let spec = ResultSpec::typed(Labels::Columns([None, None].into()), Subject::Text);
        let prepared = Prepared::statement(written, Access::Read, spec).with_timeout(self.0.deadline());
        let Command::Statement { text, params, .. } = prepared.command else { return Ok(prepared) };
        Ok(Prepared { command: Command::Describe { text, params }, ..prepared })
    }
}

impl Prepare for &UpdateQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let diagnosis = Diagnosis::new(self.rows.table).sets(&self.sets);
        let is_by_key = || self.rows.is_by_key() && self.sets.iter().all(|(_, value)| value.is_of_one_row());
        Ok(Prepared::rows(&self.rows, sql::update_statement(dialect, self)?, diagnosis).by_key(dialect, is_by_key))
    }
}

impl Prepare for &DeleteQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let written = sql::delete_statement(dialect, self)?;
        let prepared = Prepared::rows(&self.rows, written, Diagnosis::new(self.rows.table));
        Ok(prepared.by_key(dialect, || self.rows.is_by_key()))
    }
}

impl Prepare for WriteQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        match self {
            WriteQuery::Insert(query) => query.prepare(dialect),
            WriteQuery::InsertSelect(query) => query.prepare(dialect),
            WriteQuery::Update(query) => query.prepare(dialect),
            WriteQuery::Delete(query) => query.prepare(dialect),
        }
    }
}
