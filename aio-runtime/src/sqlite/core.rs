//! What the handles of a database share with its threads.

use std::sync::Arc;

use super::admission::{Shared, SqliteAdmission};
use super::connector::{Connector, Role};
use super::gate::Gate;
use super::options::Options;
use super::pool::HELPERS;
use super::reads::Reads;
use super::sqlite_driver::SqliteDriver;
use crate::engine::{Connections, Lanes, Queue, Threads, Workers};

/// A SQLite database: how its connections are opened, and its threads beside the writer.
pub(super) struct Core {
    pub(super) connector: Arc<Connector>,
    pub(super) workers: Arc<Workers<SqliteDriver, SqliteAdmission>>,
}

impl Core {
    pub(super) fn new(options: Options) -> Arc<Core> {
        let gate = (!options.read_only).then(|| Gate::new(options.sqlite.warn_after));
        let settings = options.common.clone();
        let acquire_timeout = settings.acquire_timeout;
        let writer = Queue::shared(acquire_timeout, gate.clone().map(|gate| gate as _));
        let threads = Threads::new({
            let writer = Arc::clone(&writer);
            // The writer ends last: the others may still send it what turned out to write.
            move |left| {
                if left <= 1 {
                    writer.close();
                }
            }
        });
        let reads = Reads::new(if options.read_only { 0 } else { options.sqlite.wal_limit });
        let shared = Shared { gate, writer, reads, counters: Arc::default(), acquire_timeout };
        let connector = Connector::new(options, shared);
        let lanes = Lanes::new(&threads, acquire_timeout, HELPERS as usize, connector.opener(Role::Reader));
        let connections = Connections::new(&threads, &settings, connector.opener(Role::Explicit));
        let close_timeout = settings.close_timeout;
        Arc::new(Core { connector, workers: Arc::new(Workers { threads, lanes, connections, close_timeout }) })
    }

    /// Refuses new requests; the writer's thread ends when it is the last.
    pub(super) fn begin_to_close(&self) {
        if self.workers.begin_to_close() {
            self.connector.shared.reads.let_go(false);
        }
    }
}
