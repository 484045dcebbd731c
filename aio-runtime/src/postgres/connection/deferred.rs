//! Statements that are sent together with the next one, such as BEGIN.

use std::borrow::Cow;
use std::io;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::super::error::ServerError;
use super::super::message;
use super::{Connection, Failure, unsendable};
use crate::error::Result;

impl Connection {
    /// Sends a statement together with the next one.
    pub(in crate::postgres) fn defer(&mut self, text: impl Into<Cow<'static, str>>) {
        self.deferred.push_back(text.into());
    }

    /// Takes back the statement that was deferred last, if it is this one.
    pub(in crate::postgres) fn take_back_deferred(&mut self, text: &str) -> bool {
        let is_last = self.deferred.back().is_some_and(|last| last == text);
        if is_last {
            self.deferred.pop_back();
        }
        is_last
    }

    /// Takes back all deferred statements. Returns whether there were any.
    pub(in crate::postgres) fn forget_deferred(&mut self) -> bool {
        let had = !self.deferred.is_empty();
        self.deferred.clear();
        had
    }

    /// Writes the deferred statements to the buffer. Returns their number.
    pub(in crate::postgres) fn write_deferred(&mut self) -> Result<usize> {
        for text in &self.deferred {
            write_unprepared(text, &mut self.out)?;
        }
        Ok(self.deferred.len())
    }

    /// Reads the answers to this number of deferred statements. Returns the error of the one that
    /// failed, after which the server skips everything up to the next Sync.
    pub(in crate::postgres) fn read_deferred(&mut self, count: usize) -> Result<Option<ServerError>> {
        let mut completed = 0;
        while completed < count {
            let message = self.message()?;
            match message.tag {
                message::COMMAND_COMPLETE => completed += 1,
                message::ERROR => return Ok(Some(ServerError::read(self.content(&message)))),
                message::PARSE_COMPLETE | message::BIND_COMPLETE | message::CLOSE_COMPLETE | message::DATA_ROW => {}
                _ => return Err(self.malformed()),
            }
        }
        self.completed = false;
        Ok(None)
    }

    /// Runs the deferred statements now.
    pub(in crate::postgres) fn run_deferred(&mut self) -> Result<(), Failure> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        self.settle()?;
        let count = self.write_deferred()?;
        frontend::sync(&mut self.out);
        self.flush()?;
        let failed = self.read_deferred(count)?;
        let error = self.ready()?;
        self.deferred.clear();
        failed.or(error).map_or(Ok(()), |error| Err(Failure::Server(Box::new(error))))
    }
}

/// Writes the messages that run a statement without values, which is not prepared for later.
pub(in crate::postgres) fn write_unprepared(text: &str, out: &mut BytesMut) -> Result<()> {
    let written = frontend::parse("", text, [], out)
        .and_then(|()| write_bind_without_values(out))
        .and_then(|()| frontend::execute("", 0, out));
    written.map_err(|error| unsendable(&error))
}

fn write_bind_without_values(out: &mut BytesMut) -> io::Result<()> {
    frontend::bind("", "", [], [(); 0], |(), _| Ok(postgres_protocol::IsNull::Yes), [], out)
        .map_err(|_| io::Error::other("the message is too large"))
}
