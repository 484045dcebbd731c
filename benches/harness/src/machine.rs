//! The machine on which was measured.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub system: String,
    pub rustc: String,
    pub file_system: String,
    /// The load average over the minute before the first measurement. Other processes raise it,
    /// and so does the preparation of the benchmark itself.
    pub load: String,
}

impl Machine {
    /// Describes this machine. The caller knows the file system on which databases are.
    pub fn this(file_system: String) -> Machine {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo");
        let processor = processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
        let rustc = Command::new("rustc").arg("--version").output();
        let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        Machine {
            processor: processor.trim_start_matches([' ', '\t', ':']).to_owned(),
            cores: available_parallelism().map_or(0, usize::from),
            system: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: rustc.unwrap_or_default(),
            file_system,
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}
