//! What the programs of the benchmark of servers share: the workloads, their rows, the timing and
//! the command line.
//!
//! A program implements [`Peer`] for its libraries and calls [`main`]. It is run once for each
//! sample, with the name of the library, of the workload, of the distance and the address of the
//! server, and prints one [`Sample`] as a line of JSON.

mod command;
mod distance;
mod peer;
pub mod rows;
mod sample;
mod workload;

pub use command::{Library, library, main};
pub use distance::Distance;
pub use peer::{AsItem, Peer, check};
pub use sample::{At, Sample};
pub use workload::{Manner, Workload};
