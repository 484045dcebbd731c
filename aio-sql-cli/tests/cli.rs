//! The tool as a user runs it: in packages outside this workspace, on their files and databases.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "cli/databases.rs"]
mod databases;
#[path = "cli/generate.rs"]
mod generate;
#[path = "cli/inspect.rs"]
mod inspect;
#[path = "cli/package.rs"]
mod package;
#[path = "cli/queries.rs"]
mod queries;
#[path = "cli/server.rs"]
mod server;
#[path = "cli/steps.rs"]
mod steps;
#[path = "cli/structs.rs"]
mod structs;
#[cfg(unix)]
#[path = "cli/terminal.rs"]
mod terminal;
