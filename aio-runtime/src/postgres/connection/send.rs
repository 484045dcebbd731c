//! Sends messages, and records what is known about them if the connection is lost.

use std::io;

use postgres_protocol::message::frontend;

use super::super::error::ServerError;
use super::{Connection, Status};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::begins_with_one_of;

/// Whether a commit has waited for the standbys that it has to wait for. If the wait is cancelled,
/// the server reports success and a warning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StandbyWait {
    pub(super) was_cut: bool,
    /// Whether the caller asks for it. Otherwise a statement whose wait was cut is in doubt.
    pub(super) is_asked_for: bool,
}

impl Connection {
    /// Sends the messages.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(in crate::postgres) fn flush(&mut self) -> Result<()> {
        if self.is_lost {
            return Err(Error::new(ErrorKind::Disconnected, "the connection to the server was lost before"));
        }
        let out = std::mem::take(&mut self.out);
        let sent = self.socket.send(&out);
        self.out = out;
        self.out.clear();
        // What was not sent completely does not run: the message by which it would begin is the
        // last one.
        let in_doubt = std::mem::take(&mut self.in_doubt);
        sent.map_err(|error| self.lost(&error))?;
        self.in_doubt = in_doubt;
        Ok(())
    }

    /// Returns how many bytes of the last messages may have reached the server.
    pub(in crate::postgres) fn sent(&self) -> usize {
        self.socket.sent()
    }

    /// Records that what is sent next is committed by the server if no transaction is open, or if
    /// it ends the transaction that a script has begun.
    pub(in crate::postgres) fn begin_doubt(&mut self, text: &str) {
        self.in_doubt = match self.in_transaction() {
            true => begins_with_one_of(text, &["commit", "end"]),
            false => !begins_with_one_of(text, &["begin", "start"]),
        };
        self.completed = false;
        self.may_commit_early = begins_with_one_of(text, &["call", "do"]);
    }

    /// Records that the statement that was completed last does not commit what was sent: more
    /// answers come before.
    pub(in crate::postgres) fn expect_more(&mut self) {
        self.completed = false;
    }

    /// Records whether the server commits what is sent next.
    pub(in crate::postgres) fn set_doubt(&mut self, in_doubt: bool) {
        (self.in_doubt, self.completed, self.may_commit_early) = (in_doubt, false, false);
    }

    /// Records that the connection is lost. Returns the error for the statement under way.
    pub(super) fn lost(&mut self, cause: &io::Error) -> Error {
        let words = match cause.kind() {
            io::ErrorKind::UnexpectedEof => "the server has closed the connection".to_owned(),
            _ => format!("the connection to the server was lost ({cause})"),
        };
        self.end(self.in_doubt, &words)
    }

    /// Records that the server has ended the connection with an error.
    pub(super) fn ended(&mut self, error: ServerError) -> Error {
        // A statement that is interrupted by the end of its connection is rolled back, unless the
        // server has completed it before.
        let is_certain = error.is_of_interrupted_session() && !self.completed && !self.may_commit_early;
        let in_doubt = self.in_doubt && !is_certain && !error.is_of_wait_at_pooler();
        let error = error.into_error("");
        let code = error.code().unwrap_or_default().to_owned();
        let words = format!("the server has ended the connection ({})", error.message());
        self.end(in_doubt, &words).with_code(code)
    }

    fn end(&mut self, in_doubt: bool, words: &str) -> Error {
        self.mark_lost();
        match in_doubt {
            true => Error::new(
                ErrorKind::OutcomeUnknown,
                format!("{words} before it answered: it is not known whether the statement took effect"),
            ),
            false => Error::new(ErrorKind::Disconnected, words),
        }
    }

    /// Gives the connection up, because a commit was told not to wait for the standbys.
    pub(super) fn end_unreplicated(&mut self) -> Error {
        self.end(false, "").with_kind_and_message(
            ErrorKind::OutcomeUnknown,
            "the server has committed, but somebody has cancelled the wait of the commit for a standby: what was \
             written is lost if the standby takes the place of the server now",
        )
    }

    /// Lets the caller ask whether the waits of commits for standbys were cancelled.
    pub(in crate::postgres) fn ask_for_cut_waits(&mut self) {
        self.standby_wait = StandbyWait { was_cut: false, is_asked_for: true };
    }

    /// Returns whether the wait of a commit for standbys was cancelled since
    /// [`ask_for_cut_waits`](Connection::ask_for_cut_waits).
    pub(in crate::postgres) fn has_cut_wait(&self) -> bool {
        self.standby_wait.was_cut
    }

    /// Does the same as [`has_cut_wait`](Connection::has_cut_wait), and ends the asking.
    pub(in crate::postgres) fn take_cut_wait(&mut self) -> bool {
        std::mem::take(&mut self.standby_wait).was_cut
    }

    /// Tells the server that the connection ends. Errors are ignored: the server notices it
    /// anyway.
    pub(in crate::postgres) fn terminate(&mut self) {
        if !self.is_lost {
            self.out.clear();
            frontend::terminate(&mut self.out);
            drop(self.flush());
            drop(self.socket.close_tls());
            self.mark_lost();
        }
    }

    /// Records that nothing can be sent any more.
    fn mark_lost(&mut self) {
        self.is_lost = true;
        self.status = Status::Idle;
        self.deferred.clear();
        self.in_doubt = false;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.terminate();
    }
}
