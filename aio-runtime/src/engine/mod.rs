//! Connection threads: requests go in, batches of rows come out.
//!
//! A database has a thread for its writer, some for readers that share one queue, and one for each explicit connection.
//! Nothing here is generic over the user's types. A [`Request`] is queued, a [`Worker`] answers it through its
//! [`Reply`]; who writes holds the [`Gate`].

mod gate;
mod pool;
mod queue;
mod reply;
mod request;
mod worker;

pub(crate) use pool::{Engine, Link};
pub(crate) use queue::{Queue, in_transaction};
pub(crate) use reply::{Flow, Part, Reply};
pub(crate) use request::{Access, Command, Request};
