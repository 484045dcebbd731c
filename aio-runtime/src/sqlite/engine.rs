//! The threads of one database, and how they start and end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::admission::{Shared, SqliteAdmission};
use super::gate::Gate;
use super::group;
use super::options::Options;
use super::pool::{HELPERS, Pool};
use super::reads::Reads;
use super::shape::compare;
use super::sqlite_driver::SqliteDriver;
use super::{Raw, SqliteConnection};
use crate::caught::caught;
use crate::dialect::Dialect;
use crate::engine::job::Stalls;
use crate::engine::metrics::Metrics;
use crate::engine::queue::{Next, Pushed, Queue, closed};
use crate::engine::request::{Name, Request};
use crate::engine::timer::{self, Alarm};
use crate::engine::waking::shielded;
use crate::engine::{Access, Backend, Command, Lent, Link, Settings, Worker, panicked};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::changes_rows;

/// How long the thread of an explicit connection waits for the next one.
const LINGER: Duration = Duration::from_secs(5);

/// The time that a request has for a thread to take it, though the database is told to wait for
/// nobody.
const LEAST: Duration = Duration::from_millis(100);

/// How often it is looked, after the time for closing is over, for what began since.
const AGAIN: Duration = Duration::from_millis(50);

/// A SQLite database as its handles hold it; closing begins when the last is dropped.
pub(crate) struct Engine {
    core: Arc<Core>,
}

/// What the threads share.
struct Core {
    options: Options,
    pool: Mutex<Option<Pool>>,
    shared: Shared,
    readers: Arc<Queue>,
    /// The explicit connections, to close them and to say who has them.
    connections: Mutex<Vec<InUse>>,
    slots: Arc<Semaphore>,
    /// Threads of explicit connections that wait for the next one.
    parked: Mutex<Vec<Arc<Parked>>>,
    threads: Mutex<usize>,
    helpers: AtomicUsize,
    closing: AtomicBool,
    closed: watch::Sender<bool>,
    next_connection: AtomicU64,
}

/// An explicit connection that is in use.
struct InUse {
    queue: Weak<Queue>,
    name: Name,
    since: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    Reader,
    /// A reader for a while.
    Helper,
    Connection,
}

type SqliteWorker = Worker<SqliteDriver, SqliteAdmission>;

type Ready = oneshot::Sender<Result<()>>;

/// What a thread of an explicit connection is to serve.
struct Assignment {
    queue: Arc<Queue>,
    ready: Ready,
    /// The slot among those that the database allows.
    slot: OwnedSemaphorePermit,
}

/// A thread that waits for its next explicit connection.
struct Parked {
    name: Name,
    assigned: Mutex<Option<Assignment>>,
    called: Condvar,
}

impl Engine {
    /// Opens a database: its writer now, with the error that this gives, its readers when they are
    /// needed.
    pub(crate) async fn open(mut options: Options) -> Result<Arc<Engine>> {
        timer::start()?;
        if options.is_in_memory {
            options = with_temporary(options).await?;
        }
        let readers = options.sqlite.readers;
        let gate = (!options.read_only).then(|| Gate::new(options.sqlite.warn_after));
        let patience = options.common.acquire_timeout;
        let core = Arc::new(Core {
            shared: Shared {
                writer: Queue::new(Some(patience.max(LEAST)), gate.clone().map(|gate| gate as _)),
                gate,
                reads: Reads::new(if options.read_only { 0 } else { options.sqlite.wal_limit }),
                counters: Arc::default(),
                acquire_timeout: patience,
            },
            readers: Queue::new(Some(patience.max(LEAST)), None),
            slots: Arc::new(Semaphore::new(options.common.connections as usize)),
            options,
            pool: Mutex::new(None),
            connections: Mutex::default(),
            parked: Mutex::default(),
            threads: Mutex::new(0),
            helpers: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
            closed: watch::Sender::new(false),
            next_connection: AtomicU64::new(1),
        });
        let engine = Arc::new(Engine { core: Arc::clone(&core) });
        let (ready, opened) = oneshot::channel();
        core.spawn("writer".into(), Role::Writer, Arc::clone(&core.shared.writer), Some(ready), None)?;
        shielded(opened).await.map_err(|_| died())??;
        for number in 1..=readers {
            core.spawn(format!("reader {number}"), Role::Reader, Arc::clone(&core.readers), None, None)?;
        }
        Ok(engine)
    }

