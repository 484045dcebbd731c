//! The interface between the library and a database.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TransactionMode;
use super::advisory_lock::{AdvisoryLockKind, AdvisoryLockStatements};
use super::errors::thread_died;
use super::lent::Lent;
use super::metrics::Metrics;
use super::notification::PendingSubscription;
use super::queue::{Pushed, Queue};
use super::replica_status::ReplicaStatus;
use super::request::{Command, Request};
use super::waking::shielded;
use crate::dialect::Dialect;
use crate::error::{Error, Result};
use crate::inspect::{ForeignKey, Inspect, Schema, Tolerance};

/// An open database with its threads and connections, shared by all its handles.
///
/// A request is a [`Command`](super::Command) and a [`Responder`](super::Responder). The library
/// decides what is sent and in which order; the backend decides which connection runs it. The rest
/// of this comment is the contract between the two. The promises of the public API depend on every
/// MUST; speed depends on every SHOULD.
///
/// # Who may block
///
/// Every connection MUST have its own thread. Its statements MUST run there, one at a time and in
/// the order in which they were sent. `send`, `is_closed`, `metrics` and the drop of the backend
/// are called on the tasks of an async runtime and MUST NOT block. The drop MAY remove temporary
/// files, although a file system may be slow: the process may end before the threads do, and would
/// leave the files behind. Opening and closing are futures, which MUST NOT need a particular
/// runtime: they wait for threads, and do no I/O themselves. A thread MAY block on the database,
/// and on the task that reads its rows, except while it holds a lock that other requests wait for.
///
/// # When a request is answered
///
/// Every request MUST be answered once; dropping its responder answers it with an error. A write,
/// and the rows that it returns, MUST NOT be answered before its commit is as durable as the
/// settings say: a responder whose rows are [held back](super::Responder::hold_rows) sends none
/// until then. Writes that wait in the queue together SHOULD share a commit or a round trip, and
/// each MUST be able to fail without the others.
///
/// # What remains of a failed statement
///
/// A statement that fails MUST leave no effect, unless its own text asks for that (`OR FAIL`). The
/// transaction in which it ran SHOULD stay open. If the database ends the transaction, every later
/// request in it MUST fail with [`RolledBack`](crate::ErrorKind::RolledBack) and the first cause,
/// and none may run outside of a transaction. A transaction whose handle is dropped MUST be rolled
/// back before anything else runs on its connection.
///
/// # Stopping a request
///
/// A request that is stopped before it has begun MUST NOT begin. A running request is stopped
/// through the [`Stopper`](super::Stopper) that its thread has passed to `Responder::begin`. The
/// stop MUST hit no other request: after `Responder::forbid_stop`, and after the answer, the
/// stopper is no longer called. A read ends early. A write whose future was dropped runs to its
/// end; a write whose deadline has passed is rolled back as a whole, unless its commit has begun.
/// Two kinds of writes are not stopped by a deadline once they have begun, because part of their
/// effect could remain: a script outside of a transaction, whose statements commit one by one, and
/// a statement that [must run outside of
/// transactions](super::Driver::must_run_outside_of_transactions), such as `VACUUM`. They run to
/// their end, and are answered with their result.
///
/// # Errors
///
/// A backend MUST report [`Conflict`](crate::ErrorKind::Conflict) if running the transaction again
/// may succeed, and [`Busy`](crate::ErrorKind::Busy) only if another process holds a lock. If a
/// connection is lost, it MUST report [`Disconnected`](crate::ErrorKind::Disconnected) for a
/// request that certainly has not run, and [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown)
/// for one that may have run; the library never repeats the latter. A panic in code that is not
/// the backend's own MUST become an error, and MUST NOT end a thread. Errors MUST NOT contain the
/// values of a statement.
pub(crate) trait Backend: Any + Send + Sync {
    /// Returns the dialect in which statements for the database are written.
    fn dialect(&self) -> Dialect;

    /// Returns the optional features that the database supports. A request that needs another one
    /// fails before it is sent.
    fn capabilities(&self) -> Capabilities;

    /// Returns the settings that exist for every kind of database.
    fn settings(&self) -> &Settings;

    /// Returns the address for display, without a password.
    fn address(&self) -> String;

    /// Sends a request that may run on any suitable connection. Returns the queue that holds it
    /// and its state there.
    fn send(&self, request: Request, to: Destination) -> (Arc<Queue>, Pushed);

    /// Begins to open a connection with a separate queue, for the exclusive use of the caller.
    /// Waits until a connection is returned if the maximum number of connections is in use.
    fn connect(&self, to: Destination) -> Pin<Box<dyn Future<Output = Result<OpeningConnection>> + Send + '_>>;

