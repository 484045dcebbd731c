//! The counters of SQLite's writer.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Metrics;
use crate::engine::metrics::ShareCounter;

/// Counters of group commits and of the write-ahead log.
#[derive(Default)]
pub(super) struct Counters {
    groups: ShareCounter,
    undone_groups: AtomicU64,
    wal_bytes: AtomicU64,
    checkpoints: AtomicU64,
}

impl Counters {
    /// Counts a committed transaction that `members` requests have shared.
    pub(super) fn count_group(&self, members: u64) {
        self.groups.count(members);
    }

    /// Counts a shared transaction that was rolled back, whose requests then run again one by one.
    pub(super) fn count_undone_group(&self) {
        self.undone_groups.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a checkpoint that has ended without an error.
    pub(super) fn count_checkpoint(&self) {
        self.checkpoints.fetch_add(1, Ordering::Relaxed);
    }

    /// Records the size of the write-ahead log after a commit.
    pub(super) fn set_wal_bytes(&self, bytes: u64) {
        self.wal_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Copies the counters into `metrics`.
    pub(super) fn read(&self, metrics: &mut Metrics) {
        (metrics.groups, metrics.grouped, metrics.largest_group) = self.groups.read();
        metrics.undone_groups = self.undone_groups.load(Ordering::Relaxed);
        metrics.wal_bytes = self.wal_bytes.load(Ordering::Relaxed);
        metrics.checkpoints = self.checkpoints.load(Ordering::Relaxed);
    }
}
