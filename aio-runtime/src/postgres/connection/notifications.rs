//! Notifications, which the server sends between any other messages.

use std::time::Duration;

use super::super::message::{self, Message, Reader};
use super::{Connection, Failure};
use crate::engine::Notification;
use crate::error::Result;
use crate::postgres::error::ServerError;
use crate::server::Signal;

impl Connection {
    /// Keeps the notifications that come from now on.
    pub(in crate::postgres) fn keep_notifications(&mut self) {
        self.notifications.get_or_insert_default();
    }

    /// Records a notification, if they are kept.
    pub(super) fn notified(&mut self, message: &Message) {
        if self.notifications.is_none() {
            return;
        }
        let mut reader = Reader(self.content(message));
        let (process_id, channel, payload) = (reader.i32(), reader.text(), reader.text());
        let (Some(process_id), Some(channel), Some(payload)) = (process_id, channel, payload) else { return };
        let notification = Notification { channel: channel.into_owned(), payload: payload.into_owned(), process_id };
        self.notifications.get_or_insert_default().push_back(notification);
    }

    /// Returns the next notification that was received, without waiting for one.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(in crate::postgres) fn next_notification(&mut self) -> Result<Option<Notification>> {
        loop {
            if let Some(notification) = self.notifications.as_mut().and_then(std::collections::VecDeque::pop_front) {
                return Ok(Some(notification));
            }
            if !self.has_message() {
                match self.socket.receive_available() {
                    Ok(true) => continue,
                    Ok(false) => return Ok(None),
                    Err(error) => return Err(self.lost(&error)),
                }
            }
            let message = self.next_message().map_err(|error| self.lost(&error))?;
            match message.tag {
                message::NOTIFICATION => self.notified(&message),
                message::PARAMETER_STATUS => self.parameter(message),
                message::NOTICE => {}
                message::ERROR => {
                    let error = ServerError::read(self.content(&message));
                    return Err(self.ended(error));
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Asks the server for an answer, and waits for it.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(in crate::postgres) fn check(&mut self) -> Result<()> {
        postgres_protocol::message::frontend::sync(self.out());
        self.flush()?;
        match self.ready()? {
            None => Ok(()),
            Some(error) => Err(Failure::Server(Box::new(error)).into_error("")),
        }
    }

    /// Waits until the server sends something, until the signal is set, or until this time has
    /// passed.
    ///
    /// # Errors
    /// Fails if the system cannot wait for a socket. The connection is then not used any more.
    pub(in crate::postgres) fn wait_beside(&mut self, signal: &Signal, time: Duration) -> Result<()> {
        self.socket.wait_beside(signal, time).map_err(|error| self.lost(&error))
    }
}
