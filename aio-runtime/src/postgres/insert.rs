//! Inserts rows: many are sent before the answer to the first one is awaited.

use std::sync::Arc;

use postgres_protocol::message::frontend;

use super::bind::{Bound, bind};
use super::connection::{Answer, Connection, Failure, Run};
use super::copy::copy;
use super::error::ServerError;
use super::place::Place;
use super::sequence::{Highest, SET_SEQUENCE};
use super::statement::Statement;
use crate::engine::RowSink;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;
use crate::row_batch::RowBatch;
use crate::sql::{InsertStatement, RowsToInsert};
use crate::value::ValueRef;

/// The number of bytes that are sent before their answers are read.
const CHUNK: usize = 128 * 1024;

/// A failure, with the index of the row at which it has occurred, if that is known.
pub(super) type RowFailure = (Option<usize>, Failure);

/// Inserts rows, and pushes the rows that the statements return.
pub(super) fn insert(
    connection: &mut Connection,
    inserted: &RowsToInsert,
    rows: &mut dyn RowSink,
) -> Result<Outcome, RowFailure> {
    connection.settle().map_err(unknown)?;
    let prepared = PreparedRows::new(connection, inserted)?;
    if let Some(outcome) = copy(connection, inserted, &prepared.statements)? {
        return Ok(outcome);
    }
    let mut run = Run { rows, is_wanted: true, may_be_cut: false, cut: &|| () };
    let mut sender = Sender::new(connection).map_err(unknown)?;
    if let Err((row, failure)) = sender.write_rows(&prepared, Some(&mut run)) {
        if let Failure::Client(error) = &failure
            && matches!(error.kind(), ErrorKind::Unstorable { .. } | ErrorKind::Usage)
        {
            // The rows before this one may be on their way.
            sender.abandon(&mut run).map_err(|failure| (None, failure))?;
        }
        return Err((row, failure));
    }
    sender.finish(&mut run)
}

/// Rows to insert, with their statements as the server has prepared them.
pub(super) struct PreparedRows<'a> {
    inserted: &'a RowsToInsert,
    /// The statements of the runs of rows.
    statements: Vec<Arc<Statement>>,
    /// The statement that moves a sequence, if rows have numbers of their own.
    sequence: Option<Arc<Statement>>,
}

