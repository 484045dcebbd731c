//! The database: how it is opened, and its schema.

use std::path::Path;
use std::time::Duration;

use aio_sql::{Database, Migrations, Result, migrations};

/// The steps of the schema, from the folders `migrations/sqlite` and `migrations/postgres`: the
/// SQL of the two databases has other types, and the tables are those of the same structs. After a
/// change of a struct, `aio-sql migrate diff` writes the next step.
pub static STEPS: Migrations = migrations!();

/// Opens a database, and brings its schema up to date. The address is the path of a file, which is
/// created if it does not exist, or that of a server: `postgres://user:password@host/name`.
///
/// # Errors
/// Fails if the database cannot be opened, or if a step of the schema fails.
pub async fn open(address: impl AsRef<Path>) -> Result<Database> {
    // A statement that takes longer than this, including the time that it waits, fails with
    // `ErrorKind::Timeout` and writes nothing.
    let db = Database::builder(address).timeout(Duration::from_secs(5)).open().await?;
    set_up(&db).await?;
    Ok(db)
}

/// Runs the steps of the schema that have not been run. Each is run once, even if several
/// processes start at the same moment.
///
/// # Errors
/// Fails if a step fails, or if the database has steps that the program does not know.
pub async fn set_up(db: &Database) -> Result<()> {
    db.migrate(&STEPS).await?;
    Ok(())
}
