//! Servers, connections and requests that fail: every answer says truly whether the request took
//! effect, nothing that was acknowledged is lost, nothing runs twice, and the database works again
//! when the fault has ended.
//!
//! With `AIO_SQL_LONG=1` the tests run longer: 1,000 cuts, 200 kills of the server, 20 promotions.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::{Database, Result, Table};

mod polling;

#[path = "postgres_faults/answers.rs"]
mod answers;
#[path = "postgres_faults/cancellation.rs"]
mod cancellation;
#[path = "postgres_faults/conflicts.rs"]
mod conflicts;
#[path = "postgres_faults/cuts.rs"]
mod cuts;
#[path = "postgres_faults/failover.rs"]
mod failover;
#[path = "postgres_faults/kills.rs"]
mod kills;
#[path = "postgres_faults/listening.rs"]
mod listening;
#[path = "postgres_faults/pipelines.rs"]
mod pipelines;
#[path = "postgres_faults/poolers.rs"]
mod poolers;
#[path = "postgres_faults/power.rs"]
mod power;
#[path = "postgres_faults/proxy.rs"]
mod proxy;
#[path = "postgres_faults/scripted.rs"]
mod scripted;
#[path = "postgres_faults/server.rs"]
mod server;
#[path = "postgres_faults/standbys.rs"]
mod standbys;

#[derive(Table, Clone, Debug)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    // The column is not unique, so that a row that is written twice is noticed.
    number: i64,
    text: String,
}

fn entry(number: i64) -> NewEntry {
    NewEntry { number, text: "x".repeat(100) }
}

async fn create_table(db: &Database) -> Result<()> {
    db.create(Entry).await
}

/// Returns whether the tests run in their long form.
fn is_long() -> bool {
    std::env::var_os("AIO_SQL_LONG").is_some()
}