impl<'a> PreparedRows<'a> {
    pub(super) fn new(connection: &mut Connection, inserted: &'a RowsToInsert) -> Result<PreparedRows<'a>, RowFailure> {
        let mut statements = Vec::with_capacity(inserted.statements());
        let mut first = 0;
        for (_, statement, count) in inserted.runs() {
            let prepared = connection.prepare(&statement.text).map_err(|failure| (Some(first), failure))?;
            statements.push(prepared);
            first += count;
        }
        let sequence = match sets_sequence(inserted) {
            true => Some(connection.prepare(SET_SEQUENCE).map_err(|failure| (None, failure))?),
            false => None,
        };
        Ok(PreparedRows { inserted, statements, sequence })
    }

    /// Returns the rows if their statements are prepared already.
    pub(super) fn prepared(connection: &mut Connection, inserted: &'a RowsToInsert) -> Option<PreparedRows<'a>> {
        let mut prepared = |text: &str| connection.prepared(text, &[], None);
        let statements = inserted.runs().map(|(_, statement, _)| prepared(&statement.text)).collect::<Option<_>>()?;
        let sequence = match sets_sequence(inserted) {
            true => Some(prepared(SET_SEQUENCE)?),
            false => None,
        };
        Some(PreparedRows { inserted, statements, sequence })
    }
}

/// Returns whether rows have numbers of their own, which a sequence must not give to others.
fn sets_sequence(inserted: &RowsToInsert) -> bool {
    inserted.runs().any(|(_, statement, _)| statement.numbered.is_some())
}

fn unknown(error: Error) -> RowFailure {
    (None, error.into())
}

/// Sends executions without waiting for their answers, and reads these later.
pub(super) struct Sender<'a> {
    pub(super) connection: &'a mut Connection,
    /// The number of deferred statements whose answers were not read yet.
    deferred: usize,
    /// The executions whose answers were not read yet.
    unread: Vec<Sent>,
    /// The number of rows whose answers were read.
    read: usize,
    affected: u64,
    ids: Ids,
    /// The id of the row that was inserted last, if the statements return ids.
    id: Option<i64>,
}

/// An execution that was sent.
pub(super) struct Sent {
    statement: Arc<Statement>,
    /// Who gets what the statement returns.
    returned_to: Recipient,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Recipient {
    Caller,
    /// It is the id of the inserted row.
    Outcome,
    /// Nobody: the statement is not that of a row.
    Nobody,
}

impl<'a> Sender<'a> {
    /// Begins with the deferred statements.
    pub(super) fn new(connection: &'a mut Connection) -> Result<Sender<'a>> {
        connection.check_stop()?;
        let deferred = connection.write_deferred()?;
        let (unread, ids) = Default::default();
        Ok(Sender { connection, deferred, unread, read: 0, affected: 0, ids, id: None })
    }

    /// Writes the executions for rows. If `run` is given, sends them in chunks and reads the
    /// answers to each; otherwise sends nothing yet.
    pub(super) fn write_rows(
        &mut self,
        prepared: &PreparedRows<'_>,
        mut run: Option<&mut Run<'_>>,
    ) -> Result<(), RowFailure> {
        let PreparedRows { inserted, statements, sequence } = prepared;
        let (mut at, mut row) = (0, 0);
        for ((_, statement, count), prepared) in inserted.runs().zip(statements) {
            let mut highest = Highest::of(statement);
            for number in 0..count {
                highest.see(inserted.values(), at).map_err(unknown)?;
                let next = (0..statement.width()).map(|_| inserted.values().read(&mut at).map(Bound::Value));
                let place = |index: usize| match statement.columns.get(index) {
                    Some(column) => Some(Place::of_insert(&statement.text, column)),
                    // A value of ON CONFLICT DO UPDATE.
                    None => Place::beside(&statement.text, index),
                };
                bind(prepared, next, number > 0, place, self.connection.out())
                    .map_err(|error| (Some(row), error.into()))?;
                self.execute(prepared, statement.returns_id).map_err(unknown)?;
                row += 1;
                if let Some(run) = &mut run
                    && self.connection.out().len() >= CHUNK
                {
                    self.send_chunk(run)?;
                }
            }
            if let (Some(values), Some(sequence)) = (highest.values(), sequence) {
                let values = values.iter().map(|value| Ok(Bound::Value(value.as_ref())));
                bind(sequence, values, false, |_| None, self.connection.out()).map_err(unknown)?;
                self.execute_beside(sequence).map_err(unknown)?;
            }
        }
        Ok(())
    }

    /// Executes the statement that was bound last, for one row.
    pub(super) fn execute(&mut self, statement: &Arc<Statement>, returns_id: bool) -> Result<()> {
        let returned_to = if returns_id { Recipient::Outcome } else { Recipient::Caller };
        self.write_execute(statement, returned_to)
    }

    /// Executes the statement that was bound last, which is not that of a row.
    pub(super) fn execute_beside(&mut self, statement: &Arc<Statement>) -> Result<()> {
        self.write_execute(statement, Recipient::Nobody)
    }

    fn write_execute(&mut self, statement: &Arc<Statement>, returned_to: Recipient) -> Result<()> {
        frontend::execute("", 0, self.connection.out()).map_err(|error| Error::usage(error.to_string()))?;
        self.unread.push(Sent { statement: Arc::clone(statement), returned_to });
        Ok(())
    }

    /// Sends what was written, asks the server to answer it, and reads the answers to all of it.
    fn send_chunk(&mut self, run: &mut Run<'_>) -> Result<(), RowFailure> {
        frontend::flush(self.connection.out());
        self.connection.flush().map_err(unknown)?;
        match self.read_answers(run).map_err(unknown)? {
            None => Ok(()),
            Some(error) => {
                let failed = self.read;
                self.end_pipeline()?;
                Err((Some(failed), Failure::Server(Box::new(error))))
            }
        }
    }

    /// Writes the execution of a statement without values, which is not that of a row.
    pub(super) fn write_beside(&mut self, statement: &Arc<Statement>) -> Result<()> {
        bind(statement, std::iter::empty(), false, |_| None, self.connection.out())?;
        self.execute_beside(statement)
    }

    /// Takes the executions that were written and whose answers were not read yet.
    pub(super) fn take_unread(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.unread)
    }

    /// Sets the executions whose answers are read next.
    pub(super) fn set_unread(&mut self, unread: Vec<Sent>) {
        self.unread = unread;
    }

    /// Returns the number of executions that were written and whose answers were not read yet.
    pub(super) fn unread(&self) -> usize {
        self.unread.len()
    }

    /// Returns the outcome of the rows whose answers were read since the last call.
    pub(super) fn take_outcome(&mut self) -> Outcome {
        self.read = 0;
        Outcome { rows_affected: std::mem::take(&mut self.affected), last_insert_id: self.id.take() }
    }

    /// Returns the index of the row whose answer is read next, since the last call of
    /// [`take_outcome`](Sender::take_outcome).
    pub(super) fn row(&self) -> usize {
        self.read
    }

