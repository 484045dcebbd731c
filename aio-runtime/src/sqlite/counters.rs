//! What SQLite's writer counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::Metrics;

/// The figures of the groups of writes that share a commit, and of the write-ahead log.
#[derive(Default)]
pub(super) struct Counters {
    groups: AtomicU64,
    grouped: AtomicU64,
    largest_group: AtomicU64,
    undone_groups: AtomicU64,
    wal_bytes: AtomicU64,
    checkpoints: AtomicU64,
}

impl Counters {
    /// Counts a group that was committed.
    pub(super) fn count_group(&self, members: u64) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.grouped.fetch_add(members, Ordering::Relaxed);
        self.largest_group.fetch_max(members, Ordering::Relaxed);
    }

    /// Counts a group of which the members are run again, each alone.
    pub(super) fn count_undone_group(&self) {
        self.undone_groups.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a checkpoint that has succeeded.
    pub(super) fn count_checkpoint(&self) {
        self.checkpoints.fetch_add(1, Ordering::Relaxed);
    }

    /// Records the length of the log after a commit.
    pub(super) fn set_wal_bytes(&self, bytes: u64) {
        self.wal_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Writes the figures into those of the database.
    pub(super) fn read(&self, metrics: &mut Metrics) {
        metrics.groups = self.groups.load(Ordering::Relaxed);
        metrics.grouped = self.grouped.load(Ordering::Relaxed);
        metrics.largest_group = self.largest_group.load(Ordering::Relaxed);
        metrics.undone_groups = self.undone_groups.load(Ordering::Relaxed);
        metrics.wal_bytes = self.wal_bytes.load(Ordering::Relaxed);
        metrics.checkpoints = self.checkpoints.load(Ordering::Relaxed);
    }
}
