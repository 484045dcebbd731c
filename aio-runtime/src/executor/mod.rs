//! The executor: the type that runs statements on a database, on a connection or in a transaction.

mod pending_request;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::dialect::Dialect;
use crate::engine::errors::{closed, thread_died, transaction_ended};
use crate::engine::sync::lock;
use crate::engine::{
    Access, Backend, BeginOptions, Capabilities, Command, ConnectionQueue, Destination, Enforcement, Flow, Lent, Names,
    Pushed, Queue, Reply, Request, Responder, ScriptKind,
};
use crate::error::{Error, ErrorKind, Result};
use crate::trace::{ENABLED, Trace};
use crate::value::Param;

pub(crate) use pending_request::{PendingRequest, ReplyOptions, outcome_of};

/// Runs statements on a database, on a connection or in a transaction.
/// [`Database`](crate::Database), [`Connection`](crate::Connection) and
/// [`Transaction`](crate::Transaction) deref to it.
///
/// A function that takes `&Executor` works on all three.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Executor, Result, Table};
/// # #[derive(Table, Debug)] #[table(crate = "aio_runtime")]
/// # struct User { #[column(primary_key, auto)] id: i64, name: String }
/// async fn rename(id: i64, name: &str, ex: &Executor) -> Result<()> {
///     User::update().set(User::NAME, name).filter(User::ID.eq(id)).execute(ex).await?;
///     Ok(())
/// }
/// # async fn run(db: Database) -> Result<()> {
/// rename(1, "Dana", &db).await?;
/// db.transaction(|tx| async move { rename(1, "Dan", &tx).await }).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Executor {
    backend: Arc<dyn Backend>,
    target: Target,
    /// Whether the database's default timeout applies to the statements that this executor runs.
    has_default_timeout: bool,
}

#[derive(Clone)]
enum Target {
    Database,
    /// The database, for reads that a replica may answer.
    Replica,
    Connection(Arc<Session>),
    Transaction(Arc<TransactionHandle>),
}

/// The state of an explicit connection, which all its clones and transactions share.
pub(crate) struct Session {
    connection: ConnectionQueue,
    /// The open transaction and the transactions nested in it, outermost first. A transaction is
    /// added when the request to begin it is sent, and removed when the request to end it is sent,
    /// even if the thread has not run that request yet.
    open: Mutex<Vec<OpenTransaction>>,
    /// Whether the connection is returned when its transaction ends.
    for_one_transaction: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct OpenTransaction {
    id: u64,
    /// The place in the user's code where the transaction was begun, for the error of a statement
    /// that is sent outside of the transaction while it is open.
    location: &'static Location<'static>,
}

/// The state of a transaction, which all its clones share. When the last clone is dropped, the
/// transaction is rolled back, unless it has ended.
pub(crate) struct TransactionHandle {
    session: Arc<Session>,
    id: u64,
    ended: AtomicBool,
}

impl Session {
    pub(crate) fn new(connection: ConnectionQueue) -> Arc<Session> {
        Arc::new(Session { connection, open: Mutex::default(), for_one_transaction: false })
    }

    /// Creates a session that returns its connection when its transaction ends, even if clones of
    /// the transaction still exist.
    pub(crate) fn for_one_transaction(connection: ConnectionQueue) -> Arc<Session> {
        Arc::new(Session { connection, open: Mutex::default(), for_one_transaction: true })
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.connection.queue
    }

    pub(crate) fn open(&self) -> MutexGuard<'_, Vec<OpenTransaction>> {
        lock(&self.open)
    }
}

impl TransactionHandle {
    /// Records a transaction as open on a connection, and sends the request that begins it. The
    /// transaction is nested in the transaction `parent`, unless that is 0.
    pub(crate) fn open(
        session: &Arc<Session>,
        parent: u64,
        how: BeginOptions,
    ) -> Result<(Arc<TransactionHandle>, Reply)> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut open = session.open();
        check_top(&open, parent)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        open.push(OpenTransaction { id, location: how.place });
        let (reply, responder) = Reply::new(Flow::Collected, u64::MAX, Names::Known, None);
        let command = if parent == 0 { Command::Begin { id, options: how } } else { Command::Savepoint { id } };
        session.queue().push(request(command, responder, parent, None));
        Ok((Arc::new(TransactionHandle { session: Arc::clone(session), id, ended: AtomicBool::new(false) }), reply))
    }

    /// Returns whether neither the transaction nor one around it has ended.
    fn is_open(&self) -> bool {
        let is_listed = || self.session.open().iter().any(|open| open.id == self.id);
        !self.ended.load(Ordering::Acquire) && is_listed()
    }

    /// Sends the commit or the rollback, which runs after all requests that were sent in the
    /// transaction. Returns `None` if the transaction, or one around it, has already ended.
    pub(crate) fn end(&self, commit: bool) -> Option<Reply> {
        if self.ended.swap(true, Ordering::AcqRel) {
            return None;
        }
        let mut open = self.session.open();
        // The transaction is not in the list if a transaction around it has already ended.
        let level = open.iter().position(|open| open.id == self.id)?;
        open.truncate(level);
        let (reply, responder) = Reply::new(Flow::Collected, u64::MAX, Names::Known, None);
        let command = if commit { Command::Commit { id: self.id } } else { Command::Rollback { id: self.id } };
        self.session.queue().push(request(command, responder, self.id, None));
        if self.session.for_one_transaction && open.is_empty() {
            self.session.queue().close();
        }
        Some(reply)
    }
}

