//! `inspect`, the comparison of tables and the differences of schemas on PostgreSQL: what is read,
//! compared with SQLAlchemy's Inspector, and what the server normalizes.

#![cfg(all(feature = "postgres", feature = "json"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::inspect::{Difference, Part, Table, TableKind};
use aio_sql::{Database, ErrorKind, Inspect, Result, Schema};

#[path = "postgres_inspect/answers.rs"]
mod answers;
#[path = "postgres_inspect/differences.rs"]
mod differences;
#[path = "postgres_inspect/explained.rs"]
mod explained;
#[path = "postgres_inspect/reading.rs"]
mod reading;
#[path = "postgres_inspect/server.rs"]
mod server;
#[path = "postgres_inspect/shapes.rs"]
mod shapes;
#[path = "postgres_inspect/structs.rs"]
mod structs;

use server::with_database;

/// Returns the schema that a script creates.
async fn schema(db: &Database, script: &str) -> Result<Schema> {
    db.execute_script("drop schema public cascade; create schema public").await?;
    db.execute_script(script).await?;
    db.inspect().await
}

fn tables(schema: &Schema) -> Vec<&str> {
    schema.tables().iter().map(Table::name).collect()
}

fn lines(differences: &[Difference<'_>]) -> Vec<String> {
    differences.iter().map(|difference| format!("{}: {difference}", difference.table())).collect()
}
