//! What a program prints.

use serde::{Deserialize, Serialize};

use crate::workload::Workload;

/// One run of one workload by one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub peer: String,
    pub workload: Workload,
    pub sqlite: String,
    pub pool: String,
    /// How long it was measured.
    pub seconds: f64,
    /// How often it was done: statements, rows for `bulk` and `stream`.
    pub operations: u64,
    /// What the workload is judged by: microseconds an operation, operations a second, or
    /// milliseconds for `cancel`.
    pub value: f64,
    /// Rows that were read by one operation, or written by all of them.
    pub rows: u64,
    /// A sum over these rows.
    pub sum: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// The longest wait for one operation of 64 tasks: reads, writes.
    pub longest_ms: Option<(f64, f64)>,
    /// The median wait for one operation of 64 tasks: reads, writes.
    pub median_ms: Option<(f64, f64)>,
    /// How much memory the process had more at its peak than before.
    pub growth_mib: Option<f64>,
}
