//! The code that all programs of the benchmark share: the workloads, their rows, the checks, the
//! timing and the command line.
//!
//! A program implements [`Peer`] and calls [`main`]. It is run once for each sample, on a file
//! that the runner created, and prints one [`Sample`] as a line of JSON. This crate does not
//! depend on SQLite, so that every program can use its own version.

pub mod chart;
mod check;
mod command;
pub mod data;
mod figures;
pub mod hello;
mod machine;
mod measure;
pub mod memory;
mod peer;
mod sample;
mod workload;

pub use check::{AsComment, AsJoined, AsPost, AsUser, Check, Checked, Tree, assemble};
pub use command::main;
pub use figures::{Figures, short, shuffle};
pub use machine::Machine;
pub use peer::{Comment, Item, Joined, NewUser, Open, Peer, Pool, Post, Reading, Result, User};
pub use sample::Sample;
pub use workload::{Sizes, Workload};
