//! How long to wait before work that has failed because of others is tried again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The longest time that is waited after a first failure.
const FIRST: Duration = Duration::from_millis(5);

/// The longest time that is waited after any number of failures.
const MAX: Duration = Duration::from_secs(1);

/// Returns how long to wait after this number of failures, which is at least 1. The time is
/// random, so that those who have failed because of each other do not meet again, and its range
/// doubles with each failure.
pub(crate) fn backoff(failures: u32) -> Duration {
    let longest = FIRST.saturating_mul(1 << failures.clamp(1, 16).saturating_sub(1)).min(MAX);
    // The keys of the standard library's hash maps are random.
    let random = u32::try_from(RandomState::new().hash_one(failures) >> 32).unwrap_or(u32::MAX);
    longest.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_grows_with_the_failures_up_to_a_limit_and_is_random() {
        for failures in 1..40 {
            let longest = FIRST.saturating_mul(1 << (failures.min(16) - 1)).min(MAX);
            let time = backoff(failures);
            assert!(time >= longest / 2 && time <= longest, "{failures}: {time:?}");
        }
        let times: std::collections::HashSet<_> = (0..20).map(|_| backoff(8)).collect();
        assert!(times.len() > 1);
    }
}
