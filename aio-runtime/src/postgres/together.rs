//! Runs the statements of one request together: all are sent before the answer to the first one is
//! awaited.

use std::sync::Arc;

use postgres_protocol::message::frontend;

use super::bind::bind;
use super::connection::{Connection, Failure, Run, Status, write_unprepared};
use super::error::ServerError;
use super::insert::{PreparedRows, Sender};
use super::place::Place;
use super::statement::Statement;
use crate::engine::{StatementOfRequest, StepSink};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::row::Expected;

/// A failure, with the number of the statement and the index of the row in it, if these are known.
pub(super) struct TogetherFailure {
    pub(super) statement: Option<usize>,
    pub(super) row: Option<usize>,
    pub(super) failure: Failure,
}

impl From<Error> for TogetherFailure {
    fn from(error: Error) -> TogetherFailure {
        TogetherFailure { statement: None, row: None, failure: error.into() }
    }
}

/// A statement that the server has prepared.
pub(super) enum Prepared<'a> {
    Statement(Arc<Statement>),
    Rows(PreparedRows<'a>),
}

/// Runs statements together. `begin` is the statement that begins a transaction for them, which is
/// committed after them, or `None` if one is open. `has_effect` says that this commit may change
/// something.
pub(super) fn run_together(
    connection: &mut Connection,
    statements: &[StatementOfRequest<'_>],
    begin: Option<&'static str>,
    has_effect: bool,
    rows: &mut dyn StepSink,
) -> Result<(), TogetherFailure> {
    connection.settle()?;
    let mut prepared = Vec::with_capacity(statements.len());
    for (number, statement) in statements.iter().enumerate() {
        prepared.push(
            prepare(connection, statement, rows.expected(number)).map_err(|(row, failure)| TogetherFailure {
                statement: Some(number),
                row,
                failure,
            })?,
        );
    }
    if let Some(begin) = begin {
        connection.defer(begin);
    }
    let sent = send(connection, statements, &prepared, (begin.is_some(), has_effect), rows);
    if sent.is_err() && begin.is_some() {
        connection.forget_deferred();
        if connection.status() != Status::Idle {
            // The error to report is that of the statement. If the rollback fails, the connection
            // is lost, which ends the transaction.
            let _ = connection.run("ROLLBACK");
        }
    }
    sent
}

fn prepare<'a>(
    connection: &mut Connection,
    statement: &StatementOfRequest<'a>,
    expected: Option<&Expected>,
) -> Result<Prepared<'a>, (Option<usize>, Failure)> {
    match statement {
        StatementOfRequest::Statement { text, params, exact } => {
            let prepared = connection.prepare_expected(text, params, *exact, expected);
            prepared.map(Prepared::Statement).map_err(|failure| (None, failure))
        }
        StatementOfRequest::Insert(rows) => PreparedRows::new(connection, rows).map(Prepared::Rows),
    }
}

/// Returns a statement if it is prepared already.
pub(super) fn prepared<'a>(
    connection: &mut Connection,
    statement: &StatementOfRequest<'a>,
    expected: Option<&Expected>,
) -> Option<Prepared<'a>> {
    match statement {
        StatementOfRequest::Statement { text, params, .. } => {
            connection.prepared(text, params, expected).map(Prepared::Statement)
        }
        StatementOfRequest::Insert(rows) => PreparedRows::prepared(connection, rows).map(Prepared::Rows),
    }
}

fn send(
    connection: &mut Connection,
    statements: &[StatementOfRequest<'_>],
    prepared: &[Prepared<'_>],
    (commits, has_effect): (bool, bool),
    rows: &mut dyn StepSink,
) -> Result<(), TogetherFailure> {
    let mut sender = Sender::new(connection)?;
    let mut counts = Vec::with_capacity(statements.len());
    for (number, (statement, prepared)) in statements.iter().zip(prepared).enumerate() {
        let before = sender.unread();
        if let Err((row, failure)) = write(&mut sender, statement, prepared) {
            sender.connection.out().clear();
            return Err(TogetherFailure { statement: Some(number), row, failure });
        }
        counts.push(sender.unread() - before);
    }
    if commits {
        write_unprepared("COMMIT", sender.connection.out())?;
    }
    frontend::sync(sender.connection.out());
    sender.connection.set_doubt(has_effect);
    sender.connection.flush()?;
    let failed = |error: ServerError, statement, row| TogetherFailure {
        statement,
        row,
        failure: Failure::Server(Box::new(error)),
    };
    if let Some(error) = sender.read_deferred()? {
        sender.connection.ready()?;
        return Err(failed(error, None, None));
    }
    for (number, count) in counts.into_iter().enumerate() {
        rows.next_step(number);
        let is_rows = matches!(statements[number], StatementOfRequest::Insert(_));
        let mut run = Run { rows: rows.rows(), is_wanted: true, may_be_cut: false, cut: &|| () };
        if let Some(error) = sender.read_next(count, &mut run)? {
            let row = is_rows.then(|| sender.row());
            sender.connection.ready()?;
            return Err(failed(error, Some(number), row));
        }
        rows.end_step(outcome(&mut sender, is_rows));
    }
    let mut was_rolled_back = false;
    if commits {
        match sender.connection.read_command()? {
            Ok(tag) => was_rolled_back = tag.starts_with("ROLLBACK"),
            Err(error) => {
                sender.connection.ready()?;
                return Err(failed(error, None, None));
            }
        }
    }
    match sender.connection.ready()? {
        Some(error) => Err(failed(error, None, None)),
        None if was_rolled_back => {
            Err(Error::new(ErrorKind::RolledBack, "the server has rolled the transaction back").into())
        }
        None => Ok(()),
    }
}

pub(super) fn write(
    sender: &mut Sender<'_>,
    statement: &StatementOfRequest<'_>,
    prepared: &Prepared<'_>,
) -> Result<(), (Option<usize>, Failure)> {
    match (statement, prepared) {
        (StatementOfRequest::Statement { text, params, exact }, Prepared::Statement(prepared)) => {
            let values = params.iter().map(|param| Ok(param.into()));
            let place = |index| if *exact { None } else { Place::beside(text, index) };
            bind(prepared, values, false, place, sender.connection.out())
                .and_then(|()| sender.execute(prepared, false))
                .map_err(|error| (None, error.into()))
        }
        (_, Prepared::Rows(rows)) => sender.write_rows(rows, None),
        (StatementOfRequest::Insert(_), Prepared::Statement(_)) => Ok(()),
    }
}

/// Returns the outcome of a statement whose answers were read.
pub(super) fn outcome(sender: &mut Sender<'_>, is_rows: bool) -> Outcome {
    let outcome = sender.take_outcome();
    if is_rows { outcome } else { Outcome { last_insert_id: None, ..outcome } }
}
