//! Whether a pooler is at the other end of a connection.
//!
//! A pooler such as PgBouncer in its transaction mode may take another session of the server for
//! each transaction, and gives the session to other clients in between. So nothing may be left in
//! it, and nothing may be expected there: no prepared statement, setting, lock or temporary table.

use postgres_protocol::message::frontend;

use super::super::engine::DIALECT;
use super::super::message;
use super::{Connection, unsendable};
use crate::error::{Error, ErrorKind, Result};

/// Asks for the process that serves the session.
const PROCESS: &str = "SELECT pg_backend_pid()";

impl Connection {
    /// Returns whether a pooler is at the other end.
    pub(in crate::postgres) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// Records that a pooler is at the other end.
    pub(in crate::postgres) fn set_pooled(&mut self) {
        (self.is_pooled, self.is_unnamed) = (true, true);
    }

    /// Checks that the session is the connection's own: behind a pooler, others get it between two
    /// statements. `what` needs a session of its own.
    ///
    /// # Errors
    /// Fails behind a pooler, or if the connection is lost.
    pub(in crate::postgres) fn check_session(&self, what: &str) -> Result<()> {
        match (self.is_lost, self.is_pooled) {
            (true, _) => Err(Error::new(ErrorKind::Disconnected, "the connection to the server was lost")),
            (false, true) => {
                let what = format!("{what} behind a pooler, which gives the session to others");
                Err(Error::unsupported(DIALECT.name(), what))
            }
            (false, false) => Ok(()),
        }
    }

    /// Asks whether the server itself is at the other end. A pooler has a key for cancel requests
    /// of its own, which does not name the process of the session.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(in crate::postgres) fn is_direct(&mut self) -> Result<bool> {
        // A pooler has a key, so that its clients can cancel.
        let Some(key) = self.key else { return Ok(true) };
        frontend::query(PROCESS, self.out()).map_err(|error| unsendable(&error))?;
        self.flush()?;
        let mut process = None;
        loop {
            let message = self.message()?;
            match message.tag {
                message::DATA_ROW => {
                    // The row has one value, as text: two bytes with the number of values and four
                    // with the length come before it.
                    let value = self.content(&message).get(6..).and_then(|value| std::str::from_utf8(value).ok());
                    process = value.and_then(|value| value.parse::<i32>().ok());
                }
                message::READY => {
                    self.set_status(&message);
                    return Ok(process == Some(key.process));
                }
                // A server that does not say it is treated as one behind a pooler.
                _ => {}
            }
        }
    }
}
