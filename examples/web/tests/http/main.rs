//! The service as its clients see it: over HTTP.

#![allow(clippy::unwrap_used)]

mod client;
mod errors;
mod killing;
mod kind;
mod migrations;
mod page;
mod process;
mod routes;
mod server;
mod shutdown;
mod timeouts;
mod writers;
