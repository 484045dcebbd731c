//! The state that the handles of a database share with its threads.

use std::sync::Arc;

use super::admission::{Shared, SqliteAdmission};
use super::connector::{Connector, Role};
use super::options::Options;
use super::pool::MAX_HELPERS;
use super::reads::ActiveReads;
use super::sqlite_driver::SqliteDriver;
use super::write_lock::{WRITE_LOCK, WriteLock};
use crate::engine::{Queue, Workers};

/// The connector and the threads of a SQLite database.
pub(super) struct Core {
    pub(super) connector: Arc<Connector>,
    pub(super) workers: Arc<Workers<SqliteDriver, SqliteAdmission>>,
}

impl Core {
    pub(super) fn new(options: Options) -> Arc<Core> {
        let settings = options.common.clone();
        let acquire_timeout = settings.acquire_timeout;
        let write_lock = (!options.read_only).then(|| WriteLock::new(options.sqlite.warn_after));
        let reader_name = "a connection to read with";
        let resource = if write_lock.is_some() { WRITE_LOCK } else { reader_name };
        let writer = Queue::shared(acquire_timeout, resource, write_lock.clone().map(|write_lock| write_lock as _));
        let reads = ActiveReads::new(if options.read_only { 0 } else { options.sqlite.wal_limit });
        let shared = Shared {
            write_lock,
            writer: Arc::clone(&writer),
            reads,
            meters: Arc::default(),
            counters: Arc::default(),
            acquire_timeout,
        };
        let connector = Connector::new(options, shared);
        let [reader, explicit] = [Role::Reader, Role::Explicit].map(|role| connector.opener(role));
        let workers = Workers::new(&settings, reader_name, MAX_HELPERS as usize, reader, explicit, move |remaining| {
            // Close the writer's queue only when no other thread is left, because the others may
            // still forward statements to it.
            if remaining <= 1 {
                writer.close();
            }
        });
        Arc::new(Core { connector, workers })
    }

    /// Begins to close the database: refuses new requests, and lets the reads continue that are
    /// held back. The writer's thread ends after all others.
    pub(super) fn begin_closing(&self) {
        if self.workers.begin_closing() {
            self.connector.shared.reads.resume(false);
        }
    }
}
