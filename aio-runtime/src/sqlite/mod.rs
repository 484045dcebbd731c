//! SQLite, through rusqlite: one writer and several readers, each with a connection on a thread of
//! its own.
//!
//! An [`Engine`] starts the threads. A [`Worker`](crate::engine::Worker) answers the requests that
//! a thread takes, through its [`SqliteDriver`], as its
//! [`SqliteAdmission`](admission::SqliteAdmission) lets it; whoever writes holds the
//! [`Gate`](gate::Gate).

mod admission;
mod backup;
mod check;
mod checkpoint;
mod conflict;
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
mod full;
mod function;
pub(crate) mod gate;
mod group;
mod guard;
mod hooks;
mod identity;
mod limits;
mod math;
mod memory_folder;
mod options;
mod pool;
mod pragmas;
mod reading;
mod reads;
#[cfg(feature = "regexp")]
mod regexp;
mod set_up;
mod shape;
mod sqlite_driver;
mod target;
mod temporary;
#[cfg(feature = "unicode")]
mod unicode;
#[cfg(feature = "tracing")]
mod warnings;
mod watch;
mod words;
mod writer;

pub(crate) use backup::Copy;
pub(crate) use check::check;
use checkpoint::Checkpoint;
pub(crate) use checkpoint::WriteLog;
pub use copy::BackupProgress;
pub(crate) use engine::Engine;
pub(crate) use function::{Callers, aggregate, scalar};
pub use options::Durability;
pub(crate) use options::{Options, SCHEMES, Settings};
pub(crate) use reads::Restart;

use driver::{FileCheck, Log, SqliteConnection};

/// The warnings of a build without `tracing`.
#[cfg(not(feature = "tracing"))]
mod warnings {
    use std::panic::Location;
    use std::time::Duration;

    pub(super) fn held_long(_: &str, _: &Location<'_>, _: Duration, _: usize) {}

    pub(super) fn log_cannot_be_begun_anew(_: &str, _: Duration, _: u64) {}
}

/// The connection that `run` lends to the user's code.
pub(crate) type Raw = rusqlite::Connection;

/// Adds the functions that a feature brings to a connection.
fn add_functions_of_features(_raw: &Raw) -> rusqlite::Result<()> {
    #[cfg(feature = "regexp")]
    regexp::add_function(_raw)?;
    #[cfg(feature = "unicode")]
    unicode::add_to(_raw)?;
    Ok(())
}
