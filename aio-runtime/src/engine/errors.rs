//! Errors that are reported in several places of the engine and of its callers.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database or connection is closed")
}

/// Returns the error for a request whose thread ended, or could not start, before it answered.
pub(crate) fn thread_died() -> Error {
    Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered")
}

/// Returns the error for a request that bypasses the open transaction: while a transaction is
/// open, its connection accepts only the transaction's own requests.
pub(crate) fn in_transaction() -> Error {
    Error::new(
        ErrorKind::InTransaction,
        "a transaction is open on the connection: use the transaction until it has ended",
    )
}

/// Returns the error for a request in a transaction that was committed or rolled back.
pub(crate) fn transaction_ended() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the transaction has ended: it, or a clone of it, was committed or rolled back before",
    )
}

/// Returns the error for a request that was not answered before its deadline.
pub(crate) fn too_late(timeout: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("it took longer than its timeout of {timeout:.1?}"))
}

/// Returns the error for a request that waited too long for `resource`. `reason` says who held it
/// and what to do.
pub(crate) fn not_acquired(acquire_timeout: Duration, resource: &str, reason: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("waited {acquire_timeout:.1?} for {resource}: {reason}"))
}

/// Returns the error for a statement that writes, but was sent to a replica.
pub(crate) fn writes_on_replica() -> Error {
    Error::new(ErrorKind::ReadOnly, "`on_replica` is for reads: run what writes on the database itself")
}
