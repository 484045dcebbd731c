//! How far a step is while its SQL runs.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{ScriptProgress, after, timeout_at};
use crate::error::Result;

/// How far a step of a migration is, which [`Migrations::progress`](crate::Migrations::progress)
/// reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationProgress<'a> {
    /// The name of the step.
    pub step: &'a str,
    /// The number of rows that the SQL of the step has written so far, in all tables.
    pub rows: u64,
    /// The number of rows in the tables that the step [rebuilds](crate::Migration#directives);
    /// `None` if it rebuilds none, or if they are not counted yet.
    pub total: Option<u64>,
}

/// The closure to which the progress is reported.
pub(super) type OnProgress = Arc<dyn Fn(MigrationProgress<'_>) + Send + Sync>;

/// How often the progress of a step is reported.
const BETWEEN_REPORTS: Duration = Duration::from_millis(100);

/// Waits for the script of a step, and reports the progress that the connection's thread counts
/// meanwhile.
pub(super) async fn reported(
    step: &str,
    script: impl Future<Output = Result<()>>,
    progress: &ScriptProgress,
    on_progress: &OnProgress,
) -> Result<()> {
    let report = || on_progress(MigrationProgress { step, rows: progress.rows(), total: progress.total() });
    let mut script = pin!(script);
    report();
    loop {
        let ended = timeout_at(after(Instant::now(), BETWEEN_REPORTS), script.as_mut()).await;
        report();
        if let Some(outcome) = ended {
            return outcome;
        }
    }
}
