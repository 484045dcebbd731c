//! What every connection thread needs, whatever the database: requests go in, batches of rows come
//! out.
//!
//! Nothing here is generic over the user's types. A [`Request`] is put into a [`Queue`], from
//! which a connection's thread takes it; the thread answers through the request's [`Responder`],
//! and the task reads the [`Reply`].
//!
//! A database brings a [`Driver`], which runs statements on one connection, and an [`Admission`],
//! which decides when they run. An [`Opener`] opens a connection and makes a [`Worker`] of the
//! two, on the thread that will own it. [`Workers`] start such threads: those that share the queue
//! of the [lanes](lanes::Lanes), and one for each explicit [connection](connections::Connections).
//! The database's [`Backend`] sends requests to them.

mod admission;
mod backend;
mod connections;
mod driver;
pub(crate) mod errors;
pub(crate) mod job;
mod lanes;
mod lent;
pub(crate) mod metrics;
mod name;
mod parked;
mod perform;
mod prometheus;
pub(crate) mod queue;
pub(crate) mod request;
mod rows;
mod stopper;
pub(crate) mod sync;
mod thread;
mod threads;
pub(crate) mod timer;
mod transaction_mode;
mod transactions;
mod turn;
pub(crate) mod waking;
mod worker;
mod workers;

pub(crate) use admission::{Admission, Admitted, access};
pub(crate) use backend::{Backend, Capabilities, Link, Settings, WantedTable};
pub(crate) use driver::{Driver, TransactionKind};
pub(crate) use job::{Flow, Names, Part, Reply, Responder};
pub(crate) use lent::Lent;
pub use metrics::{ConnectionMetrics, Metrics};
pub(crate) use name::{Name, name_of};
pub(crate) use queue::{Pushed, Queue};
pub(crate) use request::{Access, Beginning, Command, OwnCommand, Request, Step};
pub(crate) use rows::Rows;
pub(crate) use stopper::Stopper;
pub(crate) use thread::{ConnectionThread, Opener};
pub(crate) use timer::{Alarm, SetAlarm};
pub(crate) use timer::{after, pause, set as set_alarm, within};
pub use transaction_mode::TransactionMode;
pub(crate) use turn::Turn;
pub(crate) use worker::Worker;
pub(crate) use workers::Workers;
