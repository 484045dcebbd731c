//! Empty databases of each kind, for tests that compare them.

#![allow(dead_code, reason = "each test uses some of these functions")]

use aio_sql::{Database, Result};

/// Opens an empty database of each kind: SQLite first, then PostgreSQL, unless tests that need a
/// server are left out.
pub(crate) async fn every() -> Result<Vec<Database>> {
    let mut databases = vec![Database::memory().await?];
    databases.extend(postgres().await?);
    Ok(databases)
}

/// Opens an empty schema of a PostgreSQL server. Returns `None` if tests that need a server are
/// left out.
pub(crate) async fn postgres() -> Result<Option<Database>> {
    match address().await? {
        Some(address) => Database::open(address).await.map(Some),
        None => Ok(None),
    }
}

/// Creates an empty schema of a PostgreSQL server, and returns its address. Returns `None` if
/// tests that need a server are left out.
pub(crate) async fn address() -> Result<Option<String>> {
    if !cfg!(feature = "postgres") {
        return Ok(None);
    }
    match servers::postgres::shared() {
        Some(server) => server.create_schema().await.map(|schema| Some(schema.address().to_owned())),
        None => Ok(None),
    }
}