impl Drop for TransactionHandle {
    fn drop(&mut self) {
        drop(self.end(false));
    }
}

/// Fails unless a request may be sent now in the transaction `id` (0: outside of any transaction).
/// `id` must be the innermost open transaction.
fn check_top(open: &[OpenTransaction], id: u64) -> Result<()> {
    let Some(top) = open.last() else { return if id == 0 { Ok(()) } else { Err(transaction_ended()) } };
    if top.id == id {
        return Ok(());
    }
    let location = top.location;
    let message = if id == 0 {
        format!(
            "a transaction is open on this connection, begun at {location}: run the statement in that transaction, or \
             after it has ended"
        )
    } else if open.iter().any(|open| open.id == id) {
        format!(
            "a nested transaction is open in this transaction, begun at {location}: run the statement in the nested \
             transaction, or after it has ended"
        )
    } else {
        return Err(transaction_ended());
    };
    Err(Error::new(ErrorKind::InTransaction, message))
}

fn request(command: Command, responder: Responder, transaction: u64, params: Option<&[Param]>) -> Request {
    let trace = Trace::new(command.sql(), params);
    Request { command, responder, transaction, arrived: Instant::now(), trace, runs_alone: false, only_reads: false }
}

impl Executor {
    pub(crate) fn for_database(backend: Arc<dyn Backend>) -> Executor {
        Executor { backend, target: Target::Database, has_default_timeout: true }
    }

    pub(crate) fn for_connection(&self, session: Arc<Session>) -> Executor {
        Executor { target: Target::Connection(session), ..self.clone() }
    }

    pub(crate) fn for_transaction(&self, handle: Arc<TransactionHandle>) -> Executor {
        Executor { target: Target::Transaction(handle), ..self.clone() }
    }

    /// Returns an executor for work of the library itself, such as a migration: the database's
    /// default timeout does not apply to it.
    pub(crate) fn without_default_timeout(&self) -> Executor {
        Executor { has_default_timeout: false, ..self.clone() }
    }

