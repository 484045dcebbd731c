//! The public metrics of a database, and the counters of its connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::name::Name;
use super::sync::lock;

/// Counters of a database since it was opened, and the current state of its queues; see
/// [`Database::metrics`](crate::Database::metrics).
///
/// A figure is 0 if the database does not have what it counts. SQLite has all of it: a writer,
/// readers, groups of writes that share a commit, and a write-ahead log.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// let metrics = db.metrics();
/// assert_eq!(metrics.connections[0].name, "aio-sql writer");
/// assert_eq!((metrics.queued_writes, metrics.queued_reads), (0, 0));
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// The number of requests that wait for the writer. Requests whose futures were dropped, and
    /// transactions that wait to become the writer, are not counted.
    pub queued_writes: usize,
    /// The number of requests that wait for a reader, without those whose futures were dropped.
    pub queued_reads: usize,
    /// The longest time that any request has waited for the writer so far.
    pub longest_write_wait: Duration,
    /// The longest time that any request has waited for a reader so far.
    pub longest_read_wait: Duration,
    /// The number of groups that were committed: waiting writes that have shared a commit, and
    /// with it the wait for the disk.
    pub groups: u64,
    /// The number of requests committed in such groups.
    pub grouped: u64,
    /// The number of requests in the largest group.
    pub largest_group: u64,
    /// The number of groups that could not be committed as a whole, so that their requests ran
    /// again one by one.
    pub undone_groups: u64,
    /// The number of pipelines that were sent to a server: waiting requests that have shared a
    /// round trip.
    pub pipelines: u64,
    /// The number of requests in such pipelines.
    pub pipelined: u64,
    /// The number of requests that ran on a replica.
    pub replica_reads: u64,
    /// The number of requests for a replica that ran on the primary, because no replica could be
    /// used.
    pub replica_fallbacks: u64,
    /// The size of the write-ahead log in bytes, after the last commit that was made through this
    /// database.
    pub wal_bytes: u64,
    /// The number of checkpoints without an error. Each writes as much of the write-ahead log into
    /// the database file as the running reads allow.
    pub checkpoints: u64,
    /// The figures of each open connection, in the order in which the connections were opened.
    /// With SQLite the writer is first, as long as its connection has not been replaced.
    pub connections: Vec<ConnectionMetrics>,
}

/// Counters of what requests have shared.
#[derive(Debug, Default)]
pub(crate) struct ShareCounter {
    times: AtomicU64,
    requests: AtomicU64,
    largest: AtomicU64,
}

impl ShareCounter {
    /// Counts something that this number of requests have shared.
    pub(crate) fn count(&self, requests: u64) {
        self.times.fetch_add(1, Ordering::Relaxed);
        self.requests.fetch_add(requests, Ordering::Relaxed);
        self.largest.fetch_max(requests, Ordering::Relaxed);
    }

    /// Returns how often something was shared, by how many requests altogether, and by how many at
    /// most.
    pub(crate) fn read(&self) -> (u64, u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.times), read(&self.requests), read(&self.largest))
    }
}

/// The figures of one connection.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/users.rs"));
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = users().await?;
/// for connection in db.metrics().connections {
///     println!("{}: {} requests in {:?}", connection.name, connection.requests, connection.busy);
/// }
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectionMetrics {
    /// The name of the connection's thread: `aio-sql connection 3`, and with SQLite `aio-sql
    /// writer` or `aio-sql reader 1`.
    pub name: String,
    /// The time spent on requests.
    pub busy: Duration,
    /// The number of answered requests.
    pub requests: u64,
    /// The number of statements that were found in the statement cache.
    pub cache_hits: u64,
    /// The number of statements that had to be prepared.
    pub cache_misses: u64,
}

/// The counters of the open connections.
#[derive(Default)]
pub(crate) struct Meters(Mutex<Vec<Weak<Meter>>>);

/// The counters of one connection. Only its thread writes them.
pub(crate) struct Meter {
    name: Name,
    busy: AtomicU64,
    requests: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
}

/// Adds to a counter. Only one thread writes the counter, so no atomic read-modify-write is
/// needed.
fn add(figure: &AtomicU64, more: u64) {
    figure.store(figure.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

impl Meter {
    /// Adds answered requests, the time that they took, and their hits and misses of the statement
    /// cache.
    pub(crate) fn count(&self, requests: u64, busy: Duration, (hits, misses): (u64, u64)) {
        add(&self.requests, requests);
        add(&self.busy, busy.as_nanos() as u64);
        add(&self.cache_hits, hits);
        add(&self.cache_misses, misses);
    }
}

impl Meters {
    /// Creates the counters of a connection that is being opened, and adds them to the list.
    pub(crate) fn add(&self, name: &Name) -> Arc<Meter> {
        let (busy, requests, cache_hits, cache_misses) = Default::default();
        let meter = Arc::new(Meter { name: Arc::clone(name), busy, requests, cache_hits, cache_misses });
        let mut meters = lock(&self.0);
        meters.retain(|meter| meter.strong_count() > 0);
        meters.push(Arc::downgrade(&meter));
        meter
    }

    /// Returns the figures of each open connection, in the order in which the connections were
    /// opened.
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
