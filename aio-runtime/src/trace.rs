//! What is told to `tracing`, where its feature is switched on: an event for each request, with its text and how long it
//! ran. Values are not told.

use crate::driver::Outcome;
use crate::error::Result;

/// A request that runs.
pub(crate) struct Trace {
    #[cfg(feature = "tracing")]
    started: std::time::Instant,
}

impl Trace {
    pub(crate) fn start() -> Trace {
        Trace {
            #[cfg(feature = "tracing")]
            started: std::time::Instant::now(),
        }
    }

    /// Tells how it ended.
    #[cfg(feature = "tracing")]
    pub(crate) fn end(self, connection: &str, sql: &str, result: &Result<Outcome>) {
        let elapsed = self.started.elapsed();
        match result {
            Ok(outcome) => {
                let rows_affected = outcome.rows_affected;
                tracing::debug!(target: "aio_sql", sql, connection, rows_affected, ?elapsed, "statement");
            }
            Err(error) => tracing::debug!(target: "aio_sql", sql, connection, %error, ?elapsed, "statement failed"),
        }
    }

    #[cfg(not(feature = "tracing"))]
    pub(crate) fn end(self, _: &str, _: &str, _: &Result<Outcome>) {}
}
