//! The answer to a statement, and what becomes of its rows.

use std::borrow::Cow;

use postgres_protocol::message::frontend;

use super::super::decode::Decoder;
use super::super::error::ServerError;
use super::super::message::{self, Column};
use super::super::statement::Statement;
use super::{Connection, Failure, Status, unsendable};
use crate::engine::RowSink;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// What becomes of the rows of a statement.
pub(in crate::postgres) struct Run<'a> {
    pub(in crate::postgres) rows: &'a mut dyn RowSink,
    /// Whether more rows are wanted.
    pub(in crate::postgres) is_wanted: bool,
    /// Whether the statement may be ended early when no more rows are wanted.
    pub(in crate::postgres) may_be_cut: bool,
    /// Ends the statement early.
    pub(in crate::postgres) cut: &'a dyn Fn(),
}

impl<'a> Run<'a> {
    /// Lets all rows be received.
    pub(in crate::postgres) fn to(rows: &'a mut dyn RowSink) -> Run<'a> {
        Run { rows, is_wanted: true, may_be_cut: false, cut: &|| () }
    }

    /// Passes on the names of the columns.
    fn columns(&mut self, columns: &[Column]) {
        self.rows.columns(&mut columns.iter().map(|column| &*column.name));
    }
}

/// The answer to a statement.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Answer {
    pub(in crate::postgres) rows_affected: u64,
    pub(in crate::postgres) is_empty: bool,
    /// Whether the columns were others than those that are remembered of the statement.
    pub(in crate::postgres) has_other_columns: bool,
    pub(in crate::postgres) error: Option<ServerError>,
}

impl Answer {
    pub(super) fn into_result(self, run: &Run<'_>) -> Result<Outcome, Failure> {
        match self.error {
            // The statement was ended because no more rows are wanted.
            Some(error) if !run.is_wanted && error.code() == "57014" => Ok(Outcome::default()),
            Some(error) => Err(Failure::Server(Box::new(error))),
            None if self.is_empty => Err(Error::usage("the text contains no statement").into()),
            None => Ok(Outcome { rows_affected: self.rows_affected, last_insert_id: None }),
        }
    }
}

/// Appends the values of a row. Returns `None` if the message is malformed.
fn push_row(content: &[u8], columns: &[Column], rows: &mut dyn RowSink) -> Option<()> {
    let batch = rows.batch();
    let mut rest = content.get(2..)?;
    for column in columns {
        let (length, values) = rest.split_first_chunk::<4>()?;
        rest = values;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            batch.push_null();
            continue;
        };
        let (value, values) = rest.split_at_checked(length)?;
        rest = values;
        column.decoder.push(value, batch)?;
    }
    Some(())
}

/// Returns columns as they are described now, of which those in `asked` are the formats.
fn in_formats_of(asked: &[Column], mut described: Vec<Column>) -> Vec<Column> {
    for (column, asked) in described.iter_mut().zip(asked) {
        if column.format() != asked.format() {
            // The bytes are in a form that the library does not read for this type.
            column.decoder = Decoder::Bytes;
        }
    }
    described
}

impl Connection {
    /// Appends the rows that follow and were received already, as far as they are wanted. This is
    /// faster than to take each of them as a [`message`](Connection::message). Returns `None` if a
    /// message is malformed.
    fn push_received_rows(&mut self, columns: &[Column], run: &mut Run<'_>) -> Option<()> {
        let received = self.socket.received();
        let mut rest = received;
        while run.is_wanted
            && let Some((content, behind)) = message::split_row(rest)
        {
            push_row(content, columns, run.rows)?;
            run.is_wanted = run.rows.end_row();
            rest = behind;
        }
        let consumed = received.len() - rest.len();
        self.socket.consume(consumed);
        Some(())
    }

    /// Reads the answer to one execution of a statement, up to its completion or its error.
    ///
    /// # Errors
    /// Fails if the connection is lost. An error of the server is a part of the answer.
    pub(in crate::postgres) fn read_answer(
        &mut self,
        statement: &Statement,
        run: &mut Run<'_>,
        answer: &mut Answer,
    ) -> Result<()> {
        let mut columns: Cow<'_, [Column]> = Cow::Borrowed(&statement.columns);
        let in_transaction = self.status != Status::Idle;
        let mut has_rows = false;
        loop {
            if !run.is_wanted && run.may_be_cut && !self.has_message() {
                (run.cut)();
                run.may_be_cut = false;
            }
            let message = self.message()?;
            match message.tag {
                message::DATA_ROW => {
                    if !has_rows {
                        has_rows = true;
                        if !self.is_pipelined {
                            // To cancel a query in a transaction would end the transaction.
                            self.watch.drain_first(in_transaction);
                        }
                    }
                    if run.is_wanted {
                        let content = self.socket.consumed(message.content);
                        if push_row(content, &columns, run.rows).is_none() {
                            return Err(self.malformed());
                        }
                        run.is_wanted = run.rows.end_row();
                        if self.push_received_rows(&columns, run).is_none() {
                            return Err(self.malformed());
                        }
                    }
                }
                message::COMMAND_COMPLETE => {
                    answer.rows_affected += message::rows_affected(self.content(&message));
                    return Ok(());
                }
                message::EMPTY_QUERY => {
                    answer.is_empty = true;
                    return Ok(());
                }
                message::ERROR => {
                    answer.error = Some(ServerError::read(self.content(&message)));
                    return Ok(());
                }
                message::COPY_IN => {
                    frontend::copy_fail("the library copies rows by `insert_all`", &mut self.out)
                        .map_err(|error| unsendable(&error))?;
                    // COPY leaves the extended protocol, and has skipped the Sync that was sent.
                    frontend::sync(&mut self.out);
                    self.flush()?;
                }
                // From here on the columns of the result cannot be others. What was sent anew has
                // them described again.
                message::BIND_COMPLETE if statement.is_described_again() => {}
                message::BIND_COMPLETE => run.columns(&columns),
                message::ROW_DESCRIPTION => {
                    match message::columns(self.content(&message)) {
                        Some(described) if described != *columns => {
                            answer.has_other_columns = true;
                            columns = in_formats_of(&statement.columns, described).into();
                        }
                        Some(_) => {}
                        None => return Err(self.malformed()),
                    }
                    run.columns(&columns);
                }
                message::PARSE_COMPLETE
                | message::NO_DATA
                | message::COPY_OUT
                | message::COPY_BOTH
                | message::COPY_DATA
                | message::COPY_DONE
                | message::PORTAL_SUSPENDED
                | message::CLOSE_COMPLETE => {}
                _ => return Err(self.malformed()),
            }
        }
    }
}
