//! What the threads count while they work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::name::Name;
use super::sync::lock;

/// What a database has done since it was opened, and how it stands; see
/// [`Database::metrics`](crate::Database::metrics).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Requests that wait for the writer.
    pub queued_writes: usize,
    /// Requests that wait for a reader.
    pub queued_reads: usize,
    /// How long a request has waited for the writer at most.
    pub longest_write_wait: Duration,
    /// How long a request has waited for a reader at most.
    pub longest_read_wait: Duration,
    /// Transactions that the writer has committed for several requests at once.
    pub groups: u64,
    /// Requests that were committed in them.
    pub grouped: u64,
    /// How many requests were in the largest.
    pub largest_group: u64,
    /// Groups of which the members were run again, alone, because the transaction could not be
    /// committed as a whole.
    pub undone_groups: u64,
    /// The size of the write-ahead log, in bytes, at the last commit of this database.
    pub wal_bytes: u64,
    /// How often the log was written into the file.
    pub checkpoints: u64,
    /// What each connection has done, the writer first.
    pub connections: Vec<ConnectionMetrics>,
}

/// What one connection has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionMetrics {
    /// Its name: `aio-sql writer`, `aio-sql reader 1`, `aio-sql connection 3`.
    pub name: String,
    /// How long it has worked.
    pub busy: Duration,
    /// How many requests it has answered.
    pub requests: u64,
    /// How many statements were found prepared.
    pub cache_hits: u64,
    /// How many statements had to be prepared.
    pub cache_misses: u64,
}

/// The figures of the engine, without its queues.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) groups: AtomicU64,
    pub(crate) grouped: AtomicU64,
    pub(crate) largest_group: AtomicU64,
    pub(crate) undone_groups: AtomicU64,
    pub(crate) wal_bytes: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    meters: Mutex<Vec<Weak<Meter>>>,
}

/// The figures of one connection, written by its thread alone.
pub(crate) struct Meter {
    name: Name,
    busy: AtomicU64,
    requests: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
}

/// Adds to a figure that one thread alone writes.
fn add(figure: &AtomicU64, more: u64) {
    figure.store(figure.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

impl Meter {
    /// Counts a request that was answered.
    pub(crate) fn count(&self, requests: u64, busy: Duration, (hits, misses): (u64, u64)) {
        add(&self.requests, requests);
        add(&self.busy, busy.as_nanos() as u64);
        add(&self.cache_hits, hits);
        add(&self.cache_misses, misses);
    }
}

impl Counters {
    pub(crate) fn meter(&self, name: &Name) -> Arc<Meter> {
        let (busy, requests, cache_hits, cache_misses) = Default::default();
        let meter = Arc::new(Meter { name: Arc::clone(name), busy, requests, cache_hits, cache_misses });
        let mut meters = lock(&self.meters);
        meters.retain(|meter| meter.strong_count() > 0);
        meters.push(Arc::downgrade(&meter));
        meter
    }

    /// Counts a group that was committed.
    pub(crate) fn count_group(&self, members: u64) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.grouped.fetch_add(members, Ordering::Relaxed);
        self.largest_group.fetch_max(members, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, metrics: &mut Metrics) {
        metrics.groups = self.groups.load(Ordering::Relaxed);
        metrics.grouped = self.grouped.load(Ordering::Relaxed);
        metrics.largest_group = self.largest_group.load(Ordering::Relaxed);
        metrics.undone_groups = self.undone_groups.load(Ordering::Relaxed);
        metrics.wal_bytes = self.wal_bytes.load(Ordering::Relaxed);
        metrics.checkpoints = self.checkpoints.load(Ordering::Relaxed);
        let meters = lock(&self.meters);
        metrics.connections = meters.iter().filter_map(Weak::upgrade).map(|meter| meter.read()).collect();
    }
}

impl Meter {
    fn read(&self) -> ConnectionMetrics {
        ConnectionMetrics {
            name: self.name.to_string(),
            busy: Duration::from_nanos(self.busy.load(Ordering::Relaxed)),
            requests: self.requests.load(Ordering::Relaxed),
            cache_hits: self.cache_hits.load(Ordering::Relaxed),
            cache_misses: self.cache_misses.load(Ordering::Relaxed),
        }
    }
}
