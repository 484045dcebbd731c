//! The errors that more than one place of the engine, and those who send to it, tell with the same
//! words.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database or connection is closed")
}

/// The answer to a request whose thread ended, or could not be started, before it answered.
pub(crate) fn thread_died() -> Error {
    Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered")
}

/// The answer to a request outside of the transaction that is open.
pub(crate) fn in_transaction() -> Error {
    Error::new(
        ErrorKind::InTransaction,
        "a transaction is open on the connection: use the transaction until it has ended",
    )
}

/// The answer to what is sent in a transaction that was committed or rolled back.
pub(crate) fn transaction_ended() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the transaction has ended: it was committed or rolled back before, by a clone of it perhaps",
    )
}

/// The error of a request that was not answered in its time.
pub(crate) fn too_late(timeout: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("it took longer than the {timeout:.1?} that it was given"))
}

/// The error of a request that waited too long for what `awaited` names. `reason` says who had it,
/// and what to do.
pub(crate) fn not_acquired(acquire_timeout: Duration, awaited: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("waited {acquire_timeout:.1?} for {awaited}: {reason}"))
}
