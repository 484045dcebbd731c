//! What a task asks of a connection's thread.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::reply::Responder;
use crate::driver::{Raw, TransactionMode};
use crate::sql::Run;
use crate::value::Value;

/// Something for a connection's thread to do, and where its answer goes.
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) responder: Responder,
    /// The transaction that it belongs to; 0 for none.
    pub(crate) transaction: u64,
    /// Its place in the queue.
    pub(crate) place: Option<OwnedSemaphorePermit>,
}

/// The user's code, to be called once.
pub(crate) type Code = Box<dyn FnMut(&mut Raw) + Send>;

/// What to do.
pub(crate) enum Command {
    /// Run one statement.
    Statement { text: Arc<str>, params: Vec<Value>, access: Access },
    /// Run statements for many rows, all or none.
    Runs(Vec<Run>),
    /// Run several statements that stand in one text.
    Script(String),
    /// Call the user's code.
    Call { code: Code, access: Access },
    /// Begin transaction `id`.
    Begin { id: u64, mode: TransactionMode },
    /// Begin transaction `id` inside the one that the request belongs to.
    Savepoint { id: u64 },
    /// Commit transaction `id`, or release its savepoint.
    Commit { id: u64 },
    /// Roll transaction `id` back, if it is still open.
    Rollback { id: u64 },
}

/// Whether a request writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// To be found out by preparing the statement.
    Unknown,
}

impl Command {
    /// The text, for errors.
    pub(crate) fn text(&self) -> &str {
        match self {
            Command::Statement { text, .. } => text,
            Command::Runs(runs) => runs.first().map_or("", |run| &run.text),
            Command::Script(text) => text,
            _ => "",
        }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("text", &self.command.text()).field("transaction", &self.transaction).finish()
    }
}

/// The name of a connection and its thread.
pub(crate) type Name = Arc<str>;
