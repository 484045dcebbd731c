//! Warnings for `tracing` about transactions and reads that block others for long.

use std::panic::Location;
use std::time::Duration;

use crate::caught::caught;

/// Warns about a transaction that has prevented other connections from writing for long.
pub(super) fn write_lock_held(connection: &str, place: &Location<'_>, elapsed: Duration, waiting: usize) {
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

/// Warns about a long read that keeps the write-ahead log from being restarted.
pub(super) fn log_cannot_restart(connection: &str, elapsed: Duration, limit: u64) {
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
