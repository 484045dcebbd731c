//! A database that does what a script says, for the tests of what the library does with any
//! database.
//!
//! Only the driver is made up. It is run by the engine's worker, on the engine's threads.

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
    Backend, Capabilities, Lent, Link, Metrics, Opener, Pushed, Queue, Request, Settings, TransactionMode, WantedTable,
    Worker, Workers, name_of, timer,
};
use crate::error::Result;
use admission::Unrestricted;
pub(crate) use answer::Answer;
use driver::FakeDriver;
pub(crate) use gate::{Gate, Place};
pub(crate) use script::Script;

/// The SQL that it speaks.
pub(crate) const DIALECT: Dialect = Dialect::Postgres;

/// The modes in which its transactions can begin.
const TRANSACTION_MODES: &[TransactionMode] = &[TransactionMode::Immediate];

/// What its addresses begin with; the number of threads that share its queue follows, one unless
/// it does.
pub(crate) const SCHEME: &str = "fake:";

/// How many threads may help those that share the queue.
pub(crate) const HELPERS: usize = 4;

/// The time after which a statement is called slow.
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
        let lanes = address.trim_start_matches(SCHEME).parse().unwrap_or(1);
        for number in 1..=lanes {
            workers.lanes.start(name_of(&format!("lane {number}")))?;
        }
        Ok(Fake { settings, workers, script })
    }

    /// Returns the script of a database that is fake.
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
        Capabilities { transaction_modes: TRANSACTION_MODES, foreign_keys_off: false }
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn address(&self) -> String {
        SCHEME.to_owned()
    }

    fn send(&self, request: Request) -> (Arc<Queue>, Pushed) {
        let lanes = &self.workers.lanes;
        (Arc::clone(&lanes.queue), lanes.push(request))
    }

    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<Link>> + Send + '_>> {
        Box::pin(self.workers.connections.connect())
    }

    fn compare(&self, _: WantedTable) -> Lent<Result<Vec<String>>> {
        Lent::new(|_: &mut ()| Ok(Vec::new()))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.workers.begin_to_close();
            self.workers.end().await;
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
        self.workers.begin_to_close();
    }
}
