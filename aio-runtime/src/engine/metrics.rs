//! What a database has done: what is reported of it, and what its connections count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::name::Name;
use super::sync::lock;

/// What a database has done since it was opened, and how it stands; see
/// [`Database::metrics`](crate::Database::metrics).
///
/// What is about a thing that a database does not have is 0. SQLite has all of it: a writer, some
/// readers, groups of writes that share a commit, and a write-ahead log.
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
    /// What each connection has done, in the order in which they were opened: with SQLite the
    /// writer first.
    pub connections: Vec<ConnectionMetrics>,
}

/// What one connection has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionMetrics {
    /// The name of its thread: `aio-sql connection 3`, and with SQLite `aio-sql writer` or
    /// `aio-sql reader 1`.
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

/// The meters of the connections that are open.
#[derive(Default)]
pub(crate) struct Meters(Mutex<Vec<Weak<Meter>>>);

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

impl Meters {
    /// Adds the meter of a connection that is opened.
    pub(crate) fn add(&self, name: &Name) -> Arc<Meter> {
        let (busy, requests, cache_hits, cache_misses) = Default::default();
        let meter = Arc::new(Meter { name: Arc::clone(name), busy, requests, cache_hits, cache_misses });
        let mut meters = lock(&self.0);
        meters.retain(|meter| meter.strong_count() > 0);
        meters.push(Arc::downgrade(&meter));
        meter
    }

    /// Returns the figures of each connection, in the order in which they were opened.
    pub(crate) fn read(&self) -> Vec<ConnectionMetrics> {
        lock(&self.0).iter().filter_map(Weak::upgrade).map(|meter| meter.read()).collect()
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
