//! How far a script is, for the task that waits for it.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of rows that a script has written. The connection's thread counts them, and the task
/// reads the number while the script runs.
#[derive(Debug, Default)]
pub(crate) struct ScriptProgress {
    rows: AtomicU64,
    /// The expected number of rows; 0 if it is not known.
    total: AtomicU64,
}

impl ScriptProgress {
    /// Counts a row that was written.
    pub(crate) fn add_row(&self) {
        self.rows.fetch_add(1, Ordering::Relaxed);
    }

    /// Sets the number of written rows, if fewer were counted.
    pub(crate) fn set_at_least(&self, rows: u64) {
        self.rows.fetch_max(rows, Ordering::Relaxed);
    }

    /// Sets the number of rows that the script is expected to write.
    pub(crate) fn set_total(&self, rows: u64) {
        self.total.store(rows, Ordering::Relaxed);
    }

    /// Returns the number of rows that were written so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Returns the expected number of rows, or `None` if it is not known.
    pub(crate) fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total > 0)
    }
}
