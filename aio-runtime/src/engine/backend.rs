//! The seam between the library and a database: what each database does for it.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::TransactionMode;
use super::lent::Lent;
use super::metrics::Metrics;
use super::queue::{Pushed, Queue};
use super::request::Request;
use crate::dialect::Dialect;
use crate::error::Result;

/// A database that is open: its threads and connections, as all its handles share them.
///
/// A request is a [`Command`](super::Command) and a [`Responder`](super::Responder). The library
/// decides what is sent and in which order; the backend decides which connection runs it. What
/// follows is the contract between the two. Where it says MUST, the promises of the public API
/// rest on it; where it says SHOULD, speed does.
///
/// # Who may block
///
/// Every connection MUST have a thread of its own, and its statements MUST run there, one at a
/// time and in the order in which they were sent. `send`, `is_closed`, `metrics` and the drop of
/// the backend are called on the tasks of an async runtime and MUST NOT block; what they need from
/// a connection they ask of its thread. The drop MAY remove temporary files, although a file
/// system may take its time: the process may end before the threads do, and would leave them
/// behind. Opening and closing are futures, which MUST NOT need a particular runtime: they wait
/// for threads, never for I/O of their own. A thread MAY block on the database, and on the task
/// that reads its rows, except while it holds what other requests wait for.
///
/// # Who is answered, and when
///
/// Every request MUST be answered once; dropping its responder answers it, with an error. A write
/// MUST be answered after its commit and not before it is as durable as the settings say, and its
/// rows with it: a responder that is told to keep them gives none away until then. Writes that
/// wait together SHOULD share a commit or a round trip, and MUST fail alone.
///
/// # What a failed statement leaves
///
/// A statement that fails MUST leave nothing of what it did, unless its own text asks for that
/// (`OR FAIL`). A transaction in which it ran SHOULD go on; where the database ends the
/// transaction, every later request in it MUST fail with
/// [`RolledBack`](crate::ErrorKind::RolledBack) and the first cause, and none of it may run
/// outside of a transaction. A transaction whose handle is dropped MUST be rolled back before
/// anything else runs on its connection.
///
/// # What a stop may hit
///
/// A request that is stopped before it has begun MUST NOT begin. While it runs it is stopped
/// through the [`Stopper`](super::Stopper) that its thread has given to `Responder::begin`, which
/// MUST hit no other request: from `Responder::forbid_stop` on, and when it has been answered, it
/// is not called any more. A read ends early. A write whose future was dropped runs to its end;
/// one whose deadline has passed is undone as a whole, unless its commit has begun. Two kinds of
/// writes are not stopped by a deadline once they have begun, because a part of what they do could
/// stay: a script outside of a transaction, whose statements commit one by one, and a statement
/// that [must run outside of transactions](super::Driver::must_run_outside_of_transactions), such
/// as `VACUUM`. They run to their end, and their answer says what has become of them.
///
/// # Which errors may pass
///
/// A backend MUST report [`Conflict`](crate::ErrorKind::Conflict) for what may be run again with
/// success as a transaction, and [`Busy`](crate::ErrorKind::Busy) only where somebody outside of
/// this process holds a lock. Where a connection is lost it MUST report
/// [`Disconnected`](crate::ErrorKind::Disconnected) only for what certainly has not run, and
/// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) for what may have; the library never
/// repeats the latter. A panic of code that is not the backend's own MUST become an error, and
/// MUST NOT end a thread. No value of a statement may stand in an error.
pub(crate) trait Backend: Any + Send + Sync {
    /// The SQL that it speaks, which says as well what it cannot do.
    fn dialect(&self) -> Dialect;

    /// What it can do that not every database can; asked before anything is sent.
    fn capabilities(&self) -> Capabilities;

    /// How it was set up, in what is the same for every database.
    fn settings(&self) -> &Settings;

    /// Where it is, to be shown: with no password.
    fn address(&self) -> String;

    /// Takes a request of the database itself, which runs on any connection that fits. Returns the
    /// queue in which it waits and what becomes of it there.
    fn send(&self, request: Request) -> (Arc<Queue>, Pushed);

    /// Opens a connection of its own for the caller, which takes requests through its own queue;
    /// waits for one to be free where there are as many as the settings allow.
    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<Link>> + Send + '_>>;

    /// Prepares the comparison of a table with the one that is wanted: what differs, a line each.
    fn compare(&self, wanted: WantedTable) -> Lent<Result<Vec<String>>>;

    /// Refuses new requests, and waits until what is queued has run, what stays open for longer
    /// than the settings allow has been ended, and every thread has ended. Closing goes on where
    /// the future is dropped.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Whether closing has begun.
    fn is_closed(&self) -> bool;

    /// What it has done since it was opened, and how it stands.
    fn metrics(&self) -> Metrics;
}

/// A table as a struct describes it, to be compared with the one that exists.
pub(crate) struct WantedTable {
    pub(crate) name: &'static str,
    /// The statements that would create it.
    pub(crate) ddl: Vec<String>,
    /// The conditions of checks that follow from the ranges of its types; they may be missing.
    pub(crate) ranges: Vec<String>,
    /// Those that follow from the values that its types list; they may be missing in a table whose
    /// types are not enforced.
    pub(crate) lists: Vec<String>,
    /// The column that the database numbers.
    pub(crate) numbered: Option<&'static str>,
    /// The columns of text that is never taken for a number.
    pub(crate) never_numbers: Vec<&'static str>,
    /// The columns of floating-point numbers, which statements calculate with.
    pub(crate) floats: Vec<&'static str>,
}

/// A connection that one handle and its clones have to themselves; its thread ends, or serves
/// another, when it is dropped.
pub(crate) struct Link {
    pub(crate) queue: Arc<Queue>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// What a database can do that not every one can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capabilities {
    /// The modes in which a transaction can begin.
    pub(crate) transaction_modes: &'static [TransactionMode],
    /// Whether a transaction can begin in which foreign keys are not enforced.
    pub(crate) foreign_keys_off: bool,
}

/// How a database is set up, in what is the same for every database.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How many explicit connections there may be at once.
    pub(crate) connections: u32,
    /// How many prepared statements each connection keeps.
    pub(crate) statement_cache: usize,
    /// How long anything waits for its turn.
    pub(crate) acquire_timeout: Duration,
    /// How long a migration waits for its turn.
    pub(crate) migrate_timeout: Duration,
    pub(crate) close_timeout: Duration,
    /// How long a statement may take unless it says something else.
    pub(crate) timeout: Option<Duration>,
    /// How long a statement runs until a warning calls it slow.
    pub(crate) slow: Duration,
    /// Whether values are told to `tracing`.
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
            timeout: None,
            slow: Duration::from_secs(1),
            trace_values: false,
        }
    }
}
