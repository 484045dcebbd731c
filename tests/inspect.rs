//! `inspect`: what it reads of any SQLite database, compared with SQLAlchemy's Inspector, and
//! where and when it can be called.

#![cfg(feature = "json")]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::inspect::{Column, Table, TableKind};
use aio_sql::{Connection, Database, Inspect, Result, Schema};

#[path = "inspect/explained.rs"]
mod explained;
#[path = "inspect/inspector.rs"]
mod inspector;
#[path = "inspect/reading.rs"]
mod reading;
#[path = "inspect/serialized.rs"]
mod serialized;
#[path = "inspect/sqlalchemy.rs"]
mod sqlalchemy;

/// Returns the schema that a script creates, with its temporary objects and attached schemas.
async fn schema(script: &str, what: Inspect) -> Result<Schema> {
    let db = Database::memory().await?;
    let connection: Connection = db.connect().await?;
    connection.execute_script(script).await?;
    let schema = connection.inspect_with(what).await?;
    drop(connection);
    db.close().await?;
    Ok(schema)
}
