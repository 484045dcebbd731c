//! A database of its own for each test.

use servers::postgres::{Shared, shared};

use super::*;

/// Returns the address of the server, or `None` if tests that need one are left out.
pub(super) fn address() -> Option<String> {
    Some(match shared()? {
        Shared::Running(address) => address.clone(),
        Shared::Private(server, _) | Shared::Pooled(server, ..) => server.address(),
    })
}

/// Returns the address of another database of the same server.
fn of_database(address: &str, name: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap();
    let (place, query) =
        rest.split_once('?').map_or((rest, String::new()), |(place, query)| (place, format!("?{query}")));
    let host = place.split_once('/').map_or(place, |(host, _)| host);
    format!("{scheme}://{host}/{name}{query}")
}

/// Runs a test with a database that is empty, and dropped afterwards.
pub(super) async fn with_database(name: &str, test: impl AsyncFnOnce(Database) -> Result<()>) -> Result<()> {
    with_addresses(name, async |db, _| test(db).await).await
}

/// Runs a test with an empty database and its address.
pub(super) async fn with_addresses(name: &str, test: impl AsyncFnOnce(Database, String) -> Result<()>) -> Result<()> {
    let Some(address) = address() else { return Ok(()) };
    let admin = Database::open(&address).await?;
    // A server without ICU may have one such collation, which cannot be used.
    let collations = "select count(*) from pg_collation where collprovider = 'i'";
    if aio_sql::query(collations).scalar::<i64>(&admin).await? <= 1 {
        eprintln!("left out: {name} needs a server with ICU");
        return admin.close().await;
    }
    let name = format!("aio_sql_{name}_{}", std::process::id());
    admin.execute_script(format!("create database {name}")).await?;
    let address = of_database(&address, &name);
    let db = Database::open(&address).await?;
    let result = test(db.clone(), address).await;
    db.close().await?;
    admin.execute_script(format!("drop database {name} with (force)")).await?;
    admin.close().await?;
    result
}
