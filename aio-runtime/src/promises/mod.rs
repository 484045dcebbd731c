//! Tests of what the library promises for any database, with a fake database.

#![allow(clippy::panic, clippy::unwrap_used)]

mod any_database;
mod backpressure;
mod cancellation;
mod deadlines;
mod failed_transactions;
mod lost_connections;
mod polling;
mod queueing;
mod streams;
mod transactions;
mod wholeness;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::database::{Builder, Database};
use crate::error::{ErrorKind, Result};
use crate::fake::{Answer, DIALECT, Fake, HELPERS, Place, SCHEME, Script};
use crate::statement::query;

/// A timeout that has always passed already.
const NO_TIME: Duration = Duration::ZERO;
/// A timeout that never passes during a test.
const LONG: Duration = Duration::from_secs(3600);

/// Opens a fake database with one thread in its pool and default settings.
async fn open() -> (Database, Arc<Script>) {
    open_with(1, |builder| builder).await
}

/// Opens a fake database with `threads` threads in its pool and other settings.
async fn open_with(threads: usize, set: impl FnOnce(Builder) -> Builder) -> (Database, Arc<Script>) {
    let db = set(Database::builder(format!("{SCHEME}{threads}"))).open().await.unwrap();
    let script = Fake::script(db.backend());
    (db, script)
}

fn kind<T: Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind().clone()
}
