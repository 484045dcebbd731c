//! How a statement is prepared for any verb: its text, its values, how its rows are read, and what
//! its errors say.

#![allow(
    missing_debug_implementations,
    reason = "a trait of the batch names them, and nobody outside of the crate can"
)]

mod diagnose;
mod insert;
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
pub(super) use insert::{Chunk, InsertAnswer};
pub(super) use subject::{Subject, ignored};

/// A statement that can be written for a database.
pub trait Prepare {
    /// Writes the statement in a dialect and says how to read the answer.
    fn prepare(self, dialect: Dialect) -> Result<Prepared>;
}

/// One or several statements that are ready to be sent.
pub struct Prepared {
    /// The text and the values.
    pub(super) command: Command,
    pub(super) names: Names,
    pub(super) timeout: Option<Duration>,
    /// How the answer of the first statement is read, and those of further ones in the same
    /// message.
    pub(super) answer: Answer,
    pub(super) further: Vec<Answer>,
}

/// What is known of a statement's answer beforehand: how to read it, and what its errors say.
pub struct Answer {
    pub(super) decoder: Decoder,
    /// What its rows belong to.
    pub(super) subject: Subject,
    /// Whether the id of an inserted row is reported. SQLite would report that of an earlier
    /// insert if there is none.
    numbered: bool,
    /// The text of the statement, for errors that are found when rows are read.
    text: Option<Arc<str>>,
    /// The queries for details of an error.
    diagnosis: Option<Box<Diagnosis>>,
}

impl Prepared {
    /// Prepares one statement from its text.
    pub(super) fn statement(written: impl Into<WrittenStatement>, access: Access, mut answer: Answer) -> Prepared {
        let WrittenStatement { text, params, sources } = written.into();
        answer.text = Some(Arc::clone(&text));
        let command = Command::Statement { text, params, sources, access };
        Prepared { command, names: Names::Known, timeout: None, answer, further: Vec::new() }
    }

    /// Prepares the insert of some rows, as [`Command::Insert`] describes it.
    pub(super) fn insert(table: &'static TableDef, rows: RowsToInsert, atomic: bool, answer: Answer) -> Prepared {
        let answer = answer.diagnosed(Diagnosis::new(table));
        let command = Command::Insert { rows: Box::new(rows), atomic };
        Prepared { command, names: Names::Known, timeout: None, answer, further: Vec::new() }
    }

    /// Prepares an update or a delete of some rows.
    fn rows(rows: &WrittenRows, written: WrittenStatement, diagnosis: Diagnosis) -> Prepared {
        let answer = Answer::typed(rows.returned.labels(rows.table), Subject::Written(rows.table));
        let answer = answer.diagnosed(diagnosis.rows(rows.condition()));
        Prepared::statement(written, Access::Write, answer).within(rows.timeout)
    }

    /// Combines several statements in one message, each with the maximum number of its rows.
    pub(super) fn together(statements: impl IntoIterator<Item = (Prepared, u64)>) -> Prepared {
        let (mut steps, mut answers) = (Vec::new(), Vec::new());
        for (Prepared { command, names, answer, .. }, rows) in statements {
            steps.push(Step { command, rows, names });
            answers.push(answer);
        }
        let mut answers = answers.into_iter();
        let answer = answers.next().unwrap_or_default();
        let command = Command::Steps(steps);
        Prepared { command, names: Names::Known, timeout: None, answer, further: answers.collect() }
    }

    /// Sets the timeout.
    pub(super) fn within(mut self, timeout: Option<Duration>) -> Prepared {
        self.timeout = timeout;
        self
    }
}

impl Answer {
    /// Creates an answer whose columns are known.
    pub(super) fn typed(labels: Labels, subject: Subject) -> Answer {
        Answer::new(Decoder::typed(labels), subject)
    }

    fn new(decoder: Decoder, subject: Subject) -> Answer {
        Answer { decoder, subject, numbered: true, text: None, diagnosis: None }
    }

    /// Creates an answer with one column that belongs to no table.
    fn number() -> Answer {
        Answer::typed(Labels::Columns([None].into()), Subject::Read(None))
    }

    fn diagnosed(mut self, diagnosis: Diagnosis) -> Answer {
        self.diagnosis = Some(Box::new(diagnosis));
        self
    }

    /// Sets whether the id of an inserted row is reported.
    pub(super) fn numbered(mut self, numbered: bool) -> Answer {
        self.numbered = numbered;
        self
    }

    /// Returns the outcome as it is reported.
    pub(super) fn outcome(&self, outcome: Outcome) -> Outcome {
        Outcome { last_insert_id: outcome.last_insert_id.filter(|_| self.numbered), ..outcome }
    }

    /// Adds the text of the statement to an error.
    pub(super) fn named(&self, error: Error) -> Error {
        match &self.text {
            Some(text) => error.with_sql(text),
            None => error,
        }
    }

