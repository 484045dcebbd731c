//! What statements run on: the database, a connection or a transaction.

mod running;
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
    Access, Backend, BeginOptions, Capabilities, Command, ConnectionQueue, Flow, Lent, Names, Pushed, Queue, Reply,
    Request, Responder,
};
use crate::error::{Error, ErrorKind, Result};
use crate::trace::{ENABLED, Trace};
use crate::value::Param;

pub(crate) use running::{Running, Wanted, outcome_of};

/// What a statement runs on: [`Database`](crate::Database), [`Connection`](crate::Connection) and
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
    /// Whether the database's default deadline holds for what is run on it.
    has_default_timeout: bool,
}

#[derive(Clone)]
enum Target {
    Database,
    Connection(Arc<Session>),
    Transaction(Arc<Scope>),
}

/// An explicit connection as its clones share it.
pub(crate) struct Session {
    connection: ConnectionQueue,
    /// The open transaction and the ones nested in it, as their statements were sent.
    open: Mutex<Vec<OpenTransaction>>,
    /// Whether it ends with its transaction.
    for_one_transaction: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct OpenTransaction {
    id: u64,
    /// Where it was begun, for the errors of what is sent beside it.
    place: &'static Location<'static>,
}

/// A transaction as its clones share it; the last one to go rolls back what has not been
/// committed.
pub(crate) struct Scope {
    session: Arc<Session>,
    id: u64,
    ended: AtomicBool,
}

impl Session {
    pub(crate) fn new(connection: ConnectionQueue) -> Arc<Session> {
        Arc::new(Session { connection, open: Mutex::default(), for_one_transaction: false })
    }

    /// A connection that is given back when its transaction ends, whatever clones of the
    /// transaction live.
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

impl Scope {
    /// Opens a transaction on a session, or one nested in another, and sends its beginning.
    pub(crate) fn open(session: &Arc<Session>, parent: u64, how: BeginOptions) -> Result<(Arc<Scope>, Reply)> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut open = session.open();
        check_top(&open, parent)?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        open.push(OpenTransaction { id, place: how.place });
        let (reply, responder) = Reply::new(Flow::Collected, u64::MAX, Names::Known, None);
        let command = if parent == 0 { Command::Begin { id, options: how } } else { Command::Savepoint { id } };
        session.queue().push(request(command, responder, parent, None));
        Ok((Arc::new(Scope { session: Arc::clone(session), id, ended: AtomicBool::new(false) }), reply))
    }

