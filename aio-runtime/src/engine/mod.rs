//! Connection threads: requests go in, batches of rows come out.
//!
//! A database has a thread for its writer, some for readers that share one queue, and one for each explicit connection.
//! Nothing here is generic over the user's types. A [`Request`] is queued, a [`Worker`](worker::Worker) answers it
//! through its [`Responder`](job::Responder); who writes holds the [`Gate`](gate::Gate).

#[cfg(test)]
mod failing_driver;
mod gate;
mod group;
mod job;
mod metrics;
mod pool;
mod queue;
mod reads;
mod request;
mod sync;
mod timer;
mod waking;
mod worker;

pub(crate) use job::{Flow, Names, Part, Reply, Responder};
pub use metrics::{ConnectionMetrics, Metrics};
pub(crate) use pool::{Engine, Link};
pub(crate) use queue::{Pushed, Queue, in_transaction};
pub(crate) use request::{Access, Beginning, Code, Command, Request, Step};
pub(crate) use timer::{Alarm, SetAlarm};
pub(crate) use timer::{after, pause, set as set_alarm, within};
