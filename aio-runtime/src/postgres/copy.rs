//! Inserts many plain rows by COPY, in its binary format
//! (<https://www.postgresql.org/docs/current/sql-copy.html>).

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;

use super::connection::{Connection, Copying, Failure, Status};
use super::encode::{Format, encode, set_length};
use super::error::ServerError;
use super::insert::{RowFailure, target};
use super::message;
use super::place::Place;
use super::sequence::{Highest, SET_SEQUENCE};
use super::statement::Statement;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::row_batch::RowBatch;
use crate::sql::{InsertStatement, RowsToInsert};
use crate::value::ValueRef;

/// The number of rows from which on COPY is faster, although it takes a round trip more.
const MIN_ROWS: usize = 200;

/// The beginning of the data: a signature, no flags, and no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The end of the data, in place of the number of fields of a row.
const END: i16 = -1;

/// The number of bytes of a message with data.
const MESSAGE: usize = 64 * 1024;

/// Whether rows can be copied into a table, as the number of a [`Copying`]. The table must have
/// rows of its own, and no policy may decide about each of them. A trigger for each row (bit 0)
/// that is called after (not bits 1 and 6) an insert (bit 2) checks for instance a foreign key.
const COPYING: &str = "SELECT CASE WHEN c.relkind NOT IN ('r', 'p') OR row_security_active(c.oid) THEN 0 \
    WHEN c.relkind = 'p' OR EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgtype & 71 = 5) \
    THEN 2 ELSE 1 END FROM pg_catalog.pg_class c WHERE c.oid = $1::text::regclass";

/// The savepoint before rows that may be taken back.
const SAVEPOINT: &str = "aio_sql_copy";

/// Inserts rows by COPY, if they are many and plain. Returns `None` if they have to be inserted by
/// INSERT; none is there then.
pub(super) fn copy(
    connection: &mut Connection,
    inserted: &RowsToInsert,
    prepared: &[Arc<Statement>],
) -> Result<Option<Outcome>, RowFailure> {
    let mut runs = inserted.runs();
    let (Some((_, statement, count)), None, [prepared]) = (runs.next(), runs.next(), prepared) else {
        return Ok(None);
    };
    if count < MIN_ROWS || !statement.can_be_repeated {
        return Ok(None);
    }
    let Some((table, columns)) = target(statement) else { return Ok(None) };
    let copying = connection.copying(COPYING, table).map_err(unknown)?;
    if copying == Copying::Never {
        return Ok(None);
    }
    let mut highest = Highest::of(statement);
    // After an error the server ignores the rows that follow. A pooler would give them to another
    // session, for which it would wait for an answer, unless a transaction is open.
    let needs_transaction = connection.is_pooled() && !connection.in_transaction();
    if needs_transaction {
        connection.defer("BEGIN");
    }
    let rows = Rows { statement, prepared, values: inserted.values(), count };
    let mut sent = send(connection, (table, columns), &rows, copying, &mut highest);
    if matches!(sent, Err((None, _))) {
        // The table may have got a foreign key or a policy meanwhile.
        connection.forget_copying(table);
    }
    if let (Ok(Some(_)), Some(values)) = (&sent, highest.values()) {
        let values = values.map(Into::into);
        if let Err(error) = connection.query(SET_SEQUENCE, &values) {
            sent = Err(unknown(error));
        }
    }
    if needs_transaction {
        sent = end_transaction(connection, sent);
    }
    Ok(sent?.map(|affected| Outcome { rows_affected: affected, last_insert_id: None }))
}

/// Commits the transaction of rows that were copied, or rolls it back if they were not.
fn end_transaction(
    connection: &mut Connection,
    sent: Result<Option<u64>, RowFailure>,
) -> Result<Option<u64>, RowFailure> {
    if let Ok(Some(affected)) = sent {
        connection.commit(true).map_err(|failure| (None, failure))?;
        return Ok(Some(affected));
    }
    connection.forget_deferred();
    if connection.status() != Status::Idle {
        // The error to report is that of the rows. If the rollback fails, the connection is lost,
        // which ends the transaction.
        let ended = connection.run("ROLLBACK");
        if sent.is_ok() {
            ended.map_err(|failure| (None, failure))?;
        }
    }
    sent
}

fn unknown(error: Error) -> RowFailure {
    (None, error.into())
}

/// The rows to copy.
struct Rows<'a> {
    statement: &'a InsertStatement,
    prepared: &'a Statement,
    values: &'a RowBatch,
    count: usize,
}

