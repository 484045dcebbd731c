//! SQLite, through rusqlite: one writer and several readers, each with a connection on its own
//! thread.
//!
//! An [`Engine`] starts the threads. On each thread a [`Worker`](crate::engine::Worker) runs
//! requests on a [`SqliteDriver`]; a [`SqliteAdmission`](admission::SqliteAdmission) decides when,
//! and takes the [`WriteLock`](write_lock::WriteLock) before a write.

mod admission;
mod attached;
mod backup;
mod callbacks;
mod check;
mod checkpoint;
mod connector;
mod copy;
mod core;
mod counters;
mod decimal;
mod driver;
mod engine;
mod error;
#[cfg(test)]
mod failing_driver;
mod foreign_keys;
mod full_disk;
mod function;
mod group;
mod guard;
mod hooks;
mod identity;
mod inspect;
mod limits;
mod math;
mod memory_folder;
mod messages;
mod options;
mod pool;
mod pragmas;
mod reads;
mod rebuild;
#[cfg(feature = "regexp")]
mod regexp;
mod replay;
mod set_up;
mod sqlite_driver;
mod statement_text;
mod target;
mod temporary;
#[cfg(feature = "unicode")]
mod unicode;
mod upsert;
#[cfg(feature = "tracing")]
mod warnings;
pub(crate) mod write_lock;
mod writer;

pub(crate) use backup::BackupFile;
pub(crate) use check::check;
use checkpoint::Checkpoint;
pub(crate) use checkpoint::CheckpointCommand;
pub use copy::BackupProgress;
pub(crate) use engine::{DIALECT, Engine};
pub(crate) use function::{Callers, aggregate, scalar};
pub(crate) use inspect::{differences, schema_of};
pub use options::Durability;
pub(crate) use options::{Options, SCHEMES, Settings};
pub(crate) use reads::Restart;

use driver::{FileCheck, Log, SqliteConnection};

/// The warnings in a build without `tracing`, where they do nothing.
#[cfg(not(feature = "tracing"))]
mod warnings {
    use std::panic::Location;
    use std::time::Duration;

    pub(super) fn write_lock_held(_: &str, _: &Location<'_>, _: Duration, _: usize) {}

    pub(super) fn log_cannot_restart(_: &str, _: Duration, _: u64) {}
}

/// The connection that `run` lends to the user's closure.
pub(crate) type Raw = rusqlite::Connection;

/// Registers the SQL functions of the enabled Cargo features on a connection.
fn add_functions_of_features(_raw: &Raw) -> rusqlite::Result<()> {
    #[cfg(feature = "regexp")]
    regexp::add_function(_raw)?;
    #[cfg(feature = "unicode")]
    unicode::add_to(_raw)?;
    Ok(())
}
