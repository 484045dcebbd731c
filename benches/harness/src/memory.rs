//! The memory of the process, from the system.

use std::fs;

/// Forgets the peak so far, and returns what is in use now, in MiB; `None` where the system does
/// not say.
pub(crate) fn reset() -> Option<f64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    read("VmRSS:")
}

/// The peak since [`reset`], in MiB.
pub(crate) fn peak() -> Option<f64> {
    read("VmHWM:")
}

fn read(field: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}
