//! The database: how it is opened, and its schema.

use std::path::Path;
use std::time::Duration;

use aio_sql::{Database, Result};

use crate::search;
use crate::tags::{Tag, TaskTag};
use crate::tasks::Task;
use crate::tokens::Token;

/// Opens the file, which is created if it does not exist, and brings its schema up to date.
///
/// # Errors
/// Fails if the file cannot be opened, or has tables of another shape.
pub async fn open(path: impl AsRef<Path>) -> Result<Database> {
    // A statement that takes longer than this, including the time that it waits, fails with
    // `ErrorKind::Timeout` and writes nothing.
    let db = Database::builder(path).timeout(Duration::from_secs(5)).open().await?;
    set_up(&db).await?;
    Ok(db)
}

/// Creates the tables that do not exist, and runs the migrations that have not been run.
///
/// # Errors
/// Fails if a table has another shape than its struct: the error lists the differences.
pub async fn set_up(db: &Database) -> Result<()> {
    db.create_if_missing((Task, Tag, TaskTag, Token)).await?;
    // A migration makes the changes to the schema that no struct describes. It runs once, even if
    // several processes start at the same moment.
    db.migrate(&[("full-text search", search::INDEX)]).await?;
    Ok(())
}