    /// Takes the queries for details, which run once after a failure.
    pub(super) fn take_diagnosis(&mut self) -> Option<Box<Diagnosis>> {
        self.diagnosis.take()
    }
}

impl Default for Answer {
    fn default() -> Answer {
        Answer::typed(Labels::Names([].into()), Subject::Read(None))
    }
}

/// Prepares a query for its rows.
impl Prepare for &Query {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let written = sql::select_statement(dialect, self)?;
        let table = self.first_select().map(|select| select.source.table);
        Ok(Prepared::statement(written, Access::Read, Answer::typed(self.labels(), Subject::Read(table))))
    }
}

impl Prepare for ReadQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Ok(self.query.prepare(dialect)?.within(self.timeout))
    }
}

/// A query for the number of its rows.
pub(super) struct Count(pub(super) ReadQuery);

impl Prepare for Count {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let ReadQuery { query, timeout } = self.0;
        let text = sql::select_count(dialect, &query)?;
        Ok(Prepared::statement(text, Access::Read, Answer::number()).within(timeout))
    }
}

/// A query for whether it has any row.
pub(super) struct Exists(pub(super) ReadQuery);

impl Prepare for Exists {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let ReadQuery { query, timeout } = self.0;
        let text = sql::select_exists(dialect, &query)?;
        Ok(Prepared::statement(text, Access::Read, Answer::number()).within(timeout))
    }
}

/// A query of the library's own, whose rows are read as `O`.
pub(super) struct Question<O> {
    text: SqlText,
    rows: PhantomData<fn() -> O>,
}

impl<O> Question<O> {
    pub(super) fn new(text: SqlText) -> Question<O> {
        Question { text, rows: PhantomData }
    }
}

impl<O: FromRow> Prepare for Question<O> {
    fn prepare(self, _dialect: Dialect) -> Result<Prepared> {
        let answer = Answer::new(Decoder::named::<O>(), Subject::Read(None));
        let prepared = Prepared::statement(self.text, Access::Read, answer);
        Ok(Prepared { names: Names::Wanted(ExpectedOf::<O>::ROW), ..prepared })
    }
}

/// A query for the plan of a statement.
pub(super) struct Explained(pub(super) Result<SqlText>);

impl Prepare for Explained {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let SqlText { text, params, sources } = self.0?;
        let text = [dialect.catalogue()?.explain, &text].concat();
        Question::<Row>::new(SqlText { text, params, sources }).prepare(dialect)
    }
}

/// SQL as text, and how its rows are read.
pub(super) struct Text {
    sql: Sql,
    names: Names,
    decoder: Decoder,
}

impl Text {
    /// Runs the text for its outcome and ignores its rows.
    pub(super) fn outcome(sql: Sql) -> Text {
        Text { sql, names: Names::Known, decoder: Decoder::named::<Row>() }
    }

    /// Runs the text for rows of this type.
    pub(super) fn rows<O: FromRow>(sql: Sql) -> Text {
        Text { sql, names: Names::Wanted(ExpectedOf::<O>::ROW), decoder: Decoder::named::<O>() }
    }

    /// Runs the text for the first columns of its rows, and ignores further ones.
    pub(super) fn first_columns<O: FromRow>(sql: Sql) -> Text {
        Text { sql, names: Names::Wanted(ExpectedOf::<O>::FIRST), decoder: Decoder::named::<O>().lenient() }
    }
}

impl Prepare for Text {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let RawText(text) = sql::raw(dialect, &self.sql)?;
        let prepared = Prepared::statement(text, Access::Unknown, Answer::new(self.decoder, Subject::Text));
        Ok(Prepared { names: self.names, ..prepared.within(self.sql.deadline()) })
    }
}

/// SQL as text, whose columns are wanted instead of its rows.
pub(super) struct Described(pub(super) Sql);

impl Prepare for Described {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let RawText(written) = sql::raw(dialect, &self.0)?;
        let answer = Answer::typed(Labels::Columns([None, None].into()), Subject::Text);
        let prepared = Prepared::statement(written, Access::Read, answer).within(self.0.deadline());
        let Command::Statement { text, params, .. } = prepared.command else { return Ok(prepared) };
        Ok(Prepared { command: Command::Describe { text, params }, ..prepared })
    }
}

impl Prepare for &UpdateQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        let diagnosis = Diagnosis::new(self.rows.table).sets(&self.sets);
        Ok(Prepared::rows(&self.rows, sql::update_statement(dialect, self)?, diagnosis))
    }
}

impl Prepare for &DeleteQuery {
    fn prepare(self, dialect: Dialect) -> Result<Prepared> {
        Ok(Prepared::rows(&self.rows, sql::delete_statement(dialect, self)?, Diagnosis::new(self.rows.table)))
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
