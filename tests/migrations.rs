//! Migrations: steps of SQL and of Rust, each of which is run once per database and loses nothing
//! unnoticed.

use aio_sql::{Database, Error, ErrorKind, Migration, Migrations, Result, query, rusqlite, sql};

#[cfg(feature = "postgres")]
mod hold;
#[cfg(feature = "postgres")]
mod polling;

#[path = "migrations/baseline.rs"]
mod baseline;
#[path = "migrations/embedded.rs"]
mod embedded;
#[path = "migrations/history.rs"]
mod history;
#[path = "migrations/processes.rs"]
mod processes;
#[path = "migrations/rust_steps.rs"]
mod rust_steps;
#[cfg(feature = "postgres")]
#[path = "migrations/server.rs"]
mod server;
#[path = "migrations/squash.rs"]
mod squash;

/// Returns the number of requests that all connections of a database have run.
fn requests(db: &Database) -> u64 {
    db.metrics().connections.iter().map(|connection| connection.requests).sum()
}

#[track_caller]
fn assert_says(error: &Error, words: &[&str]) {
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
}
