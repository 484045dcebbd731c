//! The samples of a measurement as they are stored, and the figures that are computed from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench_harness::{Figures, Machine, Result, Sample, Workload};
use serde::{Deserialize, Serialize};

use crate::programs;

#[derive(Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) name: String,
    pub(crate) quick: bool,
    /// The time of the measurement in seconds since 1970.
    pub(crate) when: u64,
    pub(crate) machine: Machine,
    /// The programs in the order of the report, each with the version of its library.
    pub(crate) peers: Vec<(String, String)>,
    pub(crate) runs: Vec<Run>,
    /// The failures: the program, the workload and the error.
    pub(crate) failures: Vec<(String, String, String)>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) sample: Sample,
}

/// The results of one program for one workload.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub(crate) figures: Figures,
    pub(crate) errors: u64,
    pub(crate) longest_ms: Option<(f64, f64)>,
    pub(crate) growth_mib: Option<f64>,
    pub(crate) pool: String,
}

impl Results {
    pub(crate) fn values(&self) -> BTreeMap<(Workload, String), Values> {
        let mut all: BTreeMap<(Workload, String), Values> = BTreeMap::new();
        for Run { sample, .. } in &self.runs {
            let values = all.entry((sample.workload, sample.peer.clone())).or_insert_with(|| Values {
                figures: Figures::default(),
                errors: 0,
                longest_ms: None,
                growth_mib: None,
                pool: sample.pool.clone(),
            });
            values.figures.add(sample.value);
            values.errors += sample.errors;
            values.longest_ms = match (values.longest_ms, sample.longest_ms) {
                (Some(a), Some(b)) => Some((a.0.max(b.0), a.1.max(b.1))),
                (a, b) => a.or(b),
            };
            values.growth_mib = match (values.growth_mib, sample.growth_mib) {
                (Some(a), Some(b)) => Some(a.max(b)),
                (a, b) => a.or(b),
            };
        }
        all
    }

    pub(crate) fn load(file: &Path) -> Result<Results> {
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    }

    /// Stores the results. Returns the path of the file.
    pub(crate) fn store(&self) -> Result<PathBuf> {
        let folder = programs::benches().join("results");
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", self.name));
        fs::write(&file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(file)
    }
}

/// Returns whether smaller values are better.
pub(crate) fn less_is_better(workload: Workload) -> bool {
    workload.sequential() || workload == Workload::Cancel
}

pub(crate) fn unit(workload: Workload) -> &'static str {
    match workload {
        Workload::Cancel => "ms",
        Workload::Bulk | Workload::Stream => "rows/s",
        Workload::Point64 => "reads/s",
        Workload::Mixed64 => "operations/s",
        Workload::Insert64Full | Workload::Insert64Normal => "inserts/s",
        _ => "µs",
    }
}

/// Describes this machine, with the file system on which databases are created.
pub(crate) fn machine(dir: &Path) -> Machine {
    Machine::this(crate::files::file_system(dir).unwrap_or_default())
}