    pub(crate) fn options(&self) -> &Options {
        &self.core.options
    }

    /// Queues a request for a reader.
    fn push_read(&self, request: Request) -> Pushed {
        let pushed = self.core.readers.push(request);
        if pushed == Pushed::Stalled {
            self.core.help_readers();
        }
        pushed
    }

    async fn link(&self) -> Result<Link> {
        let core = &self.core;
        let patience = core.options.common.acquire_timeout;
        let slot = Arc::clone(&core.slots).acquire_owned();
        let slot = timer::within(timer::after(Instant::now(), patience), slot).await;
        let slot = slot.ok_or_else(|| core.all_in_use(patience))?.map_err(|_| closed())?;
        let queue = Queue::new(None, core.shared.gate.clone().map(|gate| gate as _));
        let link = Link { queue: Arc::clone(&queue) };
        let (ready, opened) = oneshot::channel();
        let parked = lock(&core.parked).pop();
        let name = match &parked {
            Some(parked) => Arc::clone(&parked.name),
            None => name_of(&format!("connection {}", core.next_connection.fetch_add(1, Ordering::Relaxed))),
        };
        {
            let mut connections = lock(&core.connections);
            if self.is_closed() {
                if let Some(parked) = parked {
                    parked.end();
                }
                return Err(closed());
            }
            connections.retain(|connection| connection.queue.strong_count() > 0);
            connections.push(InUse { queue: Arc::downgrade(&queue), name: Arc::clone(&name), since: Instant::now() });
        }
        match parked {
            Some(parked) => parked.assign(Assignment { queue, ready, slot }),
            None => {
                let what = name.trim_start_matches(PREFIX).to_owned();
                core.spawn(what, Role::Connection, queue, Some(ready), Some(slot))?;
            }
        }
        opened.await.map_err(|_| if self.is_closed() { closed() } else { died() })??;
        Ok(link)
    }
}

impl Backend for Engine {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn settings(&self) -> &Settings {
        &self.core.options.common
    }

    fn address(&self) -> String {
        self.core.options.path.display().to_string()
    }

    fn send(&self, request: Request) -> (Arc<Queue>, Pushed) {
        if may_read(&request.command) {
            return (Arc::clone(&self.core.readers), self.push_read(request));
        }
        let writer = &self.core.shared.writer;
        (Arc::clone(writer), writer.push(request))
    }

    fn connect(&self) -> Pin<Box<dyn Future<Output = Result<Link>> + Send + '_>> {
        Box::pin(shielded(self.link()))
    }

    fn compare(&self, table: &'static str, ddl: Vec<String>, implied: Vec<String>) -> Lent<Result<Vec<String>>> {
        Lent::new(move |raw: &mut Raw| compare(raw, table, &ddl, &implied))
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let mut closed = self.core.closed.subscribe();
            self.core.begin_close();
            // An error says that the sender is gone, and with it every thread.
            let _ = shielded(closed.wait_for(|closed| *closed)).await;
        })
    }

    fn is_closed(&self) -> bool {
        self.core.closing.load(Ordering::Acquire)
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = Metrics::default();
        self.core.shared.counters.read(&mut metrics);
        (metrics.queued_writes, metrics.longest_write_wait) = self.core.shared.writer.figures();
        (metrics.queued_reads, metrics.longest_read_wait) = self.core.readers.figures();
        metrics
    }
}

