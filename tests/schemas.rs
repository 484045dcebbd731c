//! Tables in schemas: of PostgreSQL, and of files that are attached to a SQLite database.

#[path = "schemas/comments.rs"]
mod comments;
#[path = "schemas/definitions.rs"]
mod definitions;
#[path = "schemas/errors.rs"]
mod errors;
#[path = "schemas/same_names.rs"]
mod same_names;
#[path = "schemas/statements.rs"]
mod statements;

use std::ops::Deref;

use aio_sql::{Database, Dialect, Result};
use tokio::sync::{Mutex, MutexGuard};

/// A database with schemas that no other test uses at the same time.
struct Schemas {
    db: Database,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Schemas {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.db
    }
}

/// Returns a database with these schemas: the given one, in which they do not exist yet, or for
/// SQLite another one in memory, to which files in memory are attached.
///
/// The tests share one database of a server, and their structs have constant schemas. So one of
/// these tests runs at a time.
async fn with_schemas(db: Database, schemas: &[&str]) -> Result<Schemas> {
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let db = match db.dialect() {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => {
            let builder = Database::builder(":memory:");
            schemas.iter().fold(builder, |builder, schema| builder.attach(*schema, ":memory:")).open().await?
        }
        _ => {
            for schema in schemas {
                db.execute_script(&format!("drop schema if exists \"{schema}\" cascade")).await?;
            }
            db
        }
    };
    Ok(Schemas { db, _turn: turn })
}
