//! `aio-sql db create`, `db drop` and `db reset`

use aio_sql::{Database, Inspect, query};
use serde_json::json;

use crate::args::Run;
use crate::commands::{Context, migrate_run};
use crate::database::Address;
use crate::error::{Exit, Result};
use crate::output::count;

/// Creates the database. One that exists stays as it is.
pub(super) async fn create(context: &Context) -> Result<Exit> {
    let address = context.address()?;
    let is_new = !address.exists().await?;
    address.create().await?.close().await?;
    let output = context.output;
    output.line(format!("{address} {}", if is_new { "is created" } else { "exists already" }));
    output.json(&json!({ "database": address.to_string(), "created": is_new }));
    Ok(Exit::Success)
}

/// Deletes the database.
pub(super) async fn drop(context: &Context) -> Result<Exit> {
    let address = context.address()?;
    let output = context.output;
    let is_there = address.exists().await?;
    if is_there {
        delete(context, &address).await?;
        output.line(format!("{address} is deleted"));
    } else {
        output.line(format!("{address} does not exist"));
    }
    output.json(&json!({ "database": address.to_string(), "deleted": is_there }));
    Ok(Exit::Success)
}

/// Deletes the database, creates it, and applies all steps.
pub(super) async fn reset(context: &Context) -> Result<Exit> {
    let address = context.address()?;
    let steps = context.steps()?;
    // These checks come first, so that nothing is deleted if the steps cannot be applied
    // afterwards.
    steps.check_order()?;
    migrate_run::check_runnable(&steps.list)?;
    if address.exists().await? {
        delete(context, &address).await?;
    }
    address.create().await?.close().await?;
    // A new database has no rows that a step could lose.
    migrate_run::apply(context, &address, &steps, &Run::default(), migrate_run::Consent::Given).await
}

/// Says how many tables and rows a database has, asks for consent, and deletes it.
async fn delete(context: &Context, address: &Address) -> Result<()> {
    address.check_deletable()?;
    let (tables, rows) = content(address).await?;
    let what = format!("{address} with {} and {} is deleted", count(tables, "table"), count(rows, "row"));
    context.ask.consent(&what)?;
    address.delete().await
}

/// Returns the number of tables in a database, and the number of rows in all of them.
async fn content(address: &Address) -> Result<(u64, u64)> {
    let db = address.open_read_only().await?;
    let counted = rows_of_tables(&db).await;
    db.close().await?;
    counted
}

async fn rows_of_tables(db: &Database) -> Result<(u64, u64)> {
    let (mut tables, mut rows) = (0, 0);
    let schema = db.inspect_with(Inspect::new().all_schemas()).await?;
    // The rows of a partition are counted as rows of its table.
    for table in schema.tables().iter().filter(|table| table.partition().is_none()) {
        tables += 1;
        // A virtual table whose module the tool does not have cannot be counted.
        let name = [table.schema(), table.name()].map(|name| format!("\"{}\"", name.replace('"', "\"\""))).join(".");
        let counted = query(format!("select count(*) from {name}"));
        rows += counted.scalar::<i64>(db).await.map_or(0, |counted| u64::try_from(counted).unwrap_or(0));
    }
    Ok((tables, rows))
}
