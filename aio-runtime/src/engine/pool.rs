//! The threads of one database, and how they start and end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::gate::Gate;
use super::queue::{Queue, closed};
use super::request::{Name, Request};
use super::worker::Worker;
use crate::driver::Driver;
use crate::driver::sqlite::{Options, Pool, SqliteDriver};
use crate::error::{Error, ErrorKind, Result};

/// A database as its handles hold it; closing begins when the last is dropped.
pub(crate) struct Engine {
    core: Arc<Core>,
}

/// What the threads share.
struct Core {
    options: Options,
    pool: Mutex<Option<Pool>>,
    gate: Arc<Gate>,
    writer: Arc<Queue>,
    readers: Arc<Queue>,
    /// The queues of the explicit connections, to close them.
    connections: Mutex<Vec<Weak<Queue>>>,
    slots: Arc<Semaphore>,
    threads: Mutex<usize>,
    thread_ended: Condvar,
    closed: watch::Sender<bool>,
    next_connection: AtomicU64,
}

/// An explicit connection; its thread ends when it is dropped.
pub(crate) struct Link {
    pub(crate) queue: Arc<Queue>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    Reader,
    Connection,
}

type Ready = oneshot::Sender<Result<()>>;

impl Engine {
    /// Opens a database: its writer now, with the error that this gives, its readers when they are needed.
    pub(crate) async fn open(options: Options) -> Result<Arc<Engine>> {
        let readers = options.readers;
        let slots = Arc::new(Semaphore::new(options.connections as usize));
        let core = Arc::new(Core {
            options,
            pool: Mutex::new(None),
            gate: Arc::default(),
            writer: Queue::new(),
            readers: Queue::new(),
            connections: Mutex::default(),
            slots,
            threads: Mutex::new(0),
            thread_ended: Condvar::new(),
            closed: watch::Sender::new(false),
            next_connection: AtomicU64::new(1),
        });
        let engine = Arc::new(Engine { core: Arc::clone(&core) });
        let (ready, opened) = oneshot::channel();
        core.spawn("writer".into(), Role::Writer, Arc::clone(&core.writer), Some(ready), None)?;
        opened.await.map_err(|_| died())??;
        for number in 1..=readers {
            core.spawn(format!("reader {number}"), Role::Reader, Arc::clone(&core.readers), None, None)?;
        }
        Ok(engine)
    }

    pub(crate) fn options(&self) -> &Options {
        &self.core.options
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.core.gate
    }

    pub(crate) fn writer(&self) -> &Arc<Queue> {
        &self.core.writer
    }

    pub(crate) fn readers(&self) -> &Arc<Queue> {
        &self.core.readers
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.core.writer.is_closed()
    }

    /// A connection on a thread of its own.
    pub(crate) async fn connect(&self) -> Result<Link> {
        let slot = Arc::clone(&self.core.slots).acquire_owned().await.map_err(|_| closed())?;
        let queue = Queue::new();
        let link = Link { queue: Arc::clone(&queue) };
        {
            let mut connections = lock(&self.core.connections);
            if self.is_closed() {
                return Err(closed());
            }
            connections.retain(|connection| connection.strong_count() > 0);
            connections.push(Arc::downgrade(&queue));
        }
        let number = self.core.next_connection.fetch_add(1, Ordering::Relaxed);
        let (ready, opened) = oneshot::channel();
        self.core.spawn(format!("connection {number}"), Role::Connection, queue, Some(ready), Some(slot))?;
        opened.await.map_err(|_| died())??;
        Ok(link)
    }

