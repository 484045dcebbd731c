//! A PostgreSQL database as a backend of the library: opening, routing of requests, closing.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::admission::Unrestricted;
use super::advisory_lock::advisory_lock;
use super::connector::Connector;
use super::driver::PostgresDriver;
use super::inspect::{compare, inspect, schema_of};
use super::listener::Listener;
use super::notify::{check_channel, notify};
use super::options::PostgresOptions;
use super::read_route::{ReadRoute, Route};
use crate::dialect::Dialect;
use crate::engine::errors::thread_died;
use crate::engine::waking::shielded;
use crate::engine::{
    AdvisoryLockKind, AdvisoryLockStatements, Backend, Capabilities, Command, DeclaredTable, Destination, Lent,
    Metrics, Opener, OpeningConnection, PendingSubscription, Pushed, Queue, ReplicaStatus, Request, Settings,
    TransactionMode, WantedTable, Worker, Workers, name_of, timer,
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
    /// What reads on the replicas; `None` if the database has none.
    readers: Option<Readers>,
}

/// The threads whose connections only read, on the replicas.
struct Readers {
    route: Arc<ReadRoute>,
    workers: Arc<PostgresWorkers>,
}

/// The replicas of a database.
pub(crate) struct ReplicaOptions {
    /// The options of each.
    pub(crate) replicas: Vec<PostgresOptions>,
    /// How far one may be behind; `None` for any lag.
    pub(crate) max_lag: Option<Duration>,
    /// The number of threads that share a queue.
    pub(crate) lanes: u32,
    /// The maximum number of transactions.
    pub(crate) connections: u32,
}

impl Engine {
    /// Opens a database. One connection is opened and closed again, so that what is wrong with the
    /// address is reported now.
    pub(crate) async fn open(
        options: PostgresOptions,
        settings: Settings,
        lanes: u32,
        replicas: ReplicaOptions,
    ) -> Result<Arc<Engine>> {
        timer::start()?;
        let connector = Connector::new(options, settings)?;
        let workers = workers(&connector, &connector.settings, &Route::Primary(Arc::clone(&connector)));
        let reader_lanes = replicas.lanes;
        let readers = (!replicas.replicas.is_empty()).then(|| Readers::new(&connector, replicas));
        let listener = Listener::new(&connector);
        let engine = Arc::new(Engine { connector, workers, listener, readers });
        engine.check().await?;
        for number in 1..=lanes {
            engine.workers.thread_pool.start(name_of(&format!("lane {number}")))?;
        }
        if let Some(readers) = &engine.readers {
            for number in 1..=reader_lanes {
                readers.workers.thread_pool.start(name_of(&format!("replica lane {number}")))?;
            }
        }
        Ok(engine)
    }

    /// Checks on a thread of its own, because that blocks, whether a connection can be opened.
    async fn check(&self) -> Result<()> {
        let route = Route::Primary(Arc::clone(&self.connector));
        let patience = self.connector.options.wait_for_server;
        let opened = on_thread("opener", move || PostgresDriver::open(&route, true, patience).map(drop))?;
        shielded(opened).await.map_err(|_| thread_died())?
    }

    /// Calls `act` for the threads of the primary and for those of the replicas.
    fn each_workers(&self, act: impl Fn(&Arc<PostgresWorkers>)) {
        act(&self.workers);
        self.readers.iter().for_each(|readers| act(&readers.workers));
    }

    fn workers(&self, to: Destination) -> &Arc<PostgresWorkers> {
        match &self.readers {
            Some(readers) if to == Destination::Replica => &readers.workers,
            _ => &self.workers,
        }
    }

    fn begin_closing(&self) {
        // First, so that no thread is started after all have ended.
        self.listener.begin_closing();
        self.each_workers(|workers| {
            workers.begin_closing();
        });
        self.connector.begin_closing();
        self.readers.iter().for_each(|readers| readers.route.begin_closing());
    }
}

