//! Inserts rows: many are sent before the answer to the first one is awaited.

use std::sync::Arc;

use postgres_protocol::message::frontend;

use super::bind::{Bound, bind};
use super::connection::{Answer, Connection, Failure, Run};
use super::error::ServerError;
use super::statement::Statement;
use crate::engine::RowSink;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::sql::RowsToInsert;

/// The number of bytes that are sent before their answers are read.
const CHUNK: usize = 128 * 1024;

/// Inserts rows, and pushes the rows that the statements return. An error is returned with the
/// index of the row that failed, if that is known.
pub(super) fn insert(
    connection: &mut Connection,
    inserted: &RowsToInsert,
    rows: &mut dyn RowSink,
) -> Result<Outcome, (Option<usize>, Failure)> {
    let unknown = |failure: Failure| (None, failure);
    connection.settle().map_err(|error| unknown(error.into()))?;
    let mut statements = Vec::with_capacity(inserted.statements());
    let mut first = 0;
    for (_, statement, count) in inserted.runs() {
        statements.push(connection.prepare(&statement.text).map_err(|failure| (Some(first), failure))?);
        first += count;
    }
    let mut run = Run { rows, is_wanted: true, may_be_cut: false, cut: &|| () };
    let mut sender = Sender { connection, deferred: 0, unread: Vec::new(), read: 0, affected: 0 };
    sender.deferred = sender.connection.write_deferred().map_err(|error| unknown(error.into()))?;
    let (mut at, mut row) = (0, 0);
    for ((_, statement, count), prepared) in inserted.runs().zip(&statements) {
        for _ in 0..count {
            let width = statement.width();
            let next = (0..width).map(|_| inserted.values().read(&mut at).map(Bound::Value));
            let name = |place: usize| statement.columns.get(place).copied();
            let bound = bind(prepared, next, name, sender.connection.out());
            if let Err(error) = bound {
                // The rows before this one may be on their way.
                sender.abandon(&mut run).map_err(unknown)?;
                return Err((Some(row), error.into()));
            }
            frontend::execute("", 0, sender.connection.out())
                .map_err(|error| unknown(Error::usage(error.to_string()).into()))?;
            sender.unread.push(Arc::clone(prepared));
            row += 1;
            if sender.connection.out().len() >= CHUNK {
                sender.send_chunk(&mut run)?;
            }
        }
    }
    sender.finish(&mut run)
}

/// Sends rows in chunks, and reads the answers to each chunk.
struct Sender<'a> {
    connection: &'a mut Connection,
    /// The number of deferred statements whose answers were not read yet.
    deferred: usize,
    /// The statements of the rows whose answers were not read yet.
    unread: Vec<Arc<Statement>>,
    /// The number of rows whose answers were read.
    read: usize,
    affected: u64,
}

type RowFailure = (Option<usize>, Failure);

impl Sender<'_> {
    /// Sends what was written, asks the server to answer it, and reads the answers to all rows of
    /// it.
    fn send_chunk(&mut self, run: &mut Run<'_>) -> Result<(), RowFailure> {
        frontend::flush(self.connection.out());
        self.connection.flush().map_err(|error| (None, error.into()))?;
        match self.read_answers(run) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => {
                let failed = self.read;
                self.end_pipeline()?;
                Err((Some(failed), Failure::Server(Box::new(error))))
            }
            Err(error) => Err((None, error.into())),
        }
    }

    /// Reads the answers to the rows that were sent. Returns the error of the row that failed.
    fn read_answers(&mut self, run: &mut Run<'_>) -> Result<Option<ServerError>> {
        let deferred = std::mem::take(&mut self.deferred);
        let failed = self.connection.read_deferred(deferred)?;
        self.connection.forget_deferred();
        if failed.is_some() {
            return Ok(failed);
        }
        for statement in std::mem::take(&mut self.unread) {
            let mut answer = Answer::default();
            self.connection.read_answer(&statement.columns, run, &mut answer)?;
            if answer.error.is_some() {
                return Ok(answer.error);
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
        ended.map(drop).map_err(|error| (None, error.into()))
    }

    /// Gives up the rows that were written, after an error of the client.
    fn abandon(&mut self, run: &mut Run<'_>) -> Result<(), Failure> {
        frontend::sync(self.connection.out());
        self.connection.flush()?;
        let failed = self.read_answers(run)?;
        self.connection.ready()?;
        failed.map_or(Ok(()), |error| Err(Failure::Server(Box::new(error))))
    }

    fn finish(mut self, run: &mut Run<'_>) -> Result<Outcome, RowFailure> {
        frontend::sync(self.connection.out());
        self.connection.begin_doubt();
        self.connection.flush().map_err(|error| (None, error.into()))?;
        let answered = self.read_answers(run).map_err(|error| (None, error.into()))?;
        // An error at the end, such as that of a deferred constraint, belongs to no row.
        let at_end = self.connection.ready().map_err(|error| (None, error.into()))?;
        match (answered, at_end) {
            (Some(error), _) => Err((Some(self.read), Failure::Server(Box::new(error)))),
            (None, Some(error)) => Err((None, Failure::Server(Box::new(error)))),
            (None, None) => Ok(Outcome { rows_affected: self.affected, last_insert_id: None }),
        }
    }
}