    /// Returns a closure, to be called with a connection of this database, that copies the
    /// database into a new file, as long as `stopped` is not set. The copy appears at its path
    /// only when it is complete.
    ///
    /// # Errors
    /// Fails if something exists at the path, or if the database cannot be copied into a file.
    fn backup(&self, _to: &Path, _stopped: Arc<AtomicBool>) -> Result<Lent<Result<()>>> {
        Err(Error::unsupported(self.dialect().name(), "`Migrations::backup_to`"))
    }

    /// Returns a closure, to be called with a connection of this database, that finds out which of
    /// these steps of a migration have made the schema. Returns `None` if the database cannot run
    /// the steps beside the existing schema.
    fn recognize(&self, _steps: Vec<ReplayedStep>) -> Option<Lent<Result<Recognized>>> {
        None
    }

    /// Returns a closure, to be called with a connection of this database, that compares the
    /// existing table with the declared one and returns a line of text for each difference.
    fn compare(&self, wanted: WantedTable) -> Lent<Result<Vec<String>>>;

    /// Returns a closure, to be called with a connection of this database, that reads its schema.
    /// All of it MUST belong to one moment.
    fn inspect(&self, what: Inspect) -> Lent<Result<Schema>>;

    /// Returns a closure, to be called with a connection of this database, that returns the schema
    /// of a database in which only these tables were created. It MUST leave nothing behind.
    fn schema_of(&self, tables: Vec<DeclaredTable>) -> Lent<Result<Schema>>;

    /// Begins to listen to these channels of the server, on a connection of its own. The
    /// subscription MUST be confirmed only when everything that is sent from then on is received,
    /// and MUST say so wherever something may be missing.
    ///
    /// # Errors
    /// Fails if the database has no channels, or if one of the names is invalid.
    fn listen(&self, _channels: Vec<String>) -> Result<PendingSubscription> {
        Err(Error::unsupported(self.dialect().name(), "`listen`"))
    }

    /// Returns the statement that sends a notification to a channel of the server.
    ///
    /// # Errors
    /// Fails if the database has no channels, or does not accept the name or the payload.
    fn notify(&self, _channel: &str, _payload: &str) -> Result<Command> {
        Err(Error::unsupported(self.dialect().name(), "`notify`"))
    }

    /// Returns the statements of an advisory lock.
    ///
    /// # Errors
    /// Fails if the database has no such locks.
    fn advisory_lock(&self, _kind: AdvisoryLockKind) -> Result<AdvisoryLockStatements> {
        Err(Error::unsupported(self.dialect().name(), "advisory locks"))
    }

    /// Returns a closure, to be called with a connection of this database, that fails if the
    /// session is not the connection's own, because a pooler gives it to others.
    fn check_session(&self) -> Lent<Result<()>> {
        Lent::new(|_: &mut ()| Ok(()))
    }

    /// Returns the state of each replica. A database without replicas returns none.
    fn replicas(&self) -> Pin<Box<dyn Future<Output = Vec<ReplicaStatus>> + Send + '_>> {
        Box::pin(async { Vec::new() })
    }

    /// Refuses new requests, except in open transactions, and waits until the queued requests have
    /// run and every thread has ended. After the `close_timeout` of the settings, open
    /// transactions are rolled back, and running and queued reads fail. Closing continues if the
    /// future is dropped.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Returns whether closing has begun.
    fn is_closed(&self) -> bool;

    /// Returns the counters since the database was opened, and the current state of its queues.
    fn metrics(&self) -> Metrics;
}

/// Where a request may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Where the newest state is, and where writes run.
    Primary,
    /// On a replica, whose state may be older. A database without replicas has it run where the
    /// newest state is.
    Replica,
}

/// A table as a struct declares it.
pub(crate) struct DeclaredTable {
    /// The schema; `None` for the default one.
    pub(crate) schema: Option<&'static str>,
    pub(crate) name: &'static str,
    /// The name of the table, with its schema, for errors.
    pub(crate) full_name: &'static str,
    /// The statements that create what the table needs, such as a collation, if it is missing.
    pub(crate) before: Vec<String>,
    /// The statements that create the table and its indexes, without its schema: with all foreign
    /// keys, or, for a database that creates none to a table which does not exist, without them.
    pub(crate) ddl: Vec<String>,
    /// The foreign keys. The schema of a parent table is empty if it is the default one.
    pub(crate) foreign_keys: Vec<ForeignKey>,
}

/// Returns the tables of one schema after the other, the default schema first.
pub(crate) fn by_schema(tables: Vec<DeclaredTable>) -> Vec<Vec<DeclaredTable>> {
    let mut schemas: BTreeMap<Option<&str>, Vec<DeclaredTable>> = BTreeMap::new();
    for table in tables {
        schemas.entry(table.schema).or_default().push(table);
    }
    schemas.into_values().collect()
}

