//! `aio-sql copy`, from SQLite to PostgreSQL, back, and between files.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "cli/package.rs"]
#[allow(dead_code)]
mod package;

#[path = "copy/keys.rs"]
mod keys;
#[path = "copy/refusals.rs"]
mod refusals;
#[path = "copy/server.rs"]
mod server;
#[cfg(unix)]
#[path = "copy/terminal.rs"]
mod terminal;
#[path = "copy/values.rs"]
mod values;
