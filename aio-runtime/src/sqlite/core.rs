//! What the handles of a database share with its threads.

use std::sync::Arc;

use super::admission::{Shared, SqliteAdmission};
use super::connector::{Connector, Role};
use super::gate::{Gate, RIGHT_TO_WRITE};
use super::options::Options;
use super::pool::HELPERS;
use super::reads::Reads;
use super::sqlite_driver::SqliteDriver;
use crate::engine::{Queue, Workers};

/// A SQLite database: how its connections are opened, and its threads beside the writer.
pub(super) struct Core {
    pub(super) connector: Arc<Connector>,
    pub(super) workers: Arc<Workers<SqliteDriver, SqliteAdmission>>,
}

impl Core {
    pub(super) fn new(options: Options) -> Arc<Core> {
        let settings = options.common.clone();
        let acquire_timeout = settings.acquire_timeout;
        let gate = (!options.read_only).then(|| Gate::new(options.sqlite.warn_after));
        let to_read = "a connection to read with";
        let awaited = if gate.is_some() { RIGHT_TO_WRITE } else { to_read };
        let writer = Queue::shared(acquire_timeout, awaited, gate.clone().map(|gate| gate as _));
        let reads = Reads::new(if options.read_only { 0 } else { options.sqlite.wal_limit });
        let shared = Shared {
            gate,
            writer: Arc::clone(&writer),
            reads,
            meters: Arc::default(),
            counters: Arc::default(),
            acquire_timeout,
        };
        let connector = Connector::new(options, shared);
        let [reader, explicit] = [Role::Reader, Role::Explicit].map(|role| connector.opener(role));
        let workers = Workers::new(&settings, to_read, HELPERS as usize, reader, explicit, move |left| {
            // The writer ends last: the others may still send it what turned out to write.
            if left <= 1 {
                writer.close();
            }
        });
        Arc::new(Core { connector, workers })
    }

    /// Refuses new requests; the writer's thread ends when it is the last.
    pub(super) fn begin_to_close(&self) {
        if self.workers.begin_to_close() {
            self.connector.shared.reads.let_go(false);
        }
    }
}