impl Rows<'_> {
    /// Writes the rows as the messages that carry them. If `sends` is set, sends each message as
    /// soon as it is full, so that the server stores its rows while the next ones are written, and
    /// sets `is_sent`.
    ///
    /// Returns `false` if a value has no binary form.
    fn write(
        &self,
        connection: &mut Connection,
        highest: &mut Highest<'_>,
        sends: bool,
        is_sent: &mut bool,
    ) -> Result<bool, RowFailure> {
        let Rows { statement, prepared, values, count } = self;
        let fields = i16::try_from(statement.columns.len()).map_err(|_| unknown(Error::usage("too many columns")))?;
        let mut at = 0;
        let mut message = begin_message(connection.out());
        connection.out().put_slice(HEAD);
        for row in 0..*count {
            let data = connection.out();
            if data.len() - message >= MESSAGE {
                end_message(data, message).map_err(unknown)?;
                if sends {
                    connection.check_stop().map_err(unknown)?;
                    *is_sent = true;
                    connection.flush().map_err(unknown)?;
                }
                message = begin_message(connection.out());
            }
            let data = connection.out();
            highest.see(values, at).map_err(unknown)?;
            data.put_i16(fields);
            for (place, ty) in prepared.parameters.iter().enumerate() {
                let length = data.len();
                let value = values.read(&mut at).map_err(unknown)?;
                if value == ValueRef::Null {
                    data.put_i32(-1);
                    continue;
                }
                data.put_i32(0);
                let written = encode(value, *ty, data).and_then(|format| {
                    set_length(data, length)?;
                    Ok(format)
                });
                match written {
                    Ok(Format::Binary) => {}
                    Ok(Format::Text) => return Ok(false),
                    Err(error) => {
                        let name = statement.columns.get(place).copied().unwrap_or_default();
                        let Place { table, column } = Place::of_insert(&statement.text, name);
                        return Err((Some(row), error.at_column(table.as_deref(), &column).into()));
                    }
                }
            }
        }
        let data = connection.out();
        data.put_i16(END);
        end_message(data, message).map_err(unknown)?;
        frontend::copy_done(data);
        Ok(true)
    }
}

/// Begins a message with data. Returns the index of its first byte.
fn begin_message(data: &mut BytesMut) -> usize {
    let begin = data.len();
    data.put_u8(message::COPY_DATA);
    data.put_i32(0);
    begin
}

fn end_message(data: &mut BytesMut, begin: usize) -> Result<()> {
    // The length counts its own four bytes.
    let length = i32::try_from(data.len() - begin - 1).map_err(|_| Error::usage("a row is larger than 2 GiB"))?;
    data[begin + 1..begin + 5].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Sends the statement together with the rows, and returns their number. If the server does not
/// accept the statement, it ignores the rows
/// (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY>).
///
/// Returns `None` if a value has no binary form, or if a row breaks a rule that the server checks
/// when all of them are there: it does not say which one. The INSERT of that row will fail. None
/// of the rows is there then.
fn send(
    connection: &mut Connection,
    (table, columns): (&str, &str),
    rows: &Rows<'_>,
    copying: Copying,
    highest: &mut Highest<'_>,
) -> Result<Option<u64>, RowFailure> {
    connection.run_deferred().map_err(|failure| (None, failure))?;
    connection.check_stop().map_err(unknown)?;
    let text = format!("COPY {table} {columns} FROM STDIN (FORMAT binary)");
    let sends = rows.values.len() > MESSAGE;
    // A transaction must go on if rows that were sent are taken back.
    let has_savepoint = connection.in_transaction() && (sends || copying == Copying::CheckedAfterwards);
    let begun = match has_savepoint {
        true => frontend::query(&format!("SAVEPOINT {SAVEPOINT}; {text}; RELEASE {SAVEPOINT}"), connection.out()),
        false => frontend::query(&text, connection.out()),
    };
    begun.map_err(|error| unknown(Error::usage(error.to_string())))?;
    let mut is_sent = false;
    let written = rows.write(connection, highest, sends, &mut is_sent);
    if !matches!(written, Ok(true)) {
        connection.out().clear();
        if is_sent && !connection.is_lost() {
            give_up(connection, has_savepoint).map_err(|failure| (None, failure))?;
        }
        return written.map(|_| None);
    }
    connection.begin_doubt("");
    connection.flush().map_err(unknown)?;
    let (affected, error) = read_end(connection).map_err(unknown)?;
    let Some(error) = error else { return Ok(Some(affected)) };
    let row = error.row_of_copy();
    if row.is_some() || copying != Copying::CheckedAfterwards || !error.is_of_row() {
        return Err((row, Failure::Server(Box::new(error))));
    }
    if has_savepoint {
        undo(connection).map_err(|failure| (None, failure))?;
    }
    Ok(None)
}

/// Takes the rows back that were sent.
fn give_up(connection: &mut Connection, has_savepoint: bool) -> Result<(), Failure> {
    let failed = frontend::copy_fail("a row cannot be sent", connection.out());
    failed.map_err(|error| Error::usage(error.to_string()))?;
    connection.flush()?;
    read_end(connection)?;
    if has_savepoint { undo(connection) } else { Ok(()) }
}

fn undo(connection: &mut Connection) -> Result<(), Failure> {
    connection.run(&format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}"))
}

/// Reads the answer to the statement. Returns the number of rows, and the error of the server.
fn read_end(connection: &mut Connection) -> Result<(u64, Option<ServerError>)> {
    let (mut affected, mut error) = (0, None);
    loop {
        let message = connection.message()?;
        match message.tag {
            message::COMMAND_COMPLETE => affected += message::rows_affected(connection.content(&message)),
            message::ERROR => error = Some(ServerError::read(connection.content(&message))),
            message::READY => {
                connection.set_status(&message);
                return Ok((affected, error));
            }
            _ => {}
        }
    }
}
