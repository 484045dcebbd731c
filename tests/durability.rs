//! Acknowledged writes are kept when the process is killed, and when the power is lost.
//!
//! The tests write in a child process, which runs this test binary. A short run takes some
//! seconds. The command for a long run is
//!
//! ```sh
//! AIO_SQL_ROUNDS=200 cargo test --test durability -- --nocapture
//! ```
//!
//! The moments of the kills and of the power losses are chosen at random from a seed that is
//! printed. `AIO_SQL_SEED` sets the seed, to choose them again. But two runs with one seed may
//! still differ, because the order in which tasks run also depends on the scheduler.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::env;

mod shim;

#[path = "durability/kill.rs"]
mod kill;
#[path = "durability/load.rs"]
mod load;
#[path = "durability/power.rs"]
mod power;
#[path = "durability/replay.rs"]
mod replay;

/// Returns the number in an environment variable, or `otherwise` if the variable is not set.
fn setting(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Pseudo-random numbers (splitmix64).
struct Random(u64);

impl Random {
    fn new(what: &str) -> Random {
        use std::hash::{BuildHasher, RandomState};
        let seed = setting("AIO_SQL_SEED", RandomState::new().hash_one(what));
        println!("{what}: AIO_SQL_SEED={seed}");
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
