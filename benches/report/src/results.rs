//! The samples of a measurement as they are stored, and the figures that are computed from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench_harness::{Result, Sample, Workload};
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
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    pub(crate) rustc: String,
    pub(crate) file_system: String,
    /// The load average over the minute before the first measurement. Other processes raise it,
    /// and so does the preparation of the benchmark itself.
    pub(crate) load: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) sample: Sample,
}

/// The results of one program for one workload. `sorted` has the figures of all runs.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    sorted: Vec<f64>,
    pub(crate) errors: u64,
    pub(crate) longest_ms: Option<(f64, f64)>,
    pub(crate) growth_mib: Option<f64>,
    pub(crate) pool: String,
}

impl Values {
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Returns a quantile, interpolated between the two nearest values.
    pub(crate) fn quantile(&self, part: f64) -> f64 {
        let place = part * (self.sorted.len() - 1) as f64;
        let (low, high) = (self.sorted[place.floor() as usize], self.sorted[place.ceil() as usize]);
        low + (high - low) * place.fract()
    }

    pub(crate) fn least(&self) -> f64 {
        self.quantile(0.0)
    }

    pub(crate) fn most(&self) -> f64 {
        self.quantile(1.0)
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }
}

impl Results {
    pub(crate) fn values(&self) -> BTreeMap<(Workload, String), Values> {
        let mut all: BTreeMap<(Workload, String), Values> = BTreeMap::new();
        for Run { sample, .. } in &self.runs {
            let values = all.entry((sample.workload, sample.peer.clone())).or_insert_with(|| Values {
                sorted: vec![],
                errors: 0,
                longest_ms: None,
                growth_mib: None,
                pool: sample.pool.clone(),
            });
            values.sorted.push(sample.value);
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
        for values in all.values_mut() {
            values.sorted.sort_by(f64::total_cmp);
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

/// Formats a number with three or four digits: `1.23`, `12.3`, `123`, `1234`, `12.3k`, `123k`.
pub(crate) fn short(value: f64) -> String {
    match value {
        value if value >= 999_500.0 => format!("{:.2}M", value / 1e6),
        value if value >= 99_950.0 => format!("{:.0}k", value / 1e3),
        value if value >= 9_995.0 => format!("{:.1}k", value / 1e3),
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

pub(crate) fn machine(dir: &Path) -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let rustc = std::process::Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    Machine {
        processor: processor.trim_start_matches([' ', '\t', ':']).to_owned(),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        system: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        rustc: rustc.unwrap_or_default(),
        file_system: crate::files::file_system(dir).unwrap_or_default(),
        load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
    }
}