impl Readers {
    fn new(primary: &Arc<Connector>, options: ReplicaOptions) -> Readers {
        let ReplicaOptions { replicas, max_lag, connections, .. } = options;
        let connectors = replicas.into_iter().map(|options| primary.of_replica(options)).collect();
        let route = Arc::new(ReadRoute::new(primary, connectors, max_lag));
        let settings = Settings { connections, ..primary.settings.clone() };
        let workers = workers(primary, &settings, &Route::Reads(Arc::clone(&route)));
        Readers { route, workers }
    }
}

/// Calls a function on a thread of its own, because it blocks. If the caller no longer waits for
/// the result, nobody needs it.
fn on_thread<T: Send + 'static>(name: &str, call: impl FnOnce() -> T + Send + 'static) -> Result<oneshot::Receiver<T>> {
    let (ready, result) = oneshot::channel();
    let spawned = thread::Builder::new().name(name_of(name).to_string()).spawn(move || drop(ready.send(call())));
    spawned.map_err(|error| Error::new(ErrorKind::Other, "cannot start a thread").with_source(error))?;
    Ok(result)
}

fn workers(primary: &Arc<Connector>, settings: &Settings, route: &Route) -> Arc<PostgresWorkers> {
    let [shared, explicit] = [true, false].map(|is_shared| opener(primary, route, is_shared));
    Workers::new(settings, "a connection", MAX_HELPERS, shared, explicit, |_| ())
}

fn opener(primary: &Arc<Connector>, route: &Route, is_shared: bool) -> Opener<PostgresDriver, Unrestricted> {
    let (primary, route) = (Arc::clone(primary), route.clone());
    Arc::new(move |name| {
        let driver = PostgresDriver::open(&route, is_shared, primary.settings.acquire_timeout)?;
        let meter = primary.meters.add(name);
        Ok(Worker::new(driver, Unrestricted, name, meter, primary.settings.slow_threshold))
    })
}

impl Backend for Engine {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        use TransactionMode::{Deferred, Immediate, ReadOnly, RepeatableRead, Serializable};
        let transaction_modes = &[Immediate, Deferred, ReadOnly, RepeatableRead, Serializable];
        let session_settings = !self.connector.is_pooled.load(Ordering::Acquire);
        Capabilities { transaction_modes, foreign_keys_off: false, session_settings }
    }

    fn settings(&self) -> &Settings {
        &self.connector.settings
    }

    fn address(&self) -> String {
        self.connector.options.to_string()
    }

    fn send(&self, request: Request, to: Destination) -> (Arc<Queue>, Pushed) {
        let lanes = &self.workers(to).thread_pool;
        (Arc::clone(&lanes.queue), lanes.push(request))
    }

    fn connect(&self, to: Destination) -> Pin<Box<dyn Future<Output = Result<OpeningConnection>> + Send + '_>> {
        Box::pin(self.workers(to).connections.connect())
    }

    fn replicas(&self) -> Pin<Box<dyn Future<Output = Vec<ReplicaStatus>> + Send + '_>> {
        let route = self.readers.as_ref().map(|readers| &readers.route);
        // They are asked at the same time.
        let asked =
            route.into_iter().flat_map(|route| (0..route.count()).map(move |number| (number, Arc::clone(route))));
        let asked: Vec<_> =
            asked.map(|(number, route)| on_thread("replica status", move || route.status(number))).collect();
        Box::pin(async {
            let mut statuses = Vec::with_capacity(asked.len());
            for asked in asked.into_iter().flatten() {
                statuses.extend(shielded(asked).await.ok().flatten());
            }
            statuses
        })
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
            if let Some(readers) = &self.readers {
                readers.workers.wait_for_end().await;
            }
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
        if let Some(Readers { route, workers }) = &self.readers {
            let (queued, longest_wait) = workers.thread_pool.queue.stats();
            metrics.queued_reads += queued;
            metrics.longest_read_wait = metrics.longest_read_wait.max(longest_wait);
            (metrics.replica_reads, metrics.replica_fallbacks) = route.replicas().totals();
        }
        metrics
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.begin_closing();
    }
}