/// Whether a request can go to a reader. A raw statement goes there unless its first word says
/// that it changes rows: it is compiled there, and goes on to the writer if it turns out to write.
/// What is refused then has waited for nobody.
fn may_read(command: &Command) -> bool {
    match command {
        Command::Statement { access: Access::Unknown, text, .. } => !changes_rows(text),
        Command::Steps(steps) => steps.iter().all(|step| may_read(&step.command)),
        command => command.reads(),
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.core.begin_close();
        // The program may end before the threads do. Nobody can read what is in memory any more.
        self.core.options.remove_temporary();
    }
}

/// Makes the directory of a database in memory, on a thread that may block.
async fn with_temporary(mut options: Options) -> Result<Options> {
    let (made, options_with_path) = oneshot::channel();
    let make = move || {
        let result = options.make_temporary().map(|()| options);
        // Where nobody waits for it any more it is removed again.
        let _ = made.send(result);
    };
    let spawned = thread::Builder::new().name(format!("{PREFIX}opener")).spawn(make);
    spawned.map_err(|error| Error::new(ErrorKind::Other, "cannot start a thread").with_source(error))?;
    shielded(options_with_path).await.map_err(|_| died())?
}

impl Parked {
    fn assign(&self, assignment: Assignment) {
        *lock(&self.assigned) = Some(assignment);
        self.called.notify_one();
    }

