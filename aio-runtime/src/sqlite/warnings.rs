//! Warnings to `tracing` of what keeps others waiting for long.

use std::panic::Location;
use std::time::Duration;

use crate::caught::caught;

/// Warns of a transaction that keeps others from writing.
pub(super) fn held_long(connection: &str, place: &Location<'_>, elapsed: Duration, waiting: usize) {
    drop(caught(|| {
        tracing::warn!(
            target: "aio_sql",
            connection,
            begun_at = %place,
            ?elapsed,
            waiting,
            "a transaction keeps others from writing"
        );
    }));
}

/// Warns of a read that does not end and keeps the write-ahead log from being begun anew.
pub(super) fn log_cannot_be_begun_anew(connection: &str, elapsed: Duration, limit: u64) {
    drop(caught(|| {
        tracing::warn!(
            target: "aio_sql",
            connection,
            ?elapsed,
            limit,
            "a read that does not end keeps the write-ahead log growing past its limit"
        );
    }));
}
