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

/// The savepoint before rows that are checked when all of them are there.
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
    let mut data = BytesMut::new();
    if !write_rows(statement, prepared, inserted.values(), count, &mut highest, &mut data)? {
        return Ok(None);
    }
    let text = format!("COPY {table} {columns} FROM STDIN (FORMAT binary)");
    // After an error the server ignores the rows that follow. A pooler would give them to another
    // session, for which it would wait for an answer, unless a transaction is open.
    let needs_transaction = connection.is_pooled() && !connection.in_transaction();
    if needs_transaction {
        connection.defer("BEGIN");
    }
    let mut sent = send(connection, &text, &data, copying);
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

/// Writes the rows as the messages that carry them. Returns `false` if a value has no binary form.
fn write_rows(
    statement: &InsertStatement,
    prepared: &Statement,
    values: &RowBatch,
    count: usize,
    highest: &mut Highest<'_>,
    data: &mut BytesMut,
) -> Result<bool, RowFailure> {
    let mut at = 0;
    let mut message = begin_message(data);
    data.put_slice(HEAD);
    let fields = i16::try_from(statement.columns.len()).map_err(|_| unknown(Error::usage("too many columns")))?;
    for row in 0..count {
        if data.len() - message >= MESSAGE {
            end_message(data, message).map_err(unknown)?;
            message = begin_message(data);
        }
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
    data.put_i16(END);
    end_message(data, message).map_err(unknown)?;
    Ok(true)
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
/// Returns `None`, and takes the rows back, if one of them breaks a rule that the server checks
/// when all of them are there: it does not say which one. The INSERT of that row will fail.
fn send(connection: &mut Connection, text: &str, data: &[u8], copying: Copying) -> Result<Option<u64>, RowFailure> {
    connection.run_deferred().map_err(|failure| (None, failure))?;
    connection.check_stop().map_err(unknown)?;
    let has_savepoint = copying == Copying::CheckedAfterwards && connection.in_transaction();
    let begun = match has_savepoint {
        true => frontend::query(&format!("SAVEPOINT {SAVEPOINT}; {text}; RELEASE {SAVEPOINT}"), connection.out()),
        false => frontend::query(text, connection.out()),
    };
    begun.map_err(|error| unknown(Error::usage(error.to_string())))?;
    connection.out().put_slice(data);
    frontend::copy_done(connection.out());
    connection.begin_doubt("");
    connection.flush().map_err(unknown)?;
    let mut affected = 0;
    let mut error: Option<ServerError> = None;
    loop {
        let message = connection.message().map_err(unknown)?;
        match message.tag {
            message::COMMAND_COMPLETE => affected += message::rows_affected(connection.content(&message)),
            message::ERROR => error = Some(ServerError::read(connection.content(&message))),
            message::READY => {
                connection.set_status(&message);
                break;
            }
            _ => {}
        }
    }
    let Some(error) = error else { return Ok(Some(affected)) };
    let row = error.row_of_copy();
    if row.is_some() || copying != Copying::CheckedAfterwards || !error.is_of_row() {
        return Err((row, Failure::Server(Box::new(error))));
    }
    if has_savepoint {
        let undo = format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}");
        connection.run(&undo).map_err(|failure| (None, failure))?;
    }
    Ok(None)
}
