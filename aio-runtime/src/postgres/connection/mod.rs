//! One connection to a PostgreSQL server: sends statements and reads their answers.

mod answer;
mod notifications;
mod pooler;
mod prepare;
mod query;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

pub(super) use answer::{Answer, Run};
pub(super) use query::Copying;

use super::bind::{Bound, bind};
use super::cancel::CancelKey;
use super::error::ServerError;
use super::message::{self, HEAD, Message};
use super::oid::Oid;
use super::place::Place;
use super::statement::{Statement, Statements};
use crate::engine::{Notification, Stopper};
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::Outcome;
use crate::server::{Socket, Watch};
use crate::sql::begins_with_one_of;
use crate::value::Param;

/// The maximum length of a message before the end of the login. What is longer is from a server of
/// another protocol.
const MAX_LOGIN: usize = 1 << 20;

/// The maximum length of a message: that of what the server can allocate at once.
const MAX_LENGTH: usize = 1 << 30;

/// A server on the same machine begins its answers within this time. If it takes longer, a local
/// proxy probably forwards to a server on another machine.
const NEAR: Duration = Duration::from_millis(1);

/// The state of the transaction on a connection, which the server reports after each answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// No transaction is open.
    #[default]
    Idle,
    /// A transaction is open.
    InTransaction,
    /// A transaction is open, in which an error has occurred. Nothing but a rollback, of all of it
    /// or to a savepoint, is possible in it.
    Failed,
}

/// Whether a commit has waited for the standbys that it has to wait for. If the wait is cancelled,
/// the server reports success and a warning.
#[derive(Clone, Copy, Debug, Default)]
struct StandbyWait {
    was_cut: bool,
    /// Whether the caller asks for it. Otherwise a statement whose wait was cut is in doubt.
    is_asked_for: bool,
}

/// Why a statement has failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server has reported an error.
    Server(Box<ServerError>),
    /// A value could not be sent, or the connection is lost.
    Client(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Client(error)
    }
}

impl Failure {
    /// Converts the failure. `text` is the SQL that failed.
    pub(super) fn into_error(self, text: &str) -> Error {
        match self {
            Failure::Server(error) => error.into_error(text),
            Failure::Client(error) => error,
        }
    }

    /// Returns the number of characters before the place in the SQL at which the failure is, or
    /// `None` if it has no place.
    pub(super) fn place(&self) -> Option<usize> {
        match self {
            Failure::Server(error) => error.place(),
            Failure::Client(_) => None,
        }
    }
}

/// One connection to a server.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Socket,
    watch: Arc<Watch>,
    /// Says whether the request under way was stopped; `None` while the connection is opened.
    stopper: Option<Arc<Stopper>>,
    /// The messages that are sent next.
    out: BytesMut,
    statements: Statements,
    status: Status,
    /// The statements that are sent together with the next one, such as BEGIN.
    deferred: VecDeque<Cow<'static, str>>,
    /// What a cancel request has to contain; `None` if the server has sent no key.
    key: Option<CancelKey>,
    /// Whether the server may have committed something that it has not confirmed.
    in_doubt: bool,
    /// Whether the server has completed the statement that is in doubt.
    completed: bool,
    /// Whether the statement that is in doubt is code of the server, which may commit before it is
    /// completed.
    may_commit_early: bool,
    is_lost: bool,
    /// Whether the server can only read, because it is a standby.
    is_standby: bool,
    /// Whether transactions of the server are read-only by default.
    is_read_only: bool,
    /// Whether rows can be copied into tables, by the quoted names of these.
    copied: HashMap<Box<str>, Copying>,
    /// The texts of the statements for several keys that are prepared after the pipeline.
    to_merge: Vec<Box<str>>,
    /// The texts of the statements for several keys that the server does not accept.
    unmerged: HashSet<Box<str>>,
    /// The types below the domains of the database, and its other types as they are.
    base_types: HashMap<Oid, Oid>,
    /// Whether statements are sent anew each time, because somebody else uses the same session of
    /// the server.
    is_unnamed: bool,
    /// Whether a pooler is at the other end, which may take another session of the server for each
    /// transaction.
    is_pooled: bool,
    /// Whether requests of many callers are under way.
    is_pipelined: bool,
    standby_wait: StandbyWait,
    /// The notifications that were received; `None` if they are not kept.
    notifications: Option<VecDeque<Notification>>,
}