    /// Sends the thread home: it finds a closed queue.
    fn end(&self) {
        drop(lock(&self.assigned));
        self.called.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn died() -> Error {
    Error::new(ErrorKind::ThreadDied, "the connection's thread ended before it answered")
}

const PREFIX: &str = "aio-sql ";

fn name_of(what: &str) -> Name {
    format!("{PREFIX}{what}").into()
}

impl Core {
    fn begin_close(self: &Arc<Core>) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        self.readers.close();
        self.slots.close();
        self.shared.reads.let_go(false);
        for connection in lock(&self.connections).iter() {
            if let Some(queue) = connection.queue.upgrade() {
                queue.close_for_others();
            }
        }
        for parked in lock(&self.parked).drain(..) {
            parked.end();
        }
        let core: Arc<dyn Alarm> = Arc::clone(self) as _;
        timer::ring_at(timer::after(Instant::now(), self.options.common.close_timeout), Arc::downgrade(&core));
        self.close_writer_if_alone();
    }

    /// The writer ends last: the others may still send it what turned out to write.
    fn close_writer_if_alone(&self) {
        if self.closing.load(Ordering::Acquire) && *lock(&self.threads) <= 1 {
            self.shared.writer.close();
        }
    }

    fn all_in_use(&self, patience: Duration) -> Error {
        let connections = lock(&self.connections);
        let in_use = connections.iter().filter(|connection| connection.queue.strong_count() > 0);
        let longest = in_use.min_by_key(|connection| connection.since).map_or_else(String::new, |connection| {
            format!(", the longest, `{}`, for {:.1?}", connection.name, connection.since.elapsed())
        });
        let message = format!(
            "waited {patience:.1?} for a connection: all {} that `max_connections` allows are in use{longest}",
            self.options.common.connections
        );
        Error::new(ErrorKind::Timeout, message)
    }

    /// Starts a reader for a while: all others wait for tasks that read their streams slowly.
    fn help_readers(self: &Arc<Core>) {
        if self.helpers.fetch_add(1, Ordering::Relaxed) >= HELPERS as usize {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        let number = self.next_connection.fetch_add(1, Ordering::Relaxed);
        // Where no thread can be started the request waits, as it would without help.
        let _ = self.spawn(format!("helper {number}"), Role::Helper, Arc::clone(&self.readers), None, None);
    }

    fn spawn(
        self: &Arc<Core>,
        what: String,
        role: Role,
        queue: Arc<Queue>,
        ready: Option<Ready>,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Result<()> {
        let name = name_of(&what);
        *lock(&self.threads) += 1;
        let thread = Thread { core: Arc::clone(self), name, role, queue, slot, started: false, seat: None };
        let spawned = thread::Builder::new().name(thread.name.to_string()).spawn(move || thread.run(ready));
        spawned.map(drop).map_err(|error| {
            Error::new(ErrorKind::Other, format!("cannot start the thread of the {what}")).with_source(error)
        })
    }

    fn open(&self, role: Role) -> Result<SqliteDriver> {
        caught(|| self.open_or_panic(role)).unwrap_or_else(|panic| Err(panicked(panic)))
    }

    fn open_or_panic(&self, role: Role) -> Result<SqliteDriver> {
        let pool = {
            let mut pool = lock(&self.pool);
            match &*pool {
                Some(pool) => pool.clone(),
                None if role == Role::Writer => pool.insert(Pool::open(&self.options)?).clone(),
                None => return Err(closed()),
            }
        };
        let query_only = matches!(role, Role::Reader | Role::Helper);
        pool.check_out(&self.options, query_only, role != Role::Connection)
    }
}

impl Alarm for Core {
    /// What was open when closing began has been waited for long enough.
    fn ring(&self, now: Instant) -> Option<Instant> {
        self.readers.refuse_all();
        self.readers.end_reads();
        for connection in lock(&self.connections).iter() {
            if let Some(queue) = connection.queue.upgrade() {
                queue.close();
                queue.end_reads();
            }
        }
        // What was queued behind may begin only now.
        (!*self.closed.borrow()).then_some(now + AGAIN)
    }
}

/// A connection's thread. Its end is counted however it comes.
struct Thread {
    core: Arc<Core>,
    name: Name,
    role: Role,
    queue: Arc<Queue>,
    /// The slot of an explicit connection among those that the database allows.
    slot: Option<OwnedSemaphorePermit>,
    started: bool,
    seat: Option<usize>,
}

/// Readers that wait for tasks are helped out where others wait for them.
struct HelpWanted {
    core: Weak<Core>,
    queue: Arc<Queue>,
    seat: usize,
}

impl Stalls for HelpWanted {
    fn stalled(&self, stalled: bool) {
        if self.queue.stall(self.seat, stalled)
            && let Some(core) = self.core.upgrade()
        {
            core.help_readers();
        }
    }
}

impl Thread {
    fn run(mut self, ready: Option<Ready>) {
        self.started = true;
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
        let seat = self.sit_down();
        if self.role == Role::Writer {
            self.write(&mut worker, seat);
        } else {
            self.serve(&mut worker, seat);
        }
        if self.role == Role::Connection {
            while let Some(idle) = worker.take_if(Worker::is_as_new)
                && let Some(seat) = self.park()
            {
                worker = Some(idle);
                self.serve(&mut worker, seat);
            }
        }
        if let Some(worker) = &mut worker {
            worker.stop();
            if self.role == Role::Writer && !self.core.options.read_only && !self.core.options.is_in_memory {
                // It has nothing to say to anybody.
                let _ = worker.caught(|worker| {
                    worker.driver.optimize();
                    Ok(())
                });
            }
        }
    }

    /// Answers requests until the queue is closed.
    fn serve(&self, worker: &mut Option<SqliteWorker>, seat: usize) {
        let stalls: Option<Arc<dyn Stalls>> = (self.role != Role::Connection).then(|| {
            let (core, queue) = (Arc::downgrade(&self.core), Arc::clone(&self.queue));
            Arc::new(HelpWanted { core, queue, seat }) as _
        });
        loop {
            worker.take_if(Worker::must_be_replaced);
            let in_transaction = worker.as_ref().is_some_and(Worker::in_transaction);
            match self.queue.next(seat, self.role == Role::Helper, in_transaction) {
                Next::Request(request) => match self.opened(worker) {
                    Ok(worker) => {
                        worker.stalls.clone_from(&stalls);
                        worker.answer(request);
                    }
                    Err(error) => request.responder.finish(Err(error)),
                },
                Next::Idle | Next::Closed => break,
            }
        }
        if let Some(worker) = worker {
            worker.stop();
        }
    }

    /// Answers requests in groups until the queue is closed.
    fn write(&self, worker: &mut Option<SqliteWorker>, seat: usize) {
        let most = if self.core.options.sqlite.group_commit { group::MOST } else { 1 };
        while self.queue.wait_for_work(seat) {
            let mut group = VecDeque::new();
            worker.take_if(Worker::must_be_replaced);
            match self.opened(worker) {
                Ok(worker) => {
                    worker.admission.enter_for_group();
                    self.queue.take_group(seat, most, &mut group);
                    let rest = worker.answer_group(group);
                    self.queue.put_back(rest);
                }
                Err(error) => {
                    self.queue.take_group(seat, 1, &mut group);
                    for request in group {
                        request.responder.finish(Err(error.summary()));
                    }
                }
            }
        }
    }

    fn opened<'a>(&self, worker: &'a mut Option<SqliteWorker>) -> Result<&'a mut SqliteWorker> {
        if worker.is_none() {
            *worker = Some(self.worker(self.core.open(self.role)?));
        }
        worker.as_mut().ok_or_else(died)
    }

    fn worker(&self, driver: SqliteDriver) -> SqliteWorker {
        let forwards = matches!(self.role, Role::Reader | Role::Helper);
        let shared = self.core.shared.clone();
        let meter = shared.counters.meter(&self.name);
        let admission = SqliteAdmission::new(shared, &self.name, forwards);
        Worker::new(driver, admission, &self.name, meter, self.core.options.common.slow)
    }

    /// Waits for the next explicit connection to serve, for a while; its seat.
    fn park(&mut self) -> Option<usize> {
        self.slot = None;
        let parked =
            Arc::new(Parked { name: Arc::clone(&self.name), assigned: Mutex::default(), called: Condvar::new() });
        {
            let mut idle = lock(&self.core.parked);
            if self.core.closing.load(Ordering::Acquire) {
                return None;
            }
            idle.push(Arc::clone(&parked));
        }
        let until = Instant::now() + LINGER;
        let mut assigned = lock(&parked.assigned);
        loop {
            if let Some(Assignment { queue, ready, slot }) = assigned.take() {
                (self.queue, self.slot) = (queue, Some(slot));
                // Whoever asked for the connection may be gone; the closed queue then ends the
                // thread.
                let _ = ready.send(Ok(()));
                drop(assigned);
                return Some(self.sit_down());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.core.closing.load(Ordering::Acquire) {
                drop(assigned);
                let mut idle = lock(&self.core.parked);
                let place = idle.iter().position(|other| Arc::ptr_eq(other, &parked));
                if let Some(place) = place {
                    idle.remove(place);
                    return None;
                }
                drop(idle);
                assigned = lock(&parked.assigned);
                if assigned.is_none() && self.core.closing.load(Ordering::Acquire) {
                    return None;
                }
                if assigned.is_none() {
                    // It has been chosen, and is about to be told.
                    assigned = parked.called.wait(assigned).unwrap_or_else(PoisonError::into_inner);
                }
                continue;
            }
            assigned = parked.called.wait_timeout(assigned, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        let lost = self.started && thread::panicking() && !self.core.closing.load(Ordering::Acquire);
        if lost && self.role != Role::Connection {
            // Something panicked past the guard of a request. Another thread serves the queue from
            // here on.
            self.stand_up();
            let (what, core) = (self.name.trim_start_matches(PREFIX).to_owned(), &self.core);
            if core.spawn(what, self.role, Arc::clone(&self.queue), None, None).is_ok() {
                return self.uncount();
            }
        }
        self.stand_up();
        if matches!(self.role, Role::Writer | Role::Connection) {
            self.queue.abandon();
        }
        if self.role == Role::Helper && !lost {
            self.core.helpers.fetch_sub(1, Ordering::Relaxed);
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
    fn stand_up(&mut self) {
        if let Some(seat) = self.seat.take() {
            self.queue.stand_up(seat);
        }
    }

    fn sit_down(&mut self) -> usize {
        let seat = self.queue.sit_down(&self.name);
        self.seat = Some(seat);
        seat
    }

    fn uncount(&self) {
        *lock(&self.core.threads) -= 1;
        self.core.close_writer_if_alone();
    }
}
