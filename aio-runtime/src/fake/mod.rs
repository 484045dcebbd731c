//! A scripted database, for tests of the behaviour that the library has with every database.
//!
//! Only the driver is fake. It is run by the engine's worker on the engine's threads.

#![allow(clippy::unwrap_used)]

mod admission;
mod answer;
mod driver;
mod gate;
mod script;

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::dialect::Dialect;
use crate::engine::metrics::Meters;
use crate::engine::{
    Backend, Capabilities, DeclaredTable, Destination, Lent, Metrics, Opener, OpeningConnection, Pushed, Queue,
    Request, Settings, TransactionMode, WantedTable, Worker, Workers, name_of, timer,
};
use crate::error::Result;
use crate::inspect::{Inspect, Schema};
use admission::Unrestricted;
pub(crate) use answer::Answer;
use driver::FakeDriver;
pub(crate) use gate::{Gate, Place};
pub(crate) use script::Script;

/// The dialect of the fake database's SQL.
pub(crate) const DIALECT: Dialect = Dialect::Postgres;

/// The modes in which a transaction of the fake database can begin.
const TRANSACTION_MODES: &[TransactionMode] = &[TransactionMode::Immediate];

/// The prefix of a fake database's address. The number of threads in its thread pool follows; it
/// is 1 if it is left out.
pub(crate) const SCHEME: &str = "fake:";

/// The maximum number of helper threads.
pub(crate) const HELPERS: usize = 4;

/// The time after which a statement is reported as slow; longer than any test.
const SLOW: Duration = Duration::from_secs(3600);

pub(crate) struct Fake {
    settings: Settings,
    workers: Arc<Workers<FakeDriver, Unrestricted>>,
    script: Arc<Script>,
}

impl Fake {
    pub(crate) fn open(address: &str, settings: Settings) -> Result<Fake> {
        timer::start()?;
        let script = Arc::<Script>::default();
        let (scripted, meters) = (Arc::clone(&script), Arc::<Meters>::default());
        let open: Opener<FakeDriver, Unrestricted> = Arc::new(move |name| {
            let driver = FakeDriver::open(&scripted)?;
            Ok(Worker::new(driver, Unrestricted, name, meters.add(name), SLOW))
        });
        let workers = Workers::new(&settings, "a connection", HELPERS, Arc::clone(&open), open, |_| ());
        let thread_pool = address.trim_start_matches(SCHEME).parse().unwrap_or(1);
        for number in 1..=thread_pool {
            workers.thread_pool.start(name_of(&format!("lane {number}")))?;
        }
        Ok(Fake { settings, workers, script })
    }

    /// Returns the script of a fake database. Panics if the backend is another database.
    pub(crate) fn script(backend: &dyn Backend) -> Arc<Script> {
        let backend: &dyn Any = backend;
        Arc::clone(&backend.downcast_ref::<Fake>().unwrap().script)
    }
}

impl Backend for Fake {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { transaction_modes: TRANSACTION_MODES, foreign_keys_off: false, session_settings: true }
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn address(&self) -> String {
        SCHEME.to_owned()
    }

    fn send(&self, request: Request, _: Destination) -> (Arc<Queue>, Pushed) {
        let thread_pool = &self.workers.thread_pool;
        (Arc::clone(&thread_pool.queue), thread_pool.push(request))
    }

    fn connect(&self, _: Destination) -> Pin<Box<dyn Future<Output = Result<OpeningConnection>> + Send + '_>> {
        Box::pin(self.workers.connections.connect())
    }

    fn compare(&self, _: WantedTable) -> Lent<Result<Vec<String>>> {
        Lent::new(|_: &mut ()| Ok(Vec::new()))
    }

    fn inspect(&self, _: Inspect) -> Lent<Result<Schema>> {
        Lent::new(|_: &mut ()| Ok(Schema::empty(DIALECT)))
    }

    fn schema_of(&self, _: Vec<DeclaredTable>) -> Lent<Result<Schema>> {
        Lent::new(|_: &mut ()| Ok(Schema::empty(DIALECT)))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.workers.begin_closing();
            self.workers.wait_for_end().await;
        })
    }

    fn is_closed(&self) -> bool {
        self.workers.are_closing()
    }

    fn metrics(&self) -> Metrics {
        Metrics::default()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.workers.begin_closing();
    }
}
