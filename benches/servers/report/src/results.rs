//! The samples as they are stored, and the ratios that are computed from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bench_harness::{Figures, Machine, Result};
use bench_servers_harness::{Distance, Sample, Workload};
use serde::{Deserialize, Serialize};

use crate::libraries::OWN;

#[derive(Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) name: String,
    /// The time of the measurement in seconds since 1970.
    pub(crate) when: u64,
    pub(crate) machine: Machine,
    /// The version of the server.
    pub(crate) postgres: String,
    /// The libraries in the order of the report, each with its version.
    pub(crate) peers: Vec<(String, String)>,
    pub(crate) runs: Vec<Run>,
    /// The failures: the library, the workload, the distance and the error.
    pub(crate) failures: Vec<[String; 4]>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) round: usize,
    #[serde(flatten)]
    pub(crate) sample: Sample,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    Time,
    Cpu,
}

impl Cost {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Cost::Time => sample.seconds,
            Cost::Cpu => sample.cpu_seconds,
        }
    }
}

/// The samples of a library for a workload at a distance, by their rounds.
pub(crate) type Rounds<'a> = BTreeMap<usize, &'a Sample>;

impl Results {
    /// Returns the samples of a library, in the order of the rounds.
    pub(crate) fn rounds(&self, workload: Workload, distance: Distance, peer: &str) -> Rounds<'_> {
        let own = self.runs.iter().filter(|run| {
            run.sample.workload == workload && run.sample.distance == distance && run.sample.peer == peer
        });
        own.map(|run| (run.round, &run.sample)).collect()
    }

    /// Returns the costs of a library in seconds; `None` if it was not measured.
    pub(crate) fn costs(&self, workload: Workload, distance: Distance, peer: &str, cost: Cost) -> Option<Figures> {
        let rounds = self.rounds(workload, distance, peer);
        (!rounds.is_empty()).then(|| rounds.values().map(|sample| cost.of(sample)).collect())
    }

    /// Returns the ratios of the costs of a library to those of aio-sql, a ratio for each round;
    /// `None` if one of them was not measured.
    pub(crate) fn ratios(&self, workload: Workload, distance: Distance, peer: &str, cost: Cost) -> Option<Figures> {
        let own = self.rounds(workload, distance, OWN);
        let others = self.rounds(workload, distance, peer);
        let ratios: Vec<f64> = others
            .iter()
            .filter_map(|(round, other)| own.get(round).map(|own| cost.of(other) / cost.of(own)))
            .collect();
        (!ratios.is_empty()).then(|| ratios.into_iter().collect())
    }

    pub(crate) fn load(file: &Path) -> Result<Results> {
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    }

    /// Stores the results. Returns the path of the file.
    pub(crate) fn store(&self) -> Result<PathBuf> {
        let file = folder().join(format!("{}.json", self.name));
        let mut text = serde_json::to_string(self)?;
        // A line for each sample, so that two files can be compared.
        text = text.replace("{\"round\"", "\n{\"round\"");
        fs::write(&file, text + "\n")?;
        Ok(file)
    }
}

/// Returns the folder of results.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results")
}
