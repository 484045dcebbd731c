//! One connection to a PostgreSQL server: sends statements and reads their answers.

mod answer;
mod deferred;
mod execute;
mod failure;
mod notifications;
mod pooler;
mod prepare;
mod query;
mod receive;
mod send;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

pub(super) use answer::{Answer, Run};
pub(super) use deferred::write_unprepared;
pub(super) use failure::Failure;
pub(super) use query::Copying;
use send::StandbyWait;

use super::cancel::CancelKey;
use super::oid::Oid;
use super::statement::{Statement, Statements};
use crate::engine::{Notification, Stopper};
use crate::error::{Error, ErrorKind, Result};
use crate::server::{Socket, Watch};

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
