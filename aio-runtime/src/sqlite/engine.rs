//! A SQLite database as a backend of the library: opening, routing of requests, closing.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::oneshot;

use super::Raw;
use super::backup::BackupFile;
use super::core::Core;
use super::inspect::{compare, inspect, schema_of};
use super::options::Options;
use super::replay::recognize;
use super::writer;
use crate::dialect::Dialect;
use crate::engine::errors::thread_died;
use crate::engine::waking::shielded;
use crate::engine::{
    Access, Backend, Capabilities, Command, DeclaredTable, Destination, Lent, Metrics, OpeningConnection, Pushed,
    Queue, Recognized, ReplayedStep, Request, Settings, TransactionMode, WantedTable, name_of, timer,
};
use crate::error::{Error, ErrorKind, Result};
use crate::inspect::{Inspect, Schema};
use crate::sql::changes_rows;

/// The dialect of the statements that the engine runs.
pub(crate) const DIALECT: Dialect = Dialect::Sqlite;

/// A SQLite database, shared by its handles. Closing begins when the last handle is dropped.
pub(crate) struct Engine {
    core: Arc<Core>,
}

impl Engine {
    /// Opens a database. The connection of the writer is opened now, so that its error is
    /// returned. Each reader opens its connection for its first request.
    pub(crate) async fn open(mut options: Options) -> Result<Arc<Engine>> {
        timer::start()?;
        if options.is_in_memory {
            options = with_temporary(options).await?;
        }
        let readers = options.sqlite.readers;
        let engine = Arc::new(Engine { core: Core::new(options) });
        let core = &engine.core;
        let (ready, opened) = oneshot::channel();
        writer::start(core, Some(ready))?;
        shielded(opened).await.map_err(|_| thread_died())??;
        for number in 1..=readers {
            core.workers.thread_pool.start(name_of(&format!("reader {number}")))?;
        }
        Ok(engine)
    }

    pub(crate) fn options(&self) -> &Options {
        &self.core.connector.options
    }
}

impl Backend for Engine {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn capabilities(&self) -> Capabilities {
        use TransactionMode::{Deferred, Exclusive, Immediate, ReadOnly, RepeatableRead, Serializable};
        let transaction_modes = &[Immediate, Deferred, RepeatableRead, Serializable, Exclusive, ReadOnly];
        Capabilities { transaction_modes, foreign_keys_off: true, session_settings: true }
    }

    fn settings(&self) -> &Settings {
        &self.options().common
    }

    fn address(&self) -> String {
        self.options().path.display().to_string()
    }

    fn send(&self, request: Request, _: Destination) -> (Arc<Queue>, Pushed) {
        // A reader refuses what writes.
        if request.only_reads || may_read(&request.command) {
            let readers = &self.core.workers.thread_pool;
            return (Arc::clone(&readers.queue), readers.push(request));
        }
        let writer = &self.core.connector.shared.writer;
        (Arc::clone(writer), writer.push(request))
    }

    fn connect(&self, _: Destination) -> Pin<Box<dyn Future<Output = Result<OpeningConnection>> + Send + '_>> {
        Box::pin(self.core.workers.connections.connect())
    }

    fn backup(&self, to: &Path, stopped: Arc<AtomicBool>) -> Result<Lent<Result<()>>> {
        let copy = BackupFile::begin(to, &self.options().path)?;
        Ok(Lent::new(move |raw: &mut Raw| copy.write(raw, |_| !stopped.load(Ordering::Relaxed))))
    }

    fn recognize(&self, steps: Vec<ReplayedStep>) -> Option<Lent<Result<Recognized>>> {
        let options = self.options().clone();
        Some(Lent::new(move |raw: &mut Raw| recognize(raw, &options, &steps)))
    }

    fn compare(&self, wanted: WantedTable) -> Lent<Result<Vec<String>>> {
        let options = self.options().clone();
        Lent::new(move |raw: &mut Raw| compare(raw, &options, &wanted))
    }

    fn inspect(&self, what: Inspect) -> Lent<Result<Schema>> {
        Lent::new(move |raw: &mut Raw| inspect(raw, &what))
    }

    fn schema_of(&self, tables: Vec<DeclaredTable>) -> Lent<Result<Schema>> {
        Lent::new(move |_: &mut Raw| schema_of(tables))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.core.begin_closing();
            self.core.workers.wait_for_end().await;
        })
    }

    fn is_closed(&self) -> bool {
        self.core.workers.are_closing()
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        let shared = &self.core.connector.shared;
        shared.counters.read(&mut metrics);
        metrics.connections = shared.meters.read();
        (metrics.queued_writes, metrics.longest_write_wait) = shared.writer.stats();
        (metrics.queued_reads, metrics.longest_read_wait) = self.core.workers.thread_pool.queue.stats();
        metrics
    }
}

/// Returns whether a request is sent to a reader. A raw statement is sent to a reader unless its
/// first word says that it changes rows: the reader prepares it, and forwards it to the writer if
/// it turns out to write. So a statement that does not compile fails without waiting for the
/// writer.
fn may_read(command: &Command) -> bool {
    match command {
        Command::Statement { access: Access::Unknown, text, .. } => !changes_rows(text),
        Command::Steps(steps) => steps.iter().all(|step| may_read(&step.command)),
        command => command.reads(),
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.begin_closing();
        // Removes the files of an in-memory database. The last thread removes them too, but the
        // process may end before that thread does, and the files would then occupy memory until
        // another process removes them.
        self.options().remove_temporary();
    }
}

/// Creates the directory of an in-memory database, on a thread of its own, because this may block.
async fn with_temporary(mut options: Options) -> Result<Options> {
    let (made, options_with_path) = oneshot::channel();
    let make = move || {
        let result = options.make_temporary().map(|()| options);
        // If the caller no longer waits, the options are dropped, which removes the directory
        // again.
        let _ = made.send(result);
    };
    let spawned = thread::Builder::new().name(name_of("opener").to_string()).spawn(make);
    spawned.map_err(|error| Error::new(ErrorKind::Other, "cannot start a thread").with_source(error))?;
    shielded(options_with_path).await.map_err(|_| thread_died())?
}
