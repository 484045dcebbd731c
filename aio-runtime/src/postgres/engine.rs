//! A PostgreSQL database as a backend of the library: opening, routing of requests, closing.

use std::pin::Pin;
use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use super::admission::Unrestricted;
use super::advisory_lock::advisory_lock;
use super::connector::Connector;
use super::driver::PostgresDriver;
use super::inspect::{compare, inspect, schema_of};
use super::listener::Listener;
use super::notify::{check_channel, notify};
use super::options::PostgresOptions;
use crate::dialect::Dialect;
use crate::engine::errors::thread_died;
use crate::engine::waking::shielded;
use crate::engine::{
    AdvisoryLockKind, AdvisoryLockStatements, Backend, Capabilities, Command, DeclaredTable, Lent, Metrics, Opener,
    OpeningConnection, PendingSubscription, Pushed, Queue, Request, Settings, TransactionMode, WantedTable, Worker,
    Workers, name_of, timer,
};
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{Inspect, Schema};

/// The dialect of the statements that the engine runs.
pub(crate) const DIALECT: Dialect = Dialect::Postgres;

/// The maximum number of connections that are opened beside the others, because all of those wait
/// for tasks that read slowly.
const MAX_HELPERS: usize = 4;

type PostgresWorkers = Workers<PostgresDriver, Unrestricted>;

/// A PostgreSQL database, shared by its handles. Closing begins when the last handle is dropped.
pub(crate) struct Engine {
    connector: Arc<Connector>,
    workers: Arc<PostgresWorkers>,
    listener: Arc<Listener>,
}

impl Engine {
    /// Opens a database. One connection is opened and closed again, so that what is wrong with the
    /// address is reported now.
    pub(crate) async fn open(options: PostgresOptions, settings: Settings, lanes: u32) -> Result<Arc<Engine>> {
        timer::start()?;
        let connector = Connector::new(options, settings)?;
        let [shared, explicit] = [true, false].map(|is_shared| opener(&connector, is_shared));
        let workers = Workers::new(&connector.settings, "a connection", MAX_HELPERS, shared, explicit, |_| ());
        let listener = Listener::new(&connector);
        let engine = Arc::new(Engine { connector, workers, listener });
        engine.check().await?;
        for number in 1..=lanes {
            engine.workers.thread_pool.start(name_of(&format!("lane {number}")))?;
        }
        Ok(engine)
    }

    fn begin_closing(&self) {
        // First, so that no thread is started after all have ended.
        self.listener.begin_closing();
        self.workers.begin_closing();
        self.connector.begin_closing();
    }

    /// Checks on a thread of its own, because that blocks, whether a connection can be opened.
    async fn check(&self) -> Result<()> {
        let (ready, opened) = oneshot::channel();
        let connector = Arc::clone(&self.connector);
        let open = move || {
            // If the caller no longer waits, nobody needs the result.
            let patience = connector.options.wait_for_server;
            drop(ready.send(PostgresDriver::open(&connector, true, patience).map(drop)));
        };
        let spawned = thread::Builder::new().name(name_of("opener").to_string()).spawn(open);
        spawned.map_err(|error| Error::new(ErrorKind::Other, "cannot start a thread").with_source(error))?;
        shielded(opened).await.map_err(|_| thread_died())?
    }
}

fn opener(connector: &Arc<Connector>, is_shared: bool) -> Opener<PostgresDriver, Unrestricted> {
    let connector = Arc::clone(connector);
    Arc::new(move |name| {
        let driver = PostgresDriver::open(&connector, is_shared, connector.settings.acquire_timeout)?;
        let meter = connector.meters.add(name);
        Ok(Worker::new(driver, Unrestricted, name, meter, connector.settings.slow_threshold))
    })
}

impl Backend for Engine {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        use TransactionMode::{Deferred, Immediate, ReadOnly, RepeatableRead, Serializable};
        let transaction_modes = &[Immediate, Deferred, ReadOnly, RepeatableRead, Serializable];
        Capabilities { transaction_modes, foreign_keys_off: false }
    }

    fn settings(&self) -> &Settings {
        &self.connector.settings
    }

    fn address(&self) -> String {
        self.connector.options.to_string()
    }

    fn send(&self, request: Request) -> (Arc<Queue>, Pushed) {
        let lanes = &self.workers.thread_pool;
        (Arc::clone(&lanes.queue), lanes.push(request))
    }

    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<OpeningConnection>> + Send + '_>> {
        Box::pin(self.workers.connections.connect())
    }

    fn compare(&self, wanted: WantedTable) -> Lent<Result<Vec<String>>> {
        Lent::new(move |connection: &mut super::connection::Connection| compare(connection, &wanted))
    }

    fn inspect(&self, what: Inspect) -> Lent<Result<Schema>> {
        Lent::new(move |connection: &mut super::connection::Connection| inspect(connection, &what))
    }

    fn schema_of(&self, tables: Vec<DeclaredTable>) -> Lent<Result<Schema>> {
        Lent::new(move |connection: &mut super::connection::Connection| schema_of(connection, tables))
    }

    fn listen(&self, channels: Vec<String>) -> Result<PendingSubscription> {
        channels.iter().try_for_each(|channel| check_channel(channel))?;
        self.listener.listen(&self.workers.threads, channels)
    }

    fn notify(&self, channel: &str, payload: &str) -> Result<Command> {
        notify(channel, payload)
    }

    fn advisory_lock(&self, kind: AdvisoryLockKind) -> Result<AdvisoryLockStatements> {
        Ok(advisory_lock(kind))
    }

    fn check_session(&self) -> Lent<Result<()>> {
        Lent::new(|connection: &mut super::connection::Connection| {
            connection.check_session("advisory locks of a session")
        })
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.begin_closing();
            self.workers.wait_for_end().await;
        })
    }

    fn is_closed(&self) -> bool {
        self.workers.are_closing()
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = Metrics { connections: self.connector.meters.read(), ..Metrics::default() };
        (metrics.groups, metrics.grouped, metrics.largest_group) = self.connector.groups.read();
        (metrics.pipelines, metrics.pipelined, _) = self.connector.pipelines.read();
        (metrics.queued_reads, metrics.longest_read_wait) = self.workers.thread_pool.queue.stats();
        metrics
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.begin_closing();
    }
}