    /// Returns the timeout for statements that do not set one, or `None` if there is no such
    /// timeout.
    pub(crate) fn default_timeout(&self) -> Option<Duration> {
        self.backend.settings().timeout.filter(|_| self.has_default_timeout)
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Returns the explicit connection on which statements run, and the id of the transaction in
    /// which they run, or 0 if there is none. Returns `None` for the database itself.
    pub(crate) fn session(&self) -> Option<(&Arc<Session>, u64)> {
        match &self.target {
            Target::Database | Target::Replica => None,
            Target::Connection(session) => Some((session, 0)),
            Target::Transaction(handle) => Some((&handle.session, handle.id)),
        }
    }

    /// Returns whether statements run on a replica, if the database has one.
    pub(crate) fn is_on_replica(&self) -> bool {
        matches!(self.target, Target::Replica)
    }

    /// Returns whether statements run in an explicit transaction.
    pub(crate) fn is_transaction(&self) -> bool {
        matches!(self.target, Target::Transaction(_))
    }

    /// Sends a command. Returns the queue into which the request was put, and its state there.
    /// Requests are in a queue in the order of these calls.
    pub(crate) fn send(&self, command: Command, responder: Responder) -> Result<(Arc<Queue>, Pushed)> {
        let params = (ENABLED && self.backend.settings().trace_values).then(|| command.params());
        let mut request = request(command, responder, 0, params.as_deref());
        let (session, transaction) = match &self.target {
            Target::Database => return self.send_to_database(request, Destination::Primary),
            Target::Replica => {
                request.only_reads = true;
                return self.send_to_database(request, Destination::Replica);
            }
            Target::Connection(session) => (session, 0),
            Target::Transaction(handle) if handle.ended.load(Ordering::Acquire) => return Err(transaction_ended()),
            Target::Transaction(handle) => (&handle.session, handle.id),
        };
        // The lock is held until the request is in the queue, so that no transaction begins or
        // ends between the check and the push.
        let open = session.open();
        check_top(&open, transaction)?;
        request.transaction = transaction;
        let pushed = session.queue().push(request);
        Ok((Arc::clone(session.queue()), pushed))
    }

    fn send_to_database(&self, request: Request, to: Destination) -> Result<(Arc<Queue>, Pushed)> {
        if self.backend.is_closed() {
            return Err(closed());
        }
        Ok(self.backend.send(request, to))
    }

    /// Returns an executor whose statements run on a [replica](crate::Builder::replica) of the
    /// database, and on the database itself if it has none or none can be used.
    ///
    /// What a replica shows may be a moment old: a row that was just written may be missing. A
    /// statement that writes fails with [`ErrorKind::ReadOnly`](crate::ErrorKind::ReadOnly), also
    /// where there is no replica, so that the program is the same with and without one. On a
    /// connection or in a transaction, statements run there as before: what runs in a transaction
    /// belongs to it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = users().await?;
    /// let good = User::select().filter(User::KARMA.gt(5)).count(&db.on_replica()).await?;
    /// assert_eq!(good, 1);
    /// # db.close().await
    /// # }
    /// ```
    #[must_use]
    pub fn on_replica(&self) -> Executor {
        let target = match &self.target {
            Target::Database | Target::Replica => Target::Replica,
            target => target.clone(),
        };
        Executor { target, ..self.clone() }
    }

    /// Returns the SQL dialect of the database.
    pub fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// Returns the error for a feature that the database does not have.
    pub(crate) fn unsupported(&self, what: &str) -> Error {
        Error::unsupported(self.dialect().name(), what)
    }

    /// Fails if the database does not support a transaction that begins in this way.
    pub(crate) fn check_beginning(&self, how: BeginOptions) -> Result<()> {
        let Capabilities { transaction_modes, foreign_keys_off, .. } = self.backend.capabilities();
        if !transaction_modes.contains(&how.mode) {
            return Err(self.unsupported(&format!("`TransactionMode::{:?}`", how.mode)));
        }
        match how.enforcement {
            Enforcement::WithoutForeignKeys if !foreign_keys_off => {
                Err(self.unsupported("`Migration::foreign_keys_off`"))
            }
            Enforcement::Rebuild if !foreign_keys_off => Err(self.unsupported("`-- aio-sql: rebuild`")),
            _ => Ok(()),
        }
    }

    /// Returns whether a transaction is open.
    ///
    /// On a connection, this is true while any transaction is open on it; on a transaction, until
    /// that transaction is committed or rolled back. On a database, this is always false, because
    /// each transaction of a database has a separate connection.
    pub fn in_transaction(&self) -> bool {
        match &self.target {
            Target::Database | Target::Replica => false,
            Target::Connection(session) => !session.open().is_empty(),
            Target::Transaction(handle) => handle.is_open(),
        }
    }

    /// Calls a closure with the connection of the database's own library, on the connection's
    /// thread, and returns the closure's result.
    pub(crate) async fn lend<T>(&self, access: Access, lent: Lent<T>) -> Result<T> {
        let Lent { code, returned } = lent;
        PendingRequest::new(self, Command::Call { code, access }, ReplyOptions::OUTCOME).outcome().await?;
        returned.take().ok_or_else(thread_died)
    }

    /// Runs several statements that are separated by semicolons, such as a schema or a dump.
    ///
    /// Each statement is committed when it has run, unless the script contains `BEGIN` and
    /// `COMMIT` or is run in a transaction. In a transaction, a script may set savepoints, but it
    /// may neither begin nor end a transaction. The default [timeout](crate::Builder::timeout)
    /// does not apply to scripts.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.execute_script(
    ///     "create table team (name text);
    ///      insert into team values ('Sports Night');",
    /// )
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns the error of the first statement that fails. The effects of the statements before
    /// it are kept. If the script leaves a transaction open, that transaction is rolled back.
    ///
    /// # Cancellation
    /// If the future is dropped before the script has begun, the script does not run. A script
    /// that has begun runs to its end.
    pub async fn execute_script(&self, text: impl Into<String>) -> Result<()> {
        self.script(text.into().into(), ScriptKind::Plain).await
    }

    pub(crate) async fn script(&self, text: Arc<str>, kind: ScriptKind) -> Result<()> {
        let command = Command::Script { text, kind };
        PendingRequest::new(self, command, ReplyOptions::OUTCOME).outcome().await.map(drop)
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.target {
            Target::Database => "Executor(database)",
            Target::Replica => "Executor(replica)",
            Target::Connection(_) => "Executor(connection)",
            Target::Transaction(_) => "Executor(transaction)",
        })
    }
}