impl Connection {
    /// Takes over a socket on which nothing was sent yet.
    pub(super) fn new(socket: Socket, watch: Arc<Watch>, statement_cache: usize) -> Connection {
        Connection {
            socket,
            watch,
            stopper: None,
            out: BytesMut::with_capacity(1024),
            statements: Statements::new(statement_cache),
            status: Status::Idle,
            deferred: VecDeque::new(),
            key: None,
            in_doubt: false,
            completed: false,
            may_commit_early: false,
            is_lost: false,
            is_standby: false,
            is_read_only: false,
            copied: HashMap::new(),
            to_merge: Vec::new(),
            unmerged: HashSet::new(),
            base_types: HashMap::new(),
            is_unnamed: false,
            is_pooled: false,
            is_pipelined: false,
            standby_wait: StandbyWait::default(),
            notifications: None,
        }
    }

    /// Sets the stopper of the requests that run on the connection.
    pub(super) fn set_stopper(&mut self, stopper: &Arc<Stopper>) {
        self.stopper = Some(Arc::clone(stopper));
    }

    /// Checks that the request under way was not stopped. Called after the connection has settled:
    /// a cancel request that was delivered before can no longer end what is sent next.
    pub(super) fn check_stop(&self) -> Result<()> {
        match &self.stopper {
            Some(stopper) if stopper.is_stopped() => {
                Err(Error::new(ErrorKind::Interrupted, "the statement was stopped before it was sent"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn key(&self) -> Option<CancelKey> {
        self.key
    }

    /// Returns whether the server is a standby, and whether transactions are read-only by default.
    pub(super) fn session(&self) -> (bool, bool) {
        (self.is_standby, self.is_read_only)
    }

    /// Returns the buffer of the messages that are sent next.
    pub(super) fn out(&mut self) -> &mut BytesMut {
        &mut self.out
    }

    pub(super) fn status(&self) -> Status {
        self.status
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Returns whether a transaction is open, or will be begun with the next statement.
    pub(super) fn in_transaction(&self) -> bool {
        self.status != Status::Idle || !self.deferred.is_empty()
    }

    /// Returns the number of hits and misses of the statement cache since the last call.
    pub(super) fn take_cache_counts(&mut self) -> (u64, u64) {
        self.statements.take_counts()
    }

    /// Forgets the prepared statements, which the server no longer has.
    pub(super) fn forget_statements(&mut self) {
        self.copied.clear();
        self.unmerged.clear();
        self.statements.clear();
    }

    /// Forgets one prepared statement.
    pub(super) fn forget(&mut self, statement: &Arc<Statement>) {
        self.statements.remove(statement);
    }

    /// Returns whether the server has not closed the connection, as far as that is known without
    /// asking it.
    pub(super) fn is_alive(&mut self) -> bool {
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
    pub(super) fn message(&mut self) -> Result<Message> {
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
    pub(super) fn login_message(&mut self) -> Result<Message> {
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

    fn next_message(&mut self) -> io::Result<Message> {
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

    /// Returns the content of the message that was received last.
    pub(super) fn content(&self, message: &Message) -> &[u8] {
        self.socket.consumed(message.content.clone())
    }

    fn parameter(&mut self, message: Message) {
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
    pub(super) fn set_key(&mut self, message: &Message) {
        let mut reader = message::Reader(self.content(message));
        self.key = reader.i32().zip(reader.i32()).map(|(process, secret)| CancelKey { process, secret });
    }

    /// Sends the messages.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(super) fn flush(&mut self) -> Result<()> {
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

    /// Records that the connection is lost. Returns the error for the statement under way.
    fn lost(&mut self, cause: &io::Error) -> Error {
        let words = match cause.kind() {
            io::ErrorKind::UnexpectedEof => "the server has closed the connection".to_owned(),
            _ => format!("the connection to the server was lost ({cause})"),
        };
        self.end(self.in_doubt, &words)
    }

    /// Records that the server has ended the connection with an error.
    fn ended(&mut self, error: ServerError) -> Error {
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
    fn end_unreplicated(&mut self) -> Error {
        self.end(false, "").with_kind_and_message(
            ErrorKind::OutcomeUnknown,
            "the server has committed, but somebody has cancelled the wait of the commit for a standby: what was \
             written is lost if the standby takes the place of the server now",
        )
    }

    /// Lets the caller ask whether the waits of commits for standbys were cancelled.
    pub(super) fn ask_for_cut_waits(&mut self) {
        self.standby_wait = StandbyWait { was_cut: false, is_asked_for: true };
    }

    /// Returns whether the wait of a commit for standbys was cancelled since
    /// [`ask_for_cut_waits`](Connection::ask_for_cut_waits).
    pub(super) fn has_cut_wait(&self) -> bool {
        self.standby_wait.was_cut
    }

    /// Does the same as [`has_cut_wait`](Connection::has_cut_wait), and ends the asking.
    pub(super) fn take_cut_wait(&mut self) -> bool {
        std::mem::take(&mut self.standby_wait).was_cut
    }

    fn malformed(&mut self) -> Error {
        self.lost(&malformed())
    }

    /// Reads up to the message that ends an answer. Returns the first error before it.
    pub(super) fn ready(&mut self) -> Result<Option<ServerError>> {
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

    pub(super) fn set_status(&mut self, message: &Message) {
        self.status = match self.content(message).first() {
            Some(b'T') => Status::InTransaction,
            Some(b'E') => Status::Failed,
            _ => Status::Idle,
        };
        self.in_doubt = false;
    }

    /// Waits until no cancel request can hit the next statement.
    ///
    /// # Errors
    /// Fails if the connection is lost.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.watch.drain_first(false);
        match self.watch.settle_cancel() {
            Ok(false) => Ok(()),
            Ok(true) if self.is_lost => Ok(()),
            Ok(true) => {
                frontend::sync(&mut self.out);
                self.flush()?;
                // The error is that of the statement that was to be cancelled.
                self.ready().map(drop)
            }
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Begins to send the requests of many callers.
    pub(super) fn begin_pipeline(&mut self) {
        self.is_pipelined = true;
        self.watch.begin_pipeline();
    }

    /// Records that the answer to one of the requests of a pipeline was read. Returns whether a
    /// cancel request that was meant for one of them may still hit a later one.
    pub(super) fn end_statement(&mut self) -> bool {
        self.watch.end_statement()
    }

    /// Ends a pipeline whose answers were read. If this fails, the connection is lost.
    pub(super) fn end_pipeline(&mut self) {
        self.is_pipelined = false;
        drop(self.settle());
    }

    /// Returns whether requests may be pipelined. One that waits holds up the others until it is
    /// cancelled, which needs a key.
    pub(super) fn may_have_pipelines(&self) -> bool {
        !self.is_unnamed && self.key.is_some() && self.statements.has_capacity()
    }

    /// Sets whether the thread may wait for the next answers without sleeping.
    pub(super) fn set_may_spin(&mut self, may_spin: bool) {
        self.socket.set_may_spin(may_spin);
    }

    /// Returns whether the server is on the same machine.
    pub(super) fn is_near(&self) -> bool {
        self.socket.is_local() && self.socket.answer_time().is_some_and(|time| time <= NEAR)
    }

    /// Returns how many bytes of the last messages may have reached the server.
    pub(super) fn sent(&self) -> usize {
        self.socket.sent()
    }

    /// Sends a statement together with the next one.
    pub(super) fn defer(&mut self, text: impl Into<Cow<'static, str>>) {
        self.deferred.push_back(text.into());
    }

    /// Takes back the statement that was deferred last, if it is this one.
    pub(super) fn take_back_deferred(&mut self, text: &str) -> bool {
        let is_last = self.deferred.back().is_some_and(|last| last == text);
        if is_last {
            self.deferred.pop_back();
        }
        is_last
    }

    /// Takes back all deferred statements. Returns whether there were any.
    pub(super) fn forget_deferred(&mut self) -> bool {
        let had = !self.deferred.is_empty();
        self.deferred.clear();
        had
    }

    /// Writes the deferred statements. Returns their number.
    pub(super) fn write_deferred(&mut self) -> Result<usize> {
        for text in &self.deferred {
            write_unprepared(text, &mut self.out)?;
        }
        Ok(self.deferred.len())
    }

    /// Reads the answers to this number of deferred statements. Returns the error of the one that
    /// failed, after which the server skips everything up to the next Sync.
    pub(super) fn read_deferred(&mut self, count: usize) -> Result<Option<ServerError>> {
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
    pub(super) fn run_deferred(&mut self) -> Result<(), Failure> {
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

    /// Runs a statement with its values, and pushes its rows.
    pub(super) fn execute(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        self.settle()?;
        let is_autocommit = !self.in_transaction();
        let result = self.execute_once(text, params, is_raw, run);
        match &result {
            // Such an error cannot come after the first row.
            Err(Failure::Server(error)) if self.forget_statements_after(error) && is_autocommit => {
                self.execute_once(text, params, is_raw, run)
            }
            _ => result,
        }
    }

    fn execute_once(
        &mut self,
        text: &str,
        params: &[Param],
        is_raw: bool,
        run: &mut Run<'_>,
    ) -> Result<Outcome, Failure> {
        let statement = self.prepare_expected(text, params, is_raw, run.rows.expected())?;
        let values = params.iter().map(|param| Ok(Bound::from(param)));
        self.check_stop()?;
        let deferred = self.write_deferred()?;
        let place = |index| if is_raw { None } else { Place::beside(text, index) };
        let bound = bind(&statement, values, false, place, &mut self.out)
            .and_then(|()| frontend::execute("", 0, &mut self.out).map_err(|error| unsendable(&error)));
        if let Err(error) = bound {
            self.out.clear();
            return Err(error.into());
        }
        frontend::sync(&mut self.out);
        self.begin_doubt(text);
        self.flush()?;
        if let Some(error) = self.read_deferred(deferred)? {
            self.deferred.clear();
            self.ready()?;
            return Err(Failure::Server(Box::new(error)));
        }
        self.deferred.clear();
        let mut answer = Answer::default();
        self.read_answer(&statement, run, &mut answer)?;
        if answer.has_other_columns {
            self.forget(&statement);
        }
        if let Some(error) = self.ready()? {
            answer.error.get_or_insert(error);
        }
        answer.into_result(run)
    }

    /// Records that what is sent next is committed by the server if no transaction is open, or if
    /// it ends the transaction that a script has begun.
    pub(super) fn begin_doubt(&mut self, text: &str) {
        self.in_doubt = match self.in_transaction() {
            true => begins_with_one_of(text, &["commit", "end"]),
            false => !begins_with_one_of(text, &["begin", "start"]),
        };
        self.completed = false;
        self.may_commit_early = begins_with_one_of(text, &["call", "do"]);
    }

    /// Records that the statement that was completed last does not commit what was sent: more
    /// answers come before.
    pub(super) fn expect_more(&mut self) {
        self.completed = false;
    }

    /// Records whether the server commits what is sent next.
    pub(super) fn set_doubt(&mut self, in_doubt: bool) {
        (self.in_doubt, self.completed, self.may_commit_early) = (in_doubt, false, false);
    }

    /// Reads the answer to a command without rows: the tag of its completion, or its error.
    pub(super) fn read_command(&mut self) -> Result<Result<String, ServerError>> {
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

    /// Returns whether a whole message was received and not yet read.
    pub(super) fn has_message(&self) -> bool {
        let received = self.socket.received();
        let length = received.get(1..HEAD).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        length.and_then(|length| usize::try_from(length).ok()).is_some_and(|length| received.len() > length)
    }

    /// Runs a statement of the user without values whose rows are not wanted. Returns the number
    /// of rows that it has written.
    pub(super) fn run_statement(&mut self, text: &str) -> Result<u64, Failure> {
        refuse_nul(text)?;
        self.run_deferred()?;
        self.settle()?;
        self.check_stop()?;
        self.run_settled(text)
    }

    /// Runs a statement of the library without values whose rows are not wanted. A stop does not
    /// prevent it.
    pub(super) fn run(&mut self, text: &str) -> Result<(), Failure> {
        self.run_deferred()?;
        self.settle()?;
        self.run_settled(text).map(drop)
    }

    fn run_settled(&mut self, text: &str) -> Result<u64, Failure> {
        let mut rows = 0;
        frontend::query(text, &mut self.out).map_err(|error| unsendable(&error))?;
        self.begin_doubt(text);
        self.flush()?;
        loop {
            let message = self.message()?;
            match message.tag {
                message::READY => {
                    self.set_status(&message);
                    return Ok(rows);
                }
                message::COMMAND_COMPLETE => rows += message::rows_affected(self.content(&message)),
                message::ERROR => {
                    let error = ServerError::read(self.content(&message));
                    self.ready()?;
                    return Err(Failure::Server(Box::new(error)));
                }
                message::COPY_IN => {
                    frontend::copy_fail("a script cannot have the rows of COPY", &mut self.out)
                        .map_err(|error| unsendable(&error))?;
                    self.flush()?;
                }
                _ => {}
            }
        }
    }

    /// Commits the open transaction. `has_effect` says that this may change something.
    ///
    /// # Errors
    /// Fails if the transaction was not committed, or if that is not known.
    pub(super) fn commit(&mut self, has_effect: bool) -> Result<(), Failure> {
        self.settle()?;
        frontend::query("COMMIT", &mut self.out).map_err(|error| unsendable(&error))?;
        self.set_doubt(has_effect);
        self.flush()?;
        let mut was_rolled_back = false;
        loop {
            let message = self.message()?;
            let content = self.content(&message);
            match message.tag {
                message::COMMAND_COMPLETE => was_rolled_back = content.starts_with(b"ROLLBACK"),
                message::ERROR => {
                    let error = ServerError::read(content);
                    self.ready()?;
                    return Err(Failure::Server(Box::new(error)));
                }
                message::READY => {
                    self.set_status(&message);
                    break;
                }
                _ => {}
            }
        }
        match was_rolled_back {
            true => Err(Error::new(ErrorKind::RolledBack, "the server has rolled the transaction back").into()),
            false => Ok(()),
        }
    }

    /// Tells the server that the connection ends. Errors are ignored: the server notices it
    /// anyway.
    pub(super) fn terminate(&mut self) {
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

/// Writes the messages that run a statement without values, which is not prepared for later.
pub(super) fn write_unprepared(text: &str, out: &mut BytesMut) -> Result<()> {
    let written = frontend::parse("", text, [], out)
        .and_then(|()| write_bind_without_values(out))
        .and_then(|()| frontend::execute("", 0, out));
    written.map_err(|error| unsendable(&error))
}

fn write_bind_without_values(out: &mut BytesMut) -> io::Result<()> {
    frontend::bind("", "", [], [(); 0], |(), _| Ok(postgres_protocol::IsNull::Yes), [], out)
        .map_err(|_| io::Error::other("the message is too large"))
}

/// Returns the error for a text with a NUL character, at which the server would end it.
pub(super) fn refuse_nul(text: &str) -> Result<()> {
    match text.contains('\0') {
        true => Err(Error::usage("the text contains a NUL character, which PostgreSQL does not accept: remove it")),
        false => Ok(()),
    }
}

/// Returns the error for a message that is too large to be sent.
fn unsendable(error: &io::Error) -> Error {
    Error::usage(format!("the statement cannot be sent: {error}"))
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the server has sent a message that this protocol does not have")
}
