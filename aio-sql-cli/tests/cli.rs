//! The tool as a user runs it: in packages outside of this workspace, on their files and
//! databases.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "cli/generate.rs"]
mod generate;
#[path = "cli/package.rs"]
mod package;
#[path = "cli/structs.rs"]
mod structs;