    /// Reads the answers to the deferred statements. Returns the error of the one that failed.
    pub(super) fn read_deferred(&mut self) -> Result<Option<ServerError>> {
        let deferred = std::mem::take(&mut self.deferred);
        let failed = self.connection.read_deferred(deferred)?;
        self.connection.forget_deferred();
        Ok(failed)
    }

    /// Reads the answers to what was sent. Returns the error of the row that failed.
    fn read_answers(&mut self, run: &mut Run<'_>) -> Result<Option<ServerError>> {
        let failed = self.read_deferred()?;
        if failed.is_some() {
            return Ok(failed);
        }
        self.read_next(self.unread.len(), run)
    }

    /// Reads the answers to the next executions, this number of them. Returns the error of the row
    /// that failed.
    pub(super) fn read_next(&mut self, count: usize, run: &mut Run<'_>) -> Result<Option<ServerError>> {
        let sent: Vec<_> = self.unread.drain(..count.min(self.unread.len())).collect();
        let mut left = sent.len() + self.unread.len();
        for Sent { statement, returned_to } in sent {
            let mut answer = Answer::default();
            if returned_to == Recipient::Caller {
                self.connection.read_answer(&statement, run, &mut answer)?;
            } else {
                self.ids.0.clear();
                let mut run = Run { rows: &mut self.ids, is_wanted: true, may_be_cut: false, cut: &|| () };
                self.connection.read_answer(&statement, &mut run, &mut answer)?;
            }
            if answer.has_other_columns {
                self.connection.forget(&statement);
            }
            if answer.error.is_some() {
                return Ok(answer.error);
            }
            left -= 1;
            if left > 0 {
                self.connection.expect_more();
            }
            if returned_to == Recipient::Nobody {
                continue;
            }
            if returned_to == Recipient::Outcome {
                self.id = self.ids.last()?.or(self.id);
            }
            self.affected += answer.rows_affected;
            self.read += 1;
        }
        Ok(None)
    }

    /// Ends the pipeline after an error, so that the server listens again.
    fn end_pipeline(&mut self) -> Result<(), RowFailure> {
        frontend::sync(self.connection.out());
        let ended = self.connection.flush().and_then(|()| self.connection.ready());
        ended.map(drop).map_err(unknown)
    }

    /// Gives up the rows that were written, after an error of the client.
    fn abandon(&mut self, run: &mut Run<'_>) -> Result<(), Failure> {
        if self.read == 0 && self.unread.is_empty() {
            // Nothing of it was sent.
            self.connection.out().clear();
            return Ok(());
        }
        frontend::sync(self.connection.out());
        self.connection.flush()?;
        let failed = self.read_answers(run)?;
        self.connection.ready()?;
        failed.map_or(Ok(()), |error| Err(Failure::Server(Box::new(error))))
    }

    fn finish(mut self, run: &mut Run<'_>) -> Result<Outcome, RowFailure> {
        frontend::sync(self.connection.out());
        self.connection.begin_doubt("");
        self.connection.flush().map_err(unknown)?;
        let answered = self.read_answers(run).map_err(unknown)?;
        // An error at the end, such as that of a deferred constraint, belongs to no row.
        let at_end = self.connection.ready().map_err(unknown)?;
        match (answered, at_end) {
            (Some(error), _) => Err((Some(self.read), Failure::Server(Box::new(error)))),
            (None, Some(error)) => Err((None, Failure::Server(Box::new(error)))),
            (None, None) => Ok(Outcome { rows_affected: self.affected, last_insert_id: self.id }),
        }
    }
}

/// The ids of inserted rows.
#[derive(Default)]
pub(super) struct Ids(RowBatch);

impl Ids {
    /// Returns the last id, or `None` if there is none.
    fn last(&self) -> Result<Option<i64>> {
        let (mut at, mut last) = (0, None);
        for _ in 0..self.0.rows() {
            if let ValueRef::Integer(id) = self.0.read(&mut at)? {
                last = Some(id);
            }
        }
        Ok(last)
    }
}

impl RowSink for Ids {
    fn columns(&mut self, _names: &mut dyn Iterator<Item = &str>) {}

    fn expected(&self) -> Option<&'static Expected> {
        None
    }

    fn batch(&mut self) -> &mut RowBatch {
        &mut self.0
    }

    fn end_row(&mut self) -> bool {
        self.0.end_row();
        true
    }
}

/// Returns the table of an insert, quoted, and the list of its columns, as its text has them.
pub(super) fn target(statement: &InsertStatement) -> Option<(&str, &str)> {
    let rest = statement.text.strip_prefix("INSERT INTO ")?;
    let (target, _) = rest.rsplit_once(" VALUES (")?;
    // A quote in the name is doubled, so a quote before a space ends it.
    let end = target.find("\" (")? + 1;
    Some((&target[..end], target[end..].trim_start()))
}