/// A table as a struct declares it, to be compared with the existing one.
pub(crate) struct WantedTable {
    pub(crate) table: DeclaredTable,
    /// How the existing table may differ.
    pub(crate) tolerance: Tolerance,
}

/// A step of a migration that is run in an empty database, to compare the schema.
pub(crate) struct ReplayedStep {
    pub(crate) sql: String,
    /// Whether the step runs with the settings of a [rebuild](super::Enforcement::Rebuild).
    pub(crate) rebuilds: bool,
}

/// Which steps of a migration have made the schema of a database without a record of them. Tables
/// and views that no step makes do not count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recognized {
    /// The database has none of the tables and views that the steps make.
    Nothing,
    /// The schema is that after the first steps, this number of them, and after no smaller number.
    Steps(usize),
    /// The schema is that after the first steps, but the database lacks the rows that these steps
    /// insert into a table.
    WithoutRows {
        /// The number of the steps.
        steps: usize,
        table: String,
    },
    /// The schema is that after different numbers of steps, of which these are the lowest and the
    /// highest, and the database has further tables, so that other programs may have changed rows.
    Ambiguous { first: usize, last: usize },
    /// The schema is different after every step.
    Differs,
}

/// The queue of an explicit connection, held by the connection's handle and its clones. When this
/// value is dropped, the queue is closed: the connection's thread runs what is queued, and then
/// waits for a while to serve the next explicit connection, or ends.
pub(crate) struct ConnectionQueue {
    pub(crate) queue: Arc<Queue>,
}

impl Drop for ConnectionQueue {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A connection whose thread opens it. Requests can be sent to its queue already.
pub(crate) struct OpeningConnection {
    pub(super) connection: ConnectionQueue,
    pub(super) opened: oneshot::Receiver<Result<()>>,
}

impl OpeningConnection {
    /// Waits until the connection is open.
    ///
    /// # Errors
    /// Returns the error of opening it.
    pub(crate) async fn open(self) -> Result<ConnectionQueue> {
        shielded(self.opened).await.unwrap_or_else(|_| Err(thread_died()))?;
        Ok(self.connection)
    }

    /// Returns the queue, to which requests can be sent at once, and what tells why the connection
    /// could not be opened if they fail.
    pub(crate) fn into_queue(self) -> (ConnectionQueue, Opening) {
        (self.connection, Opening(self.opened))
    }
}

/// The opening of a connection, whose end nobody waits for.
pub(crate) struct Opening(oneshot::Receiver<Result<()>>);

impl Opening {
    /// Returns the error of opening the connection, or `None` if it was opened.
    pub(crate) fn error(mut self) -> Option<Error> {
        self.0.try_recv().ok().and_then(Result::err)
    }
}

/// The features of a database that not every database has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capabilities {
    /// The modes in which a transaction can begin.
    pub(crate) transaction_modes: &'static [TransactionMode],
    /// Whether a transaction can begin with foreign keys not enforced, and for the rebuild of
    /// tables.
    pub(crate) foreign_keys_off: bool,
    /// Whether a setting stays in an explicit connection until that is given back.
    pub(crate) session_settings: bool,
}

/// The settings that exist for every kind of database.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The maximum number of explicit connections, including those of transactions that are begun
    /// on the database itself.
    pub(crate) connections: u32,
    /// The number of prepared statements that each connection caches.
    pub(crate) statement_cache: usize,
    /// The maximum time that a request waits for a connection or lock.
    pub(crate) acquire_timeout: Duration,
    /// The maximum time that a migration waits to begin its next step while other transactions or
    /// processes write.
    pub(crate) migrate_timeout: Duration,
    pub(crate) close_timeout: Duration,
    /// The time without a request after which a thread of the pool closes its connection; `None`
    /// to keep it.
    pub(crate) idle_timeout: Option<Duration>,
    /// The default timeout of a statement; `None` for no timeout.
    pub(crate) timeout: Option<Duration>,
    /// Whether writes that wait together share a commit.
    pub(crate) group_commit: bool,
    /// A statement that runs at least this long is reported as slow.
    pub(crate) slow_threshold: Duration,
    /// Whether events for `tracing` include parameter values.
    pub(crate) trace_values: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            connections: 64,
            statement_cache: 128,
            acquire_timeout: Duration::from_secs(30),
            migrate_timeout: Duration::from_secs(300),
            close_timeout: Duration::from_secs(10),
            idle_timeout: None,
            timeout: None,
            group_commit: true,
            slow_threshold: Duration::from_secs(1),
            trace_values: false,
        }
    }
}
