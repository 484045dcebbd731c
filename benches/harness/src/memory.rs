//! The memory use of the process, as the operating system reports it.

use std::fs;

/// Resets the peak, and returns the memory that is in use now, in MiB, or `None` if the system
/// does not report it.
pub fn reset() -> Option<f64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    read("VmRSS:")
}

/// Returns the peak since [`reset`], in MiB, or `None` if the system does not report it.
pub fn peak() -> Option<f64> {
    read("VmHWM:")
}

fn read(field: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}
