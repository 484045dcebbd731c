//! `aio-sql db create`, `db drop` and `db reset`

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aio_sql::{Database, query};
use serde_json::json;

use crate::args::Run;
use crate::commands::{Context, migrate_run};
use crate::database::Address;
use crate::error::{AtPath, Error, Exit, Result};
use crate::output::count;

/// Creates the database. One that exists stays as it is.
pub(super) async fn create(context: &Context) -> Result<Exit> {
    let address = context.address()?;
    let is_new = !address.exists();
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
    let is_there = address.exists();
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
    if address.exists() {
        delete(context, &address).await?;
    }
    address.create().await?.close().await?;
    // A new database has no rows that a step could lose.
    migrate_run::apply(context, &address, &steps, &Run::default(), migrate_run::Consent::Given).await
}

/// Says how many tables and rows a database has, asks for consent, and deletes its files.
async fn delete(context: &Context, address: &Address) -> Result<()> {
    let path = address.path().ok_or_else(|| Error::usage("a database in memory cannot be deleted"))?;
    check_is_database(&path)?;
    let (tables, rows) = content(address).await?;
    let what = format!("{address} with {} and {} is deleted", count(tables, "table"), count(rows, "row"));
    context.ask.consent(&what)?;
    for file in files(&path) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed.at_path("delete", &file)?,
        }
    }
    Ok(())
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
    for name in db.table_names().await? {
        tables += 1;
        // A virtual table whose module the tool does not have cannot be counted.
        let counted = query(format!("select count(*) from \"{}\"", name.replace('"', "\"\"")));
        rows += counted.scalar::<i64>(db).await.map_or(0, |counted| u64::try_from(counted).unwrap_or(0));
    }
    Ok((tables, rows))
}

/// Fails if a file is not a SQLite database. An empty file counts as one.
fn check_is_database(path: &Path) -> Result<()> {
    let mut header = Vec::new();
    let file = fs::File::open(path).at_path("open", path)?;
    file.take(16).read_to_end(&mut header).at_path("read", path)?;
    if header.is_empty() || header == b"SQLite format 3\0" {
        return Ok(());
    }
    Err(Error::new(format!("{} is not a SQLite database, and is not deleted", path.display())))
}

/// Returns the files of a database in the order in which they are to be deleted. The main file is
/// the last one: if it were deleted before its log, a new database at the same path could read
/// that log.
fn files(path: &Path) -> [PathBuf; 4] {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    [beside("-wal"), beside("-shm"), beside("-journal"), path.to_owned()]
}
