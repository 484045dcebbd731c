//! The result of one run, which each program of the benchmark prints.

use serde::{Deserialize, Serialize};

use crate::workload::Workload;

/// One run of one workload by one program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub peer: String,
    pub workload: Workload,
    pub sqlite: String,
    pub pool: String,
    /// The measured time.
    pub seconds: f64,
    /// The number of operations, such as queries or transactions; the number of rows for `bulk`
    /// and `stream`.
    pub operations: u64,
    /// The figure of the workload: microseconds per operation, operations per second, or
    /// milliseconds for `cancel`.
    pub value: f64,
    /// The number of rows that one operation has read, or that all operations have written.
    pub rows: u64,
    /// The checksum of the rows that `rows` counts.
    pub sum: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// The longest time of one operation of the 64 tasks, for reads and for writes, in
    /// milliseconds; `None` for a workload that one task runs.
    pub longest_ms: Option<(f64, f64)>,
    /// The median time of one operation of the 64 tasks, for reads and for writes, in
    /// milliseconds; `None` for a workload that one task runs.
    pub median_ms: Option<(f64, f64)>,
    /// The peak of the memory of the process during the workload, minus the memory before, in MiB;
    /// `None` if it was not measured.
    pub growth_mib: Option<f64>,
}