    /// Ends it, unless it has ended before, and sends its end behind everything that was sent in
    /// it.
    pub(crate) fn end(&self, commit: bool) -> Option<Reply> {
        if self.ended.swap(true, Ordering::AcqRel) {
            return None;
        }
        let mut open = self.session.open();
        // It is not there where the outer transaction has ended before it.
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

impl Drop for Scope {
    fn drop(&mut self) {
        drop(self.end(false));
    }
}

/// Whether a request may be sent in the transaction `id` (0: outside of any).
fn check_top(open: &[OpenTransaction], id: u64) -> Result<()> {
    let Some(top) = open.last() else { return if id == 0 { Ok(()) } else { Err(transaction_ended()) } };
    if top.id == id {
        return Ok(());
    }
    let place = top.place;
    let message = if id == 0 {
        format!(
            "a transaction is open on the connection, begun at {place}: use it until it has ended; on one connection \
             transactions and statements beside them run one after the other"
        )
    } else if open.iter().any(|open| open.id == id) {
        format!(
            "a nested transaction is open in the transaction, begun at {place}: use the nested one until it has ended; \
             in one transaction nested ones and statements beside them run one after the other"
        )
    } else {
        return Err(transaction_ended());
    };
    Err(Error::new(ErrorKind::InTransaction, message))
}

fn request(command: Command, responder: Responder, transaction: u64, params: Option<&[Param]>) -> Request {
    let trace = Trace::new(command.sql(), params);
    Request { command, responder, transaction, arrived: Instant::now(), trace }
}

impl Executor {
    pub(crate) fn database(backend: Arc<dyn Backend>) -> Executor {
        Executor { backend, target: Target::Database, has_default_timeout: true }
    }

    pub(crate) fn connection(&self, session: Arc<Session>) -> Executor {
        Executor { target: Target::Connection(session), ..self.clone() }
    }

    pub(crate) fn scope(&self, scope: Arc<Scope>) -> Executor {
        Executor { target: Target::Transaction(scope), ..self.clone() }
    }

    /// The same for work that is no statement of the application's: the default deadline does not
    /// hold for it.
    pub(crate) fn without_default_timeout(&self) -> Executor {
        Executor { has_default_timeout: false, ..self.clone() }
    }

    /// Returns how long a statement of the application's may take that says nothing else, if that
    /// is limited.
    pub(crate) fn default_timeout(&self) -> Option<Duration> {
        self.backend.settings().timeout.filter(|_| self.has_default_timeout)
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// The session that it runs on and the transaction that it runs in; `None` for the database
    /// itself.
    pub(crate) fn session(&self) -> Option<(&Arc<Session>, u64)> {
        match &self.target {
            Target::Database => None,
            Target::Connection(session) => Some((session, 0)),
            Target::Transaction(scope) => Some((&scope.session, scope.id)),
        }
    }

    /// Sends a request; the queue that it is in then, and what becomes of it there. Its place is
    /// decided now.
    pub(crate) fn send(&self, command: Command, responder: Responder) -> Result<(Arc<Queue>, Pushed)> {
        let params = (ENABLED && self.backend.settings().trace_values).then(|| command.params());
        let mut request = request(command, responder, 0, params.as_deref());
        let (session, transaction) = match &self.target {
            Target::Database => return self.send_to_database(request),
            Target::Connection(session) => (session, 0),
            Target::Transaction(scope) if scope.ended.load(Ordering::Acquire) => return Err(transaction_ended()),
            Target::Transaction(scope) => (&scope.session, scope.id),
        };
        // Held until the request is in the queue, so that nothing ends or begins between the check
        // and the push.
        let open = session.open();
        check_top(&open, transaction)?;
        request.transaction = transaction;
        let pushed = session.queue().push(request);
        Ok((Arc::clone(session.queue()), pushed))
    }

    fn send_to_database(&self, request: Request) -> Result<(Arc<Queue>, Pushed)> {
        if self.backend.is_closed() {
            return Err(closed());
        }
        Ok(self.backend.send(request))
    }

    /// The SQL that its database speaks.
    pub fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// The error that the database cannot do something.
    pub(crate) fn unsupported(&self, what: &str) -> Error {
        Error::unsupported(self.dialect().name(), what)
    }

    /// Fails where the database has no transaction that begins like this.
    pub(crate) fn check_beginning(&self, how: BeginOptions) -> Result<()> {
        let Capabilities { transaction_modes, foreign_keys_off } = self.backend.capabilities();
        if !transaction_modes.contains(&how.mode) {
            return Err(self.unsupported(&format!("`TransactionMode::{:?}`", how.mode)));
        }
        if how.foreign_keys_off && !foreign_keys_off {
            return Err(self.unsupported("`Migration::foreign_keys_off`"));
        }
        Ok(())
    }

    /// Whether a transaction is open on the connection; on a transaction, whether it has not
    /// ended; never on the database itself, whose transactions have connections of their own.
    pub fn in_transaction(&self) -> bool {
        match &self.target {
            Target::Database => false,
            Target::Connection(session) => !session.open().is_empty(),
            Target::Transaction(scope) => !scope.ended.load(Ordering::Acquire),
        }
    }

    /// Lends the connection of the database's own library to code, and gives what the code
    /// returns.
    pub(crate) async fn lend<T>(&self, access: Access, lent: Lent<T>) -> Result<T> {
        let Lent { code, returned } = lent;
        Running::new(self, Command::Call { code, access }, Wanted::OUTCOME).outcome().await?;
        returned.take().ok_or_else(thread_died)
    }

    /// Runs several statements, parted by semicolons: a schema, a dump.
    ///
    /// Each is on its own, unless the script says `BEGIN` and `COMMIT` or is run in a transaction.
    /// In one it may set savepoints, and neither begin nor end a transaction. The default
    /// [deadline](crate::Builder::timeout) does not hold for it.
    ///
    /// # Errors
    /// That of the first statement that fails; those before it stay done. A script that leaves its
    /// transaction open is rolled back.
    ///
    /// # Cancellation
    /// Dropped before its turn it never runs; a script that has begun runs to its end.
    pub async fn execute_script(&self, text: impl Into<String>) -> Result<()> {
        self.script(text.into().into(), false).await
    }

    pub(crate) async fn script(&self, text: Arc<str>, of_migration: bool) -> Result<()> {
        let command = Command::Script { text, of_migration };
        Running::new(self, command, Wanted::OUTCOME).outcome().await.map(drop)
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.target {
            Target::Database => "Executor(database)",
            Target::Connection(_) => "Executor(connection)",
            Target::Transaction(_) => "Executor(transaction)",
        })
    }
}
