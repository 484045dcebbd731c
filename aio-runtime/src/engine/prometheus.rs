//! The metrics of a database in the text format of Prometheus.

use std::fmt::{Display, Write as _};

use super::metrics::{ConnectionMetrics, Metrics};
use super::name::PREFIX;

/// The beginning of the name of an explicit connection's thread, after the prefix that all names
/// have. A number follows it.
const EXPLICIT: &str = "connection ";

/// A counter of a thread: its name, its help text, and the function that reads it.
type ThreadCounter = (&'static str, &'static str, fn(&ConnectionMetrics) -> f64);

const THREAD_COUNTERS: [ThreadCounter; 4] = [
    ("aio_sql_thread_busy_seconds_total", "Time that the thread has spent on requests.", |thread| {
        thread.busy.as_secs_f64()
    }),
    ("aio_sql_thread_requests_total", "Requests that the thread has answered.", |thread| thread.requests as f64),
    ("aio_sql_thread_cache_hits_total", "Hits of the statement cache.", |thread| thread.cache_hits as f64),
    ("aio_sql_thread_cache_misses_total", "Misses of the statement cache.", |thread| thread.cache_misses as f64),
];

impl Metrics {
    /// Returns the metrics in the [text format of Prometheus][format], for a service that answers
    /// `GET /metrics`.
    ///
    /// All names begin with `aio_sql_`. The label `thread` is the name of a thread, such as
    /// `writer` or `reader 1`. The threads of explicit connections do not have this label, because
    /// they come and go: only their number is reported.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let db = Database::memory().await?;
    /// let text = db.metrics().to_prometheus();
    /// assert!(text.contains("# TYPE aio_sql_queued_writes gauge\naio_sql_queued_writes 0\n"));
    /// # db.close().await }
    /// ```
    ///
    /// [format]: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    pub fn to_prometheus(&self) -> String {
        let Metrics {
            queued_writes,
            queued_reads,
            longest_write_wait,
            longest_read_wait,
            groups,
            grouped,
            largest_group,
            undone_groups,
            pipelines,
            pipelined,
            replica_reads,
            replica_fallbacks,
            wal_bytes,
            checkpoints,
            connections,
        } = self;
        let thread = |connection: &ConnectionMetrics| connection.name.trim_start_matches(PREFIX).to_owned();
        let (explicit, threads): (Vec<_>, Vec<_>) =
            connections.iter().partition(|connection| thread(connection).starts_with(EXPLICIT));
        let (write_wait, read_wait) = (longest_write_wait.as_secs_f64(), longest_read_wait.as_secs_f64());

        let mut text = String::new();
        let mut single = |name: &str, kind: &str, help: &str, value: &dyn Display| {
            heading(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        };
        single("aio_sql_queued_writes", "gauge", "Requests that wait for the writer.", queued_writes);
        single("aio_sql_queued_reads", "gauge", "Requests that wait for a reader.", queued_reads);
        single("aio_sql_longest_write_wait_seconds", "gauge", "Longest wait for the writer so far.", &write_wait);
        single("aio_sql_longest_read_wait_seconds", "gauge", "Longest wait for a reader so far.", &read_wait);
        single("aio_sql_groups_total", "counter", "Commits that served several requests.", groups);
        single("aio_sql_grouped_total", "counter", "Requests that shared a commit.", grouped);
        single(
            "aio_sql_largest_group",
            "gauge",
            "Largest number of requests that have shared a commit.",
            largest_group,
        );
        single(
            "aio_sql_undone_groups_total",
            "counter",
            "Groups that were rolled back and run again one by one.",
            undone_groups,
        );
        single("aio_sql_pipelines_total", "counter", "Round trips that served several requests.", pipelines);
        single("aio_sql_pipelined_total", "counter", "Requests that shared a round trip.", pipelined);
        single("aio_sql_replica_reads_total", "counter", "Requests that ran on a replica.", replica_reads);
        single(
            "aio_sql_replica_fallbacks_total",
            "counter",
            "Requests for a replica that ran on the primary.",
            replica_fallbacks,
        );
        single("aio_sql_wal_bytes", "gauge", "Size of the write-ahead log at the last commit.", wal_bytes);
        single("aio_sql_checkpoints_total", "counter", "Completed checkpoints.", checkpoints);
        single("aio_sql_connections", "gauge", "Explicit connections and transactions.", &explicit.len());
        for (name, help, value) in THREAD_COUNTERS {
            heading(&mut text, name, "counter", help);
            for connection in &threads {
                let _ = writeln!(text, "{name}{{thread=\"{}\"}} {}", thread(connection), value(connection));
            }
        }
        text
    }
}

fn heading(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
