//! Receives the messages of the server.

use std::io;

use super::super::cancel::CancelKey;
use super::super::error::ServerError;
use super::super::message::{self, HEAD, Message};
use super::{Connection, Status};
use crate::error::{Error, ErrorKind, Result};

/// The maximum length of a message before the end of the login. What is longer is from a server of
/// another protocol.
const MAX_LOGIN: usize = 1 << 20;

/// The maximum length of a message. The server cannot allocate more than this at once.
const MAX_LENGTH: usize = 1 << 30;

impl Connection {
    /// Returns whether the server has not closed the connection, as far as that is known without
    /// asking it.
    pub(in crate::postgres) fn is_alive(&mut self) -> bool {
        if self.is_lost {
            return false;
        }
        loop {
            if self.has_message() {
                // What a server sends unasked is a notice, a changed setting, or its farewell.
                match self.next_message() {
                    Ok(message) if message.tag == message::PARAMETER_STATUS => self.parameter(message),
                    Ok(message) if matches!(message.tag, message::NOTICE | message::NOTIFICATION) => {}
                    Ok(_) | Err(_) => break,
                }
                continue;
            }
            match self.socket.receive_available() {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => break,
            }
        }
        self.is_lost = true;
        false
    }

    /// Receives the next message that is an answer.
    ///
    /// # Errors
    /// Fails if the connection is lost. Other errors of the server are messages.
    pub(in crate::postgres) fn message(&mut self) -> Result<Message> {
        loop {
            let message = self.next_message().map_err(|error| self.lost(&error))?;
            let content = self.socket.consumed(message.content.clone());
            match message.tag {
                message::NOTICE => self.standby_wait.was_cut |= ServerError::read(content).is_cut_standby_wait(),
                message::NOTIFICATION => self.notified(&message),
                message::PARAMETER_STATUS => self.parameter(message),
                message::ERROR => {
                    let error = ServerError::read(content);
                    if error.is_fatal() {
                        return Err(self.ended(error));
                    }
                    return Ok(message);
                }
                message::READY if self.standby_wait.was_cut && !self.standby_wait.is_asked_for => {
                    return Err(self.end_unreplicated());
                }
                message::COMMAND_COMPLETE => {
                    self.completed = true;
                    return Ok(message);
                }
                _ => return Ok(message),
            }
        }
    }

    /// Receives the next message of the login. An error with which the server ends the connection
    /// is a message, too.
    ///
    /// # Errors
    /// [`ErrorKind::Disconnected`] if the connection is lost, [`ErrorKind::CannotOpen`] if the
    /// server refuses the client by TLS, or does not speak the protocol.
    pub(in crate::postgres) fn login_message(&mut self) -> Result<Message> {
        loop {
            let message = self.next_message_within(MAX_LOGIN).map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => Error::new(ErrorKind::CannotOpen, error.to_string()).with_source(error),
                _ => self.lost(&error),
            })?;
            match message.tag {
                message::NOTICE | message::NOTIFICATION => {}
                message::PARAMETER_STATUS => self.parameter(message),
                _ => return Ok(message),
            }
        }
    }

    pub(super) fn next_message(&mut self) -> io::Result<Message> {
        self.next_message_within(MAX_LENGTH)
    }

    /// Receives the next message, whose content has at most `max` bytes.
    fn next_message_within(&mut self, max: usize) -> io::Result<Message> {
        self.socket.wait_for(HEAD)?;
        let head = self.socket.received();
        let tag = head[0];
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        // The length counts its own four bytes.
        let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(4)).ok_or_else(malformed)?;
        if length > max {
            return Err(malformed());
        }
        self.socket.wait_for(HEAD + length)?;
        let at = self.socket.consume(HEAD + length) + HEAD;
        Ok(Message { tag, content: at..at + length })
    }

    /// Returns whether a whole message was received and not yet read.
    pub(in crate::postgres) fn has_message(&self) -> bool {
        let received = self.socket.received();
        let length = received.get(1..HEAD).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| received.len() > length)
    }

    /// Returns the content of the message that was received last.
    pub(in crate::postgres) fn content(&self, message: &Message) -> &[u8] {
        self.socket.consumed(message.content.clone())
    }

    pub(super) fn parameter(&mut self, message: Message) {
        let mut reader = message::Reader(self.socket.consumed(message.content));
        let (Some(name), Some(value)) = (reader.text(), reader.text()) else { return };
        let is_on = value == "on";
        match &*name {
            "in_hot_standby" => self.is_standby = is_on,
            "default_transaction_read_only" => self.is_read_only = is_on,
            _ => {}
        }
    }

    /// Records the key by which statements of the connection can be cancelled.
    pub(in crate::postgres) fn set_key(&mut self, message: &Message) {
        let mut reader = message::Reader(self.content(message));
        self.key = reader.i32().zip(reader.i32()).map(|(process, secret)| CancelKey { process, secret });
    }

    /// Reads up to the message that ends an answer. Returns the first error before it.
    pub(in crate::postgres) fn ready(&mut self) -> Result<Option<ServerError>> {
        let mut error = None;
        loop {
            let message = self.message()?;
            match message.tag {
                message::READY => {
                    self.set_status(&message);
                    return Ok(error);
                }
                message::ERROR if error.is_none() => error = Some(ServerError::read(self.content(&message))),
                _ => {}
            }
        }
    }

    pub(in crate::postgres) fn set_status(&mut self, message: &Message) {
        self.status = match self.content(message).first() {
            Some(b'T') => Status::InTransaction,
            Some(b'E') => Status::Failed,
            _ => Status::Idle,
        };
        self.in_doubt = false;
    }

    /// Reads the answer to a command without rows: the tag of its completion, or its error.
    pub(in crate::postgres) fn read_command(&mut self) -> Result<Result<String, ServerError>> {
        self.completed = false;
        loop {
            let message = self.message()?;
            let content = self.content(&message);
            match message.tag {
                message::COMMAND_COMPLETE => return Ok(Ok(String::from_utf8_lossy(content).into_owned())),
                message::ERROR => return Ok(Err(ServerError::read(content))),
                message::PARSE_COMPLETE | message::BIND_COMPLETE | message::NO_DATA => {}
                _ => return Err(self.malformed()),
            }
        }
    }

    pub(super) fn malformed(&mut self) -> Error {
        self.lost(&malformed())
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the server has sent a message that this protocol does not have")
}