    /// Refuses new work, and waits until what is queued has run and every thread has ended.
    pub(crate) async fn close(&self) {
        let mut closed = self.core.closed.subscribe();
        self.core.begin_close();
        // An error says that the sender is gone, and with it every thread.
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.begin_close();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn died() -> Error {
    Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered")
}

impl Core {
    fn begin_close(&self) {
        self.writer.close();
        self.readers.close();
        self.slots.close();
        for connection in lock(&self.connections).drain(..) {
            if let Some(queue) = connection.upgrade() {
                queue.close();
            }
        }
    }

    fn spawn(
        self: &Arc<Core>,
        what: String,
        role: Role,
        queue: Arc<Queue>,
        ready: Option<Ready>,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Result<()> {
        let name: Name = format!("aio-sql {what}").into();
        *lock(&self.threads) += 1;
        let thread = Thread { core: Arc::clone(self), name, role, queue, _slot: slot };
        let spawned = thread::Builder::new().name(thread.name.to_string()).spawn(move || thread.run(ready));
        spawned.map(drop).map_err(|error| {
            Error::new(ErrorKind::Other, format!("cannot start the thread of the {what}")).with_source(error)
        })
    }

    fn open(&self, role: Role) -> Result<SqliteDriver> {
        let pool = {
            let mut pool = lock(&self.pool);
            match &*pool {
                Some(pool) => pool.clone(),
                None if role == Role::Writer => pool.insert(Pool::open(&self.options)?).clone(),
                None => return Err(closed()),
            }
        };
        pool.check_out(&self.options, role == Role::Reader)
    }
}

/// A connection's thread. Its end is counted however it comes.
struct Thread {
    core: Arc<Core>,
    name: Name,
    role: Role,
    queue: Arc<Queue>,
    /// The slot of an explicit connection among those that the database allows.
    _slot: Option<OwnedSemaphorePermit>,
}

impl Thread {
    fn run(self, ready: Option<Ready>) {
        let mut worker = None;
        if let Some(ready) = ready {
            let result = self.core.open(self.role).map(|driver| worker = Some(self.worker(driver)));
            let failed = result.is_err();
            // Whoever asked for the connection may be gone; the closed queue then ends the thread.
            let _ = ready.send(result);
            if failed {
                return;
            }
        }
        while let Some(request) = self.queue.pop() {
            self.serve(&mut worker, request);
        }
        if let Some(worker) = &mut worker {
            worker.stop();
        }
        if self.role == Role::Writer {
            self.last_work(worker);
        }
    }

    fn serve(&self, worker: &mut Option<Worker<SqliteDriver>>, request: Request) {
        if worker.is_none() {
            match self.core.open(self.role) {
                Ok(driver) => *worker = Some(self.worker(driver)),
                Err(error) => return request.responder.finish(Err(error)),
            }
        }
        if let Some(worker) = worker {
            worker.answer(&self.queue, request);
        }
    }

    fn worker(&self, driver: SqliteDriver) -> Worker<SqliteDriver> {
        let options = &self.core.options;
        Worker {
            driver,
            name: Arc::clone(&self.name),
            gate: (!options.read_only).then(|| Arc::clone(&self.core.gate)),
            patience: options.acquire_timeout,
            writer: (self.role == Role::Reader).then(|| Arc::clone(&self.core.writer)),
            pass: None,
            transactions: Vec::new(),
            dead: None,
        }
    }

    /// The writer ends last: every other connection is closed before it.
    fn last_work(&self, worker: Option<Worker<SqliteDriver>>) {
        let mut threads = lock(&self.core.threads);
        while *threads > 1 {
            threads = self.core.thread_ended.wait(threads).unwrap_or_else(PoisonError::into_inner);
        }
        drop(threads);
        if let Some(mut worker) = worker
            && !self.core.options.read_only
        {
            worker.driver.optimize();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        let lost = thread::panicking() && !self.queue.is_closed();
        if lost && self.role != Role::Connection {
            // Something panicked past the guard of a request. Another thread serves the queue from here on.
            let (what, core) = (self.name.trim_start_matches("aio-sql ").to_owned(), &self.core);
            if core.spawn(what, self.role, Arc::clone(&self.queue), None, None).is_ok() {
                return self.uncount();
            }
        }
        if self.role != Role::Reader {
            self.queue.abandon();
        }
        self.uncount();
        if self.role == Role::Writer {
            self.core.begin_close();
            let pool = lock(&self.core.pool).take();
            if let Some(pool) = pool {
                pool.close();
            }
            self.core.options.remove_temporary();
            self.core.closed.send_replace(true);
        }
    }
}

impl Thread {
    fn uncount(&self) {
        *lock(&self.core.threads) -= 1;
        self.core.thread_ended.notify_all();
    }
}
