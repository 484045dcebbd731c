//! The connection threads of any database: requests go in, batches of rows come out.
//!
//! Nothing here is generic over the user's types. A task puts a [`Request`] into a [`Queue`], a
//! connection's thread takes it from there and answers through the request's [`Responder`], and
//! the task reads the answer from the [`Reply`].
//!
//! A database provides a [`Driver`], which runs statements on one connection, and an
//! [`Admission`], which decides when they run. An [`Opener`] opens a connection on the thread that
//! will own it, and combines the two into a [`Worker`]. [`Workers`] start such threads: those of
//! the [thread pool](thread_pool::ThreadPool), which share one queue, and one thread for each
//! explicit [connection](connections::Connections). The database's [`Backend`] sends requests to
//! them.

mod admission;
mod advisory_lock;
mod backend;
mod backoff;
mod connections;
mod driver;
pub(crate) mod errors;
pub(crate) mod job;
mod lent;
pub(crate) mod metrics;
mod name;
mod notification;
mod parked;
mod perform;
mod pipeline;
mod pipelining;
mod progress;
mod prometheus;
pub(crate) mod queue;
mod replica_status;
pub(crate) mod request;
mod row_sink;
mod stopper;
pub(crate) mod sync;
mod thread;
mod thread_pool;
mod threads;
pub(crate) mod timer;
mod transaction_mode;
mod transactions;
mod turn;
pub(crate) mod waking;
mod worker;
mod workers;

pub(crate) use admission::{Admission, Admitted, access};
pub(crate) use advisory_lock::{AdvisoryLockKind, AdvisoryLockStatements};
pub(crate) use backend::{
    Backend, Capabilities, ConnectionQueue, DeclaredTable, Destination, Opening, OpeningConnection, Recognized,
    ReplayedStep, Settings, WantedTable, by_schema,
};
pub(crate) use backoff::backoff;
pub(crate) use driver::{
    Driver, FailedMember, FailedStatement, PipelineMember, PipelineSink, ScriptKind, StatementOfRequest, StepScript,
    StepSink, TransactionKind,
};
pub(crate) use job::{Flow, Names, Part, Reply, Responder};
pub(crate) use lent::Lent;
pub use metrics::{ConnectionMetrics, Metrics};
pub(crate) use name::{Name, name_of};
pub use notification::{Heard, Notification};
pub(crate) use notification::{Inbox, PendingSubscription, Subscription};
pub(crate) use pipelining::Pipelining;
pub(crate) use progress::ScriptProgress;
pub(crate) use queue::{Pushed, Queue};
pub use replica_status::ReplicaStatus;
pub(crate) use request::{Access, BackendCommand, BeginOptions, Command, Enforcement, Request, Step};
pub(crate) use row_sink::RowSink;
pub(crate) use stopper::Stopper;
pub(crate) use sync::Spin;
pub(crate) use thread::{ConnectionThread, Opener};
pub(crate) use threads::Threads;
pub(crate) use timer::{Alarm, AlarmGuard};
pub(crate) use timer::{after, set_alarm, sleep, timeout_at};
pub use transaction_mode::TransactionMode;
pub(crate) use turn::Turn;
pub(crate) use worker::Worker;
pub(crate) use workers::Workers;
