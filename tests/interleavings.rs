//! Tests the exchange between tasks and connection threads with a model checker, which runs nearly
//! every scenario with a thousand or more interleavings of its threads.
//!
//! The engine's own files are compiled again with the checker's synchronization primitives. A
//! deadlock, a task that is never woken, and a request that is answered twice or never are
//! failures. Most interleavings are random and differ in every run; a failure prints its schedule,
//! which `shuttle::replay` repeats.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool as Flag, AtomicUsize as Count, Ordering::SeqCst};
use std::sync::{Arc, Mutex as Plain};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shuttle::future::block_on;
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::atomic::AtomicUsize;
use shuttle::sync::{Mutex, mpsc};
use shuttle::thread;

use engine::Pipelining;
use engine::job::{Flow, Names, Part, Reply, StallObserver};
use engine::queue::{Intake, Next, Pushed, Queue, Slot};
use engine::request::{Command, Record, Request};
use engine::sync::{Instant, reset};
use engine::timer::{self, Alarm};
use engine::{Name, RowSink, Stopper, Turn};
use error::{Error, ErrorKind, Result};
use outcome::Outcome;
use sqlite::reads::{ActiveReads, Restart};
use sqlite::write_lock::WriteLock;

#[allow(dead_code, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/caught.rs"]
mod caught;
#[allow(dead_code, unreachable_pub, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/error/mod.rs"]
mod error;
#[allow(dead_code, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/row_batch.rs"]
mod row_batch;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/value/mod.rs"]
mod value;

mod outcome {
    #[derive(Debug, Default)]
    pub(crate) struct Outcome;
}

mod row {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Expected;
}

#[allow(dead_code, reason = "the tests use only a part of it")]
mod trace {
    pub(crate) const ENABLED: bool = false;
}

#[allow(dead_code, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/sqlite"]
mod sqlite {
    pub(crate) mod reads;
    pub(crate) mod write_lock;

    mod warnings {
        use std::panic::Location;
        use std::time::Duration;

        pub(super) fn write_lock_held(_: &str, _: &Location<'_>, _: Duration, _: usize) {}

        pub(super) fn log_cannot_restart(_: &str, _: Duration, _: u64) {}
    }
}

#[allow(dead_code, reason = "the tests use only a part of it")]
#[path = "../aio-runtime/src/engine"]
mod engine {
    mod errors;
    pub(crate) mod job;
    mod name;
    mod pipelining;
    pub(crate) mod queue;
    mod row_sink;
    mod stopper;
    mod turn;
    mod waking;

    pub(crate) use name::Name;
    pub(crate) use pipelining::Pipelining;
    pub(crate) use row_sink::RowSink;
    pub(crate) use stopper::Stopper;
    pub(crate) use turn::Turn;

    /// The checker's primitives, and a clock that advances only when a thread waits for an instant
    /// or an alarm rings.
    pub(crate) mod sync {
        use std::cell::Cell;
        use std::ops::{Add, Deref, DerefMut};
        use std::sync::PoisonError;
        use std::time::Duration;

        pub(crate) use shuttle::sync::Condvar;
        pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
        pub(crate) use std::sync::{Arc, Weak};

        pub(crate) fn cores() -> usize {
            2
        }

        #[derive(Default)]
        pub(crate) struct Mutex<T: ?Sized>(shuttle::sync::Mutex<T>);

        pub(crate) struct MutexGuard<'a, T: ?Sized> {
            mutex: &'a Mutex<T>,
            guard: shuttle::sync::MutexGuard<'a, T>,
        }

        impl<T: ?Sized> Deref for MutexGuard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.guard
            }
        }

        impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.guard
            }
        }

        pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
            MutexGuard { mutex, guard: mutex.0.lock().unwrap_or_else(PoisonError::into_inner) }
        }

        pub(crate) fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            let MutexGuard { mutex, guard } = guard;
            MutexGuard { mutex, guard: condition.wait(guard).unwrap_or_else(PoisonError::into_inner) }
        }

        pub(crate) fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
            Some(MutexGuard { mutex, guard: mutex.0.try_lock().ok()? })
        }

        /// Replaces spinning by one step in which any other thread may run.
        #[derive(Default)]
        pub(crate) struct Spin;

        impl Spin {
            pub(crate) const FOR_A_REQUEST: Duration = Duration::ZERO;

            pub(crate) fn spin(&mut self, moment: Duration, has_come: impl Fn() -> bool) -> Duration {
                if !has_come() {
                    shuttle::thread::yield_now();
                }
                moment
            }
        }

        /// Waits until the instant, which may come after any step of the other threads. Waking by
        /// a notification is not modelled separately: a thread that is woken checks the state,
        /// whatever has woken it.
        pub(crate) fn wait_until<'a, T>(_: &Condvar, guard: MutexGuard<'a, T>, moment: Instant) -> MutexGuard<'a, T> {
            let mutex = guard.mutex;
            drop(guard);
            shuttle::thread::yield_now();
            moment.comes();
            lock(mutex)
        }

        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct Instant(Duration);

        thread_local! {
            // All threads of a scenario are coroutines of one thread, so they share this clock.
            static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        }

        pub(crate) fn reset() {
            NOW.set(Duration::ZERO);
            super::timer::forget_all();
        }

        impl Instant {
            pub(crate) fn now() -> Instant {
                Instant(NOW.get())
            }

            pub(crate) fn comes(self) {
                NOW.set(NOW.get().max(self.0));
            }

            pub(crate) fn elapsed(self) -> Duration {
                Instant::now().duration_since(self)
            }

            pub(crate) fn duration_since(self, earlier: Instant) -> Duration {
                self.0.saturating_sub(earlier.0)
            }

            pub(crate) fn saturating_duration_since(self, earlier: Instant) -> Duration {
                self.duration_since(earlier)
            }
        }

        impl Add<Duration> for Instant {
            type Output = Instant;

            fn add(self, duration: Duration) -> Instant {
                Instant(self.0 + duration)
            }
        }
    }

    /// Alarms that ring when the scenario calls `ring_next`.
    pub(crate) mod timer {
        use std::cell::RefCell;
        use std::time::Duration;

        use super::sync::{Instant, Weak};

        pub(crate) trait Alarm: Send + Sync {
            fn ring(&self, now: Instant) -> Option<Instant>;
        }

        thread_local! {
            static ALARMS: RefCell<Vec<(Instant, Weak<dyn Alarm>)>> = const { RefCell::new(Vec::new()) };
        }

        pub(crate) fn forget_all() {
            ALARMS.take();
        }

        pub(crate) fn after(start: Instant, duration: Duration) -> Instant {
            start + duration
        }

        pub(crate) fn ring_at(moment: Instant, alarm: Weak<dyn Alarm>) {
            ALARMS.with_borrow_mut(|alarms| alarms.push((moment, alarm)));
        }

        /// Advances the clock to the next alarm and rings it. Returns `false` if no alarm is set.
        pub(crate) fn ring_next() -> bool {
            ring_next_within(Duration::MAX)
        }

        /// Does the same if the time until the next alarm is shorter than `limit`.
        pub(crate) fn ring_next_within(limit: Duration) -> bool {
            let next = ALARMS.with_borrow_mut(|alarms| {
                let first = (0..alarms.len()).min_by_key(|at| alarms[*at].0)?;
                let left = alarms[first].0.duration_since(Instant::now());
                (left < limit).then(|| alarms.remove(first))
            });
            let Some((moment, alarm)) = next else { return false };
            moment.comes();
            if let Some(alarm) = alarm.upgrade()
                && let Some(again) = alarm.ring(Instant::now())
            {
                ring_at(again, std::sync::Arc::downgrade(&alarm));
            }
            true
        }
    }

    /// Requests for a number of rows, each with a record of its history.
    pub(crate) mod request {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicBool, AtomicUsize};

        use super::job::Responder;
        use super::sync::Instant;

        pub(crate) struct Request {
            pub(crate) command: Command,
            pub(crate) responder: Responder,
            pub(crate) transaction: u64,
            pub(crate) arrived: Instant,
        }

        impl Request {
            pub(crate) fn can_be_pipelined(&self) -> bool {
                self.command.is_brief
            }
        }

        #[derive(Clone)]
        pub(crate) struct Command {
            pub(crate) number: usize,
            pub(crate) rows: i64,
            pub(crate) reads: bool,
            /// Whether the request can share a transaction with other requests.
            pub(crate) shares: bool,
            /// Whether the request can be sent together with other requests.
            pub(crate) is_brief: bool,
            pub(crate) record: Arc<Record>,
        }

        /// The history of a request. It uses the standard atomics, because these are not steps for
        /// the checker.
        #[derive(Default)]
        pub(crate) struct Record {
            /// Whether the future of the request was dropped.
            pub(crate) dropped: AtomicBool,
            /// How often the request began.
            pub(crate) begun: AtomicUsize,
            /// How often the request ran to its end.
            pub(crate) done: AtomicUsize,
            /// How often the request was interrupted or found that it should stop.
            pub(crate) stopped: AtomicUsize,
        }

        impl Command {
            pub(crate) fn text(&self) -> Arc<str> {
                "".into()
            }

            pub(crate) fn can_share_transaction(&self) -> bool {
                self.shares
            }
        }

        impl Request {
            pub(crate) fn is_abandoned(&self) -> bool {
                self.responder.is_stopped()
            }
        }
    }
}

/// The acquire timeout of the queues and the lock. It passes when a scenario rings an alarm, or
/// while a thread waits for its end.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// The time without work after which a helper ends.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// The content of a row that fills a batch.
static WIDE: [u8; row_batch::TARGET_BYTES] = [0; row_batch::TARGET_BYTES];

/// Runs a scenario with `orders` random interleavings, and with as many that switch threads
/// rarely.
fn check(orders: usize, scenario: fn()) {
    run(RandomScheduler::new(orders), scenario);
    run(PctScheduler::new(3, orders), scenario);
}

/// Runs a small scenario with its first `orders` interleavings in a systematic order; all of them,
/// if there are no more.
fn check_systematically(orders: usize, scenario: fn()) {
    run(DfsScheduler::new(Some(orders), false), scenario);
}

fn run(scheduler: impl Scheduler + 'static, scenario: fn()) {
    let mut config = shuttle::Config::default();
    // Unoptimized code needs more than the default.
    config.stack_size = 128 * 1024;
    let runner = shuttle::Runner::new(scheduler, config);
    runner.run(move || {
        reset();
        scenario();
    });
}

/// The task's side of a request.
struct Task {
    reply: Reply,
    record: Arc<Record>,
}

/// A request for a number of rows that was not sent yet.
struct Unsent {
    command: Command,
    flow: Flow,
    transaction: u64,
    timeout: Option<Duration>,
}

fn read(number: usize, rows: i64) -> Unsent {
    let command = Command { number, rows, reads: true, shares: false, is_brief: false, record: Arc::default() };
    Unsent { command, flow: Flow::Collected, transaction: 0, timeout: None }
}

fn write(number: usize) -> Unsent {
    let command = Command { number, rows: 2, reads: false, shares: true, is_brief: false, record: Arc::default() };
    Unsent { command, flow: Flow::Collected, transaction: 0, timeout: None }
}

impl Unsent {
    fn streamed(mut self) -> Unsent {
        self.flow = Flow::Streamed;
        self
    }

    fn brief(mut self) -> Unsent {
        self.command.is_brief = true;
        self
    }

    fn not_shared(mut self) -> Unsent {
        self.command.shares = false;
        self
    }

    fn in_transaction(mut self, transaction: u64) -> Unsent {
        self.transaction = transaction;
        self
    }

    fn into_task_and_request(self) -> (Task, Request) {
        let Unsent { command, flow, transaction, timeout } = self;
        let (reply, responder) = Reply::new(flow, u64::MAX, Names::Known, timeout);
        let record = Arc::clone(&command.record);
        (Task { reply, record }, Request { command, responder, transaction, arrived: Instant::now() })
    }

    fn send(self, queue: &Arc<Queue>) -> Task {
        let (task, request) = self.into_task_and_request();
        queue.push(request);
        task
    }
}

impl Task {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        // If `has_part` is true, which a spinning task reads without the lock, `poll` must return
        // a part.
        let has_part = self.reply.has_part();
        let polled = self.reply.poll(context);
        assert!(!has_part || polled.is_ready(), "`has_part` is true, and there is no part");
        polled
    }

    /// Waits for the next batch, and returns its row numbers, or how the answer ended.
    fn next(&self) -> Result<Vec<i64>, Result<(), ErrorKind>> {
        match block_on(poll_fn(|context| self.poll(context))) {
            Ok(Part::Rows(batch)) => {
                let mut at = 0;
                let mut rows = Vec::new();
                while rows.len() < batch.rows() {
                    let Ok(value::ValueRef::Integer(row)) = batch.read(&mut at) else { panic!("a row has a number") };
                    batch.skip(&mut at).expect("and a blob");
                    rows.push(row);
                }
                assert_eq!(at, batch.len());
                self.reply.recycle(batch);
                Ok(rows)
            }
            Ok(Part::End(Outcome)) => Err(Ok(())),
            Ok(part) => panic!("{part:?} was not asked for"),
            Err(error) => Err(Err(error.kind().clone())),
        }
    }

    /// Reads all rows, which are numbered from 0, and returns their number and how the answer
    /// ended.
    fn answer(&self) -> (i64, Result<(), ErrorKind>) {
        let mut count = 0;
        loop {
            match self.next() {
                Ok(rows) => {
                    for row in rows {
                        assert_eq!(row, count, "rows arrive in order, and none is missing");
                        count += 1;
                    }
                }
                Err(end) => {
                    if end.is_ok() {
                        assert_eq!(self.record.done.load(SeqCst), 1, "an answered request has run once");
                    }
                    return (count, end);
                }
            }
        }
    }

    /// Checks that the request succeeds with this number of rows.
    fn succeeds(&self, rows: i64) {
        assert_eq!(self.answer(), (rows, Ok(())));
        assert_eq!(self.record.stopped.load(SeqCst), 0, "it was stopped by mistake");
    }

    /// Checks that the request either succeeds or is refused without having run. Returns whether
    /// it succeeded.
    fn succeeds_or_is_closed(&self, rows: i64) -> bool {
        match self.answer() {
            (count, Ok(())) => {
                assert_eq!(count, rows);
                true
            }
            (_, Err(ErrorKind::Closed | ErrorKind::ThreadDied)) => {
                assert_eq!(self.record.begun.load(SeqCst), 0, "it ran, but the answer says that it did not");
                false
            }
            (_, end) => panic!("{end:?}"),
        }
    }

    /// Polls the future again after it was answered, and checks that there is no second answer.
    fn has_no_second_answer(&self) {
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(part) = self.poll(&mut context) {
            assert!(matches!(part, Ok(Part::Rows(_))), "a second answer: {part:?}");
        }
    }

    /// Does what dropping the future does.
    fn cancel(&self) {
        self.reply.cancel();
        self.record.dropped.store(true, SeqCst);
    }

    /// Rings the alarm of the request's deadline.
    fn pass_deadline(&self) {
        let job: Arc<dyn Alarm> = self.reply.alarm();
        job.ring(Instant::now());
    }
}

/// A model of what a connection's thread does: it answers requests on the thread that calls
/// `answer` or `serve`. It has no queue, and it starts no thread.
#[derive(Clone)]
struct Connection {
    stopper: Arc<Stopper>,
    /// The record of the request that runs, or that ran last.
    runs: Arc<Plain<Option<Arc<Record>>>>,
    /// Modified wherever the database works, as a step for the checker.
    step: Arc<AtomicUsize>,
    stall_observer: Option<Arc<dyn StallObserver>>,
}

impl Connection {
    fn new() -> Connection {
        let runs: Arc<Plain<Option<Arc<Record>>>> = Arc::default();
        let step = Arc::new(AtomicUsize::new(0));
        let (hit, pause) = (Arc::clone(&runs), Arc::clone(&step));
        let stopper = Stopper::new(move || {
            // A point between setting the flag and interrupting the database, where another thread
            // may run.
            pause.fetch_add(1, SeqCst);
            let hit = hit.lock().expect("no panic").clone();
            hit.expect("something runs").stopped.fetch_add(1, SeqCst);
        });
        Connection { stopper: Arc::new(stopper), runs, step, stall_observer: None }
    }

    /// Runs a request like a worker does.
    fn answer(&self, request: Request) {
        let Request { command, mut responder, .. } = request;
        let record = &command.record;
        *self.runs.lock().expect("no panic") = Some(Arc::clone(record));
        let dropped = record.dropped.load(SeqCst);
        if !responder.begin(&self.stopper, command.reads) {
            return responder.finish_stopped();
        }
        assert!(!dropped, "it began after its future was dropped");
        record.begun.fetch_add(1, SeqCst);
        if let Some(stall_observer) = &self.stall_observer {
            responder.set_stall_observer(stall_observer);
        }
        if !command.reads {
            responder.hold_rows();
        }
        let mut end = Ok(Outcome);
        for row in 0..command.rows {
            self.step.fetch_add(1, SeqCst);
            let dropped = record.dropped.load(SeqCst);
            if self.stopper.is_stopped() {
                record.stopped.fetch_add(1, SeqCst);
                end = Err(Error::new(ErrorKind::Interrupted, "interrupted"));
                break;
            }
            assert!(!(dropped && command.reads), "a read continues after its future was dropped");
            responder.batch().push_integer(row);
            responder.batch().push_blob(&WIDE);
            responder.end_row();
        }
        if end.is_ok() {
            if command.shares {
                // From here on the request is part of a commit that it shares, so it cannot be
                // stopped.
                responder.forbid_stop();
                self.step.fetch_add(1, SeqCst);
            }
            record.done.fetch_add(1, SeqCst);
        } else {
            responder.forbid_stop();
            self.stopper.reset();
        }
        let end = end.map_err(|error| responder.timeout_or(error));
        responder.finish(end);
    }

    /// Answers requests until the queue is closed or, for a helper, until there is no work.
    fn serve(&self, queue: &Arc<Queue>, name: &str, is_helper: bool) {
        self.serve_at(&Slot::register(queue, &name.into()), is_helper);
    }

    fn serve_at(&self, slot: &Slot, is_helper: bool) {
        loop {
            match slot.next(is_helper.then_some(IDLE_TIMEOUT), false, Pipelining::Off) {
                Next::Request(request) => self.answer(request),
                Next::Idle if !slot.leave() => {}
                Next::Idle | Next::Closed => break,
            }
        }
    }
}

fn one_thread(queue: &Arc<Queue>) -> thread::JoinHandle<()> {
    let queue = Arc::clone(queue);
    thread::spawn(move || Connection::new().serve(&queue, "thread", false))
}

fn spawn_all<const N: usize>(threads: [Box<dyn FnOnce() + Send>; N]) {
    let threads = threads.map(thread::spawn);
    for thread in threads {
        thread.join().expect("no panic");
    }
}

fn end_or_deadline(unsent: Unsent) {
    let (task, request) = Unsent { timeout: Some(ACQUIRE_TIMEOUT), ..unsent }.into_task_and_request();
    let (task, reads) = (Arc::new(task), request.command.reads);
    let alarm = Arc::clone(&task);
    spawn_all([Box::new(move || Connection::new().answer(request)), Box::new(move || alarm.pass_deadline())]);
    let (rows, end) = task.answer();
    let done = task.record.done.load(SeqCst);
    match end {
        Ok(()) => assert_eq!(rows, 2),
        Err(ErrorKind::Timeout) => assert!(done == 0 || reads, "a completed write is not reported as a timeout"),
        end => panic!("{end:?}"),
    }
    task.has_no_second_answer();
}

fn read_with_deadline() {
    end_or_deadline(read(1, 2));
}

fn write_with_deadline() {
    end_or_deadline(write(1));
}

#[test]
fn a_request_is_answered_once_by_its_end_or_its_deadline() {
    check(1_000, read_with_deadline);
    check(1_000, write_with_deadline);
    check_systematically(2_000, read_with_deadline);
    check_systematically(2_000, write_with_deadline);
}

/// A request that may be answered by its end, by its deadline, by the queue's timeout, and by
/// shutting the queue down.
fn request_with_four_answers() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let (task, request) = Unsent { timeout: Some(2 * ACQUIRE_TIMEOUT), ..write(1) }.into_task_and_request();
    let task = Arc::new(task);
    queue.push(request);
    let others: [Box<dyn FnOnce() + Send>; 4] = [
        {
            let queue = Arc::clone(&queue);
            Box::new(move || Connection::new().serve(&queue, "thread", false))
        },
        {
            let task = Arc::clone(&task);
            Box::new(move || task.pass_deadline())
        },
        Box::new(|| assert!(timer::ring_next(), "the queue has set its alarm")),
        {
            let queue = Arc::clone(&queue);
            Box::new(move || queue.shut_down())
        },
    ];
    let waits = {
        let task = Arc::clone(&task);
        thread::spawn(move || match task.answer() {
            (rows, Ok(())) => assert_eq!(rows, 2),
            (_, Err(ErrorKind::Timeout)) => {
                assert_eq!(task.record.done.load(SeqCst), 0, "a completed write is not reported as a timeout");
            }
            (_, Err(ErrorKind::ThreadDied)) => assert_eq!(task.record.begun.load(SeqCst), 0),
            (_, end) => panic!("{end:?}"),
        })
    };
    spawn_all(others);
    waits.join().expect("no panic");
    task.has_no_second_answer();
}

#[test]
fn a_request_with_several_possible_answers_is_answered_once() {
    check(1_000, request_with_four_answers);
}

/// The queue's timeout passes while a thread takes the request.
fn timeout_or_begin() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let task = write(1).send(&queue);
    let thread = one_thread(&queue);
    let timer = thread::spawn(|| while timer::ring_next() {});
    let (rows, end) = task.answer();
    let begun = task.record.begun.load(SeqCst) > 0;
    assert_eq!((rows, end), if begun { (2, Ok(())) } else { (0, Err(ErrorKind::Timeout)) });
    assert_eq!(task.record.stopped.load(SeqCst), 0, "a request that has begun does not time out in the queue");
    timer.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
}

#[test]
fn the_queue_timeout_does_not_stop_a_request_that_has_begun() {
    check(1_000, timeout_or_begin);
}

/// Two requests that no thread takes; the second comes at any step.
fn two_timeouts() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let first = write(1).send(&queue);
    let second = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || write(2).send(&queue))
    };
    while timer::ring_next() {}
    let second = second.join().expect("no panic");
    while timer::ring_next() {}
    for task in [first, second] {
        assert_eq!(task.answer(), (0, Err(ErrorKind::Timeout)));
    }
}

#[test]
fn every_queued_request_times_out() {
    check(500, two_timeouts);
    check_systematically(1_000, two_timeouts);
}

fn drop_or_begin(unsent: Unsent) {
    let queue = Queue::of_one_connection();
    let reads = unsent.command.reads;
    let task = Arc::new(unsent.send(&queue));
    let thread = one_thread(&queue);
    let dropped = {
        let (queue, task) = (Arc::clone(&queue), Arc::clone(&task));
        thread::spawn(move || {
            task.cancel();
            queue.count_dropped();
        })
    };
    // The next request of the connection is not affected.
    let next = read(2, 2).send(&queue);
    next.succeeds(2);
    dropped.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
    let record = &task.record;
    if !reads {
        assert_eq!(record.stopped.load(SeqCst), 0, "a write that has begun runs to its end");
        assert_eq!(record.done.load(SeqCst), record.begun.load(SeqCst));
    }
}

fn dropped_read() {
    drop_or_begin(read(1, 2));
}

fn dropped_write() {
    drop_or_begin(write(1));
}

#[test]
fn a_request_dropped_before_it_begins_never_runs_and_the_next_is_not_stopped() {
    check(1_000, dropped_read);
    check(1_000, dropped_write);
}

/// Three requests: one is dropped, one passes its deadline, one is not stopped.
fn three_requests() {
    let queue = Queue::of_one_connection();
    let tasks = [read(1, 2), write(2), read(3, 2)].map(|unsent| Arc::new(unsent.send(&queue)));
    let thread = one_thread(&queue);
    let [first, second, third] = tasks;
    let dropped = thread::spawn(move || first.cancel());
    let late = {
        let second = Arc::clone(&second);
        thread::spawn(move || second.pass_deadline())
    };
    third.succeeds(2);
    let (_, end) = second.answer();
    assert!(matches!(end, Ok(()) | Err(ErrorKind::Timeout)), "{end:?}");
    dropped.join().expect("no panic");
    late.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
}

#[test]
fn a_stop_never_stops_the_next_request_of_the_connection() {
    check(1_000, three_requests);
}

fn stopped_while_waiting_for_the_lock() {
    let lock = WriteLock::new(ACQUIRE_TIMEOUT);
    let guard = lock.acquire(&"holder".into(), None, || false).expect("the lock is free");
    let (task, request) = write(1).into_task_and_request();
    let waits = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            if request.responder.wait_for(Arc::clone(&lock) as _) {
                let guard = lock.acquire(&"thread".into(), None, || request.responder.is_stopped());
                assert!(guard.is_none(), "it has acquired a lock that is held");
            }
            Connection::new().answer(request);
        })
    };
    task.cancel();
    // The holder of the lock does not release it while the other thread waits.
    waits.join().expect("no panic");
    assert_eq!(task.record.begun.load(SeqCst), 0);
    drop(guard);
    assert!(lock.acquire(&"next".into(), None, || false).is_some());
}

#[test]
fn a_dropped_request_stops_waiting_for_the_write_lock() {
    check(1_000, stopped_while_waiting_for_the_lock);
    check_systematically(2_000, stopped_while_waiting_for_the_lock);
}

/// Threads that acquire one write lock. The lock calls a thread's `is_stopped` for the first time,
/// under its internal mutex, when it has queued the thread. So this call records the thread's
/// arrival.
struct Contenders {
    lock: Arc<WriteLock>,
    is_held: Flag,
    step: AtomicUsize,
    arrived: Plain<Vec<usize>>,
    acquired: Plain<Vec<usize>>,
}

impl Contenders {
    fn new() -> Arc<Contenders> {
        Arc::new(Contenders {
            lock: WriteLock::new(ACQUIRE_TIMEOUT),
            is_held: Flag::new(false),
            step: AtomicUsize::new(0),
            arrived: Plain::default(),
            acquired: Plain::default(),
        })
    }

    /// Acquires the lock under a thread's `number`, and releases it. Returns `false` if the thread
    /// did not get the lock before `until`, or before `is_stopped` was set.
    fn acquire(&self, number: usize, until: Option<Instant>, is_stopped: &Flag) -> bool {
        let guard = self.lock.acquire(&number.to_string().into(), until, || {
            let mut arrived = self.arrived.lock().expect("no panic");
            if !arrived.contains(&number) {
                arrived.push(number);
            }
            is_stopped.load(SeqCst)
        });
        let Some(guard) = guard else { return false };
        self.acquired.lock().expect("no panic").push(number);
        assert!(!self.is_held.swap(true, SeqCst), "two threads hold the lock");
        self.step.fetch_add(1, SeqCst);
        self.is_held.store(false, SeqCst);
        drop(guard);
        true
    }

    /// Checks that the threads that waited and acquired the lock did so in the order of arrival.
    fn check_order(&self) {
        let (arrived, acquired) = (self.arrived.lock().expect("no panic"), self.acquired.lock().expect("no panic"));
        let waited: Vec<_> = acquired.iter().filter(|number| arrived.contains(number)).collect();
        let in_order: Vec<_> = arrived.iter().filter(|number| acquired.contains(number)).collect();
        assert_eq!(waited, in_order);
    }
}

fn lock_in_order() {
    let contenders = Contenders::new();
    spawn_all([1, 2, 3, 4].map(|number| {
        let contenders = Arc::clone(&contenders);
        Box::new(move || assert!(contenders.acquire(number, None, &Flag::new(false)))) as Box<dyn FnOnce() + Send>
    }));
    contenders.check_order();
}

/// One waiting thread is stopped and one times out, each at any step, for example just when it
/// becomes the first in line.
fn lock_with_stopped_and_late_waiters() {
    let contenders = Contenders::new();
    let is_stopped = Arc::new(Flag::new(false));
    let not_stopped = || Flag::new(false);
    spawn_all([
        {
            let contenders = Arc::clone(&contenders);
            Box::new(move || assert!(contenders.acquire(1, None, &not_stopped())))
        },
        {
            let (contenders, is_stopped) = (Arc::clone(&contenders), Arc::clone(&is_stopped));
            Box::new(move || _ = contenders.acquire(2, None, &is_stopped))
        },
        {
            let contenders = Arc::clone(&contenders);
            Box::new(move || _ = contenders.acquire(3, Some(Instant::now() + ACQUIRE_TIMEOUT), &not_stopped()))
        },
        {
            let contenders = Arc::clone(&contenders);
            Box::new(move || assert!(contenders.acquire(4, None, &not_stopped())))
        },
        {
            let contenders = Arc::clone(&contenders);
            Box::new(move || {
                is_stopped.store(true, SeqCst);
                contenders.lock.wake_all();
            })
        },
    ]);
    contenders.check_order();
}

#[test]
fn the_write_lock_has_one_holder_at_a_time_in_the_order_of_arrival() {
    check(1_000, lock_in_order);
}

#[test]
fn waiters_that_give_up_do_not_block_the_write_lock() {
    check(1_000, lock_with_stopped_and_late_waiters);
}

/// More batches than a stream keeps for a task that does not read.
const MANY: i64 = 20;

fn stream_to_its_end() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    task.succeeds(MANY);
    task.has_no_second_answer();
    queue.close();
    thread.join().expect("no panic");
}

fn dropped_stream() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    assert_eq!(task.next(), Ok(vec![0]));
    assert_eq!(task.next(), Ok(vec![1]));
    task.cancel();
    queue.count_dropped();
    read(2, 1).send(&queue).succeeds(1);
    queue.close();
    thread.join().expect("no panic");
}

/// A stream whose task does not read on: closing the queue and ending its reads ends the stream.
fn ended_stream() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    assert_eq!(task.next(), Ok(vec![0]));
    queue.close();
    queue.end_reads();
    thread.join().expect("no panic");
    // The stream had no room for the whole result, so it cannot have completed.
    let end = std::iter::repeat_with(|| task.next()).find_map(Result::err);
    assert_eq!(end, Some(Err(ErrorKind::Closed)));
    task.has_no_second_answer();
}

fn stream_with_deadline() {
    let (task, request) = Unsent { timeout: Some(ACQUIRE_TIMEOUT), ..read(1, MANY).streamed() }.into_task_and_request();
    let task = Arc::new(task);
    let thread = thread::spawn(move || Connection::new().answer(request));
    let late = {
        let task = Arc::clone(&task);
        thread::spawn(move || task.pass_deadline())
    };
    match task.answer() {
        (rows, Ok(())) => assert_eq!(rows, MANY),
        (_, end) => assert_eq!(end, Err(ErrorKind::Timeout)),
    }
    thread.join().expect("no panic");
    late.join().expect("no panic");
    task.has_no_second_answer();
}

/// A stream on an explicit connection, which is not read before the next request on the connection
/// has been answered.
fn stream_before_another_request() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let stream = read(1, MANY).streamed().send(&queue);
    assert_eq!(stream.next(), Ok(vec![0]));
    let next = read(2, 1).send(&queue);
    next.succeeds(1);
    for row in 1..MANY {
        assert_eq!(stream.next(), Ok(vec![row]));
    }
    assert_eq!(stream.next(), Err(Ok(())));
    queue.close();
    thread.join().expect("no panic");
}

/// A stream that is not read before the next request has been answered. Both requests are queued
/// before the thread starts.
fn stream_queued_before_another_request() {
    let queue = Queue::of_one_connection();
    let stream = read(1, MANY).streamed().send(&queue);
    let next = read(2, 1).send(&queue);
    let thread = one_thread(&queue);
    next.succeeds(1);
    stream.succeeds(MANY);
    queue.close();
    thread.join().expect("no panic");
}

#[test]
fn batches_arrive_in_order_and_completely() {
    check(1_000, stream_to_its_end);
    check(1_000, stream_with_deadline);
}

#[test]
fn a_thread_does_not_wait_for_a_stream_that_is_dropped_or_ended() {
    check(1_000, dropped_stream);
    check(1_000, ended_stream);
}

#[test]
fn a_thread_does_not_wait_for_a_stream_while_others_wait_for_the_connection() {
    check(1_000, stream_before_another_request);
    check(500, stream_queued_before_another_request);
}

/// The threads that take read requests from one queue. A thread stalls while a task does not read
/// the rows that the thread streams to it. When all threads are stalled and a request is queued, a
/// helper thread is started.
#[derive(Clone)]
struct Readers {
    queue: Arc<Queue>,
    threads: Arc<Plain<Vec<thread::JoinHandle<()>>>>,
}

/// Starts a helper when the last free reader begins to wait for a task.
struct Reader(Readers, usize);

impl StallObserver for Reader {
    fn set_stalled(&self, stalled: bool) {
        if self.0.queue.stall(self.1, stalled) {
            self.0.start("helper", true);
        }
    }
}

impl Readers {
    fn new() -> Readers {
        let readers = Readers { queue: Queue::shared(ACQUIRE_TIMEOUT, "a connection", None), threads: Arc::default() };
        readers.start("one", false);
        readers.start("two", false);
        readers
    }

    fn start(&self, name: &'static str, is_helper: bool) {
        let readers = self.clone();
        let thread = thread::spawn(move || {
            let slot = Slot::register(&readers.queue, &name.into());
            let stall_observer: Option<Arc<dyn StallObserver>> = Some(Arc::new(Reader(readers, slot.number())));
            Connection { stall_observer, ..Connection::new() }.serve_at(&slot, is_helper);
        });
        self.threads.lock().expect("no panic").push(thread);
    }

    fn send(&self, unsent: Unsent) -> Task {
        let (task, request) = unsent.into_task_and_request();
        if self.queue.push(request) == Pushed::Stalled {
            self.start("helper", true);
        }
        task
    }

    fn end(&self) {
        self.queue.close();
        loop {
            let thread = self.threads.lock().expect("no panic").pop();
            let Some(thread) = thread else { break };
            thread.join().expect("no panic");
        }
    }
}

fn unread_streams() {
    let readers = Readers::new();
    let streams = [1, 2].map(|number| readers.send(read(number, 5).streamed()));
    // Nobody reads the streams before these requests are answered.
    for task in [3, 4].map(|number| readers.send(read(number, 1))) {
        task.succeeds(1);
    }
    for stream in streams {
        stream.succeeds(5);
    }
    readers.end();
}

/// Two streams that are not read, and two more requests. The second of these is sent after the
/// first was answered, when the helper may have ended.
fn unread_streams_for_long() {
    let readers = Readers::new();
    let streams = [1, 2].map(|number| readers.send(read(number, 5).streamed()));
    for number in [3, 4] {
        readers.send(read(number, 1)).succeeds(1);
    }
    for stream in streams {
        stream.succeeds(5);
    }
    readers.end();
}

#[test]
fn reads_are_answered_while_all_readers_have_unread_streams() {
    check(1_000, unread_streams);
}

#[test]
fn reads_are_answered_as_long_as_streams_stay_unread() {
    check(1_000, unread_streams_for_long);
}

/// Two threads, and two tasks that get their answers before the queue is closed.
fn two_threads() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let threads = [one_thread(&queue), one_thread(&queue)];
    let tasks = [1, 2].map(|number| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let both = [read(number, 1).send(&queue), read(number, 2).send(&queue)];
            both[0].succeeds(1);
            both[1].succeeds(2);
            read(number, 1).send(&queue).succeeds(1);
        })
    });
    for task in tasks {
        task.join().expect("no panic");
    }
    queue.close();
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert_eq!(queue.stats().0, 0);
}

fn two_threads_and_a_closed_queue() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let threads = [one_thread(&queue), one_thread(&queue)];
    let tasks = [1, 2].map(|number| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let both = [read(number, 1).send(&queue), read(number, 2).send(&queue)];
            let [first, second] = [both[0].succeeds_or_is_closed(1), both[1].succeeds_or_is_closed(2)];
            assert!(first || !second, "an accepted request runs");
        })
    });
    queue.close();
    for thread in tasks.into_iter().chain(threads) {
        thread.join().expect("no panic");
    }
    assert!(queue.is_closed());
    assert_eq!(queue.stats().0, 0);
}

/// The thread ends after its first request, and all other requests fail.
fn thread_that_ends() {
    let queue = Queue::of_one_connection();
    let thread = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let slot = Slot::register(&queue, &"thread".into());
            if let Next::Request(request) = slot.next(None, false, Pipelining::Off) {
                Connection::new().answer(request);
            }
            queue.shut_down();
        })
    };
    let tasks = [1, 2].map(|number| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let both = [read(number, 1).send(&queue), read(number, 1).send(&queue)];
            both.iter().filter(|task| task.succeeds_or_is_closed(1)).count()
        })
    });
    let answered: usize = tasks.into_iter().map(|task| task.join().expect("no panic")).sum();
    assert_eq!(answered, 1);
    thread.join().expect("no panic");
}

/// A helper ends when there is no work. A request that comes at that time is not lost.
fn helper_that_ends() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let helper = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || Connection::new().serve(&queue, "helper", true))
    };
    let thread = one_thread(&queue);
    let tasks = [read(1, 1).send(&queue), read(2, 1).send(&queue)];
    for task in tasks {
        task.succeeds(1);
    }
    helper.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
}

/// The queue counts so many dropped futures that it removes their requests, while it is in use.
fn queue_with_many_dropped_requests() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    for _ in 0..64 {
        queue.count_dropped();
    }
    let dropped = [1, 3].map(|number| read(number, 1).send(&queue));
    let kept = read(2, 1).send(&queue);
    let thread = one_thread(&queue);
    let forgets = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            for task in dropped {
                task.cancel();
                queue.count_dropped();
            }
        })
    };
    let late = read(4, 1).send(&queue);
    kept.succeeds(1);
    late.succeeds(1);
    forgets.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
}

/// Two threads that send brief requests together. The request with the number 1 blocks its thread
/// until it is allowed to end.
struct TwoLanes {
    queue: Arc<Queue>,
    threads: [thread::JoinHandle<()>; 2],
    allow: mpsc::Sender<()>,
}

impl TwoLanes {
    fn new(pipelining: Pipelining) -> TwoLanes {
        let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
        let (allow, allowed) = mpsc::channel();
        let allowed = Arc::new(Mutex::new(allowed));
        let threads = ["one", "two"].map(|name| {
            let (queue, allowed) = (Arc::clone(&queue), Arc::clone(&allowed));
            thread::spawn(move || {
                let slot = Slot::register(&queue, &name.into());
                let connection = Connection::new();
                while let Next::Request(first) = slot.next(None, false, pipelining) {
                    let mut requests = VecDeque::from([first]);
                    if requests[0].can_be_pipelined() {
                        slot.take_share(&mut requests);
                    }
                    let (long, others): (Vec<_>, Vec<_>) =
                        requests.into_iter().partition(|request| request.command.number == 1);
                    others.into_iter().for_each(|request| connection.answer(request));
                    for request in long {
                        allowed.lock().expect("no panic").recv().expect("it is allowed to end");
                        connection.answer(request);
                    }
                }
            })
        });
        TwoLanes { queue, threads, allow }
    }
}

/// Two threads that send brief requests together. One of them runs a long request, which ends
/// only after the brief ones are answered.
fn brief_requests_and_a_long_one(pipelining: Pipelining) {
    let TwoLanes { queue, threads, allow } = TwoLanes::new(pipelining);
    read(0, 1).brief().send(&queue).succeeds(1);
    let others = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            [3, 4].map(|number| read(number, 1).brief().send(&queue)).each_ref().map(|task| task.succeeds(1))
        })
    };
    let long = read(1, 1).send(&queue);
    read(2, 1).brief().send(&queue).succeeds(1);
    others.join().expect("no panic");
    allow.send(()).expect("a thread waits");
    long.succeeds(1);
    queue.close();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

/// Two threads that send brief requests together. One request that should be brief blocks its
/// thread. The other requests, which wait for that thread at first, are run by the second one when
/// the alarm rings.
fn brief_requests_and_a_thread_that_does_not_come_back() {
    let TwoLanes { queue, threads, allow } = TwoLanes::new(Pipelining::Near);
    read(0, 1).brief().send(&queue).succeeds(1);
    let long = read(1, 1).brief().send(&queue);
    let others = [2, 3].map(|number| read(number, 1).brief().send(&queue));
    let are_answered = Arc::new(AtomicUsize::new(0));
    let clock = {
        let are_answered = Arc::clone(&are_answered);
        thread::spawn(move || {
            while are_answered.load(SeqCst) == 0 {
                if !timer::ring_next_within(ACQUIRE_TIMEOUT / 2) {
                    thread::yield_now();
                }
            }
        })
    };
    others.iter().for_each(|task| task.succeeds(1));
    are_answered.store(1, SeqCst);
    allow.send(()).expect("a thread waits");
    long.succeeds(1);
    clock.join().expect("no panic");
    queue.close();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

#[test]
fn every_request_is_taken_once_and_no_thread_sleeps_while_one_waits() {
    check(1_000, two_threads);
    check(1_000, helper_that_ends);
    check(1_000, || brief_requests_and_a_long_one(Pipelining::Far));
    check(1_000, || brief_requests_and_a_long_one(Pipelining::Near));
    check(1_000, brief_requests_and_a_thread_that_does_not_come_back);
}

#[test]
fn every_request_is_answered_when_the_queue_is_closed_or_shut_down() {
    check(1_000, two_threads_and_a_closed_queue);
    check(1_000, thread_that_ends);
}

#[test]
fn only_requests_of_dropped_futures_are_removed_from_the_queue() {
    check(500, queue_with_many_dropped_requests);
}

/// A writer that takes groups of requests, and two tasks, each of which sends four requests. One
/// of the four cannot be in a group with others.
fn groups() {
    const MAX: usize = 2;
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let order = Arc::<Plain<Vec<usize>>>::default();
    let writer = {
        let (queue, order) = (Arc::clone(&queue), Arc::clone(&order));
        thread::spawn(move || {
            let slot = Slot::register(&queue, &"writer".into());
            let connection = Connection::new();
            let mut group = VecDeque::new();
            while slot.wait_for_work() {
                slot.take_group(MAX, &mut group);
                assert!(!group.is_empty() && group.len() <= MAX);
                assert!(group.len() == 1 || group.iter().all(|request| request.command.shares));
                // Runs the first request of the group and puts the others back, as if the group's
                // time were over. They keep their places.
                if let Some(request) = group.pop_front() {
                    order.lock().expect("no panic").push(request.command.number);
                    connection.answer(request);
                }
                queue.put_back(std::mem::take(&mut group));
            }
        })
    };
    let tasks = [10, 20].map(|number| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let sent = [write(number), write(number + 1).not_shared(), write(number + 2), write(number + 3)];
            let sent = sent.map(|unsent| unsent.send(&queue));
            for task in sent {
                task.succeeds(2);
            }
        })
    });
    for task in tasks {
        task.join().expect("no panic");
    }
    queue.close();
    writer.join().expect("no panic");
    let order = order.lock().expect("no panic");
    assert_eq!(order.len(), 8);
    for first in [10, 20] {
        let of_one: Vec<_> = order.iter().filter(|number| (first..first + 4).contains(*number)).collect();
        assert!(of_one.is_sorted(), "{order:?}");
    }
}

#[test]
fn groups_keep_the_order_of_arrival() {
    check(1_000, groups);
}

/// A task with a transaction on an explicit connection. At any step, the queue begins to accept
/// requests of transactions only.
fn transaction_while_the_queue_closes() {
    const BEGIN: usize = 1;
    const END: usize = 2;
    let queue = Queue::of_one_connection();
    let thread = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let slot = Slot::register(&queue, &"thread".into());
            let connection = Connection::new();
            let mut in_transaction = false;
            while let Next::Request(request) = slot.next(None, in_transaction, Pipelining::Off) {
                match request.command.number {
                    BEGIN => in_transaction = true,
                    END => in_transaction = false,
                    _ => {}
                }
                connection.answer(request);
            }
            queue.shut_down();
        })
    };
    let closes = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || queue.accept_transactions_only())
    };
    if write(BEGIN).send(&queue).succeeds_or_is_closed(2) {
        write(3).in_transaction(7).send(&queue).succeeds(2);
        write(END).in_transaction(7).send(&queue).succeeds(2);
    }
    closes.join().expect("no panic");
    assert!(!write(4).send(&queue).succeeds_or_is_closed(2));
    thread.join().expect("no panic");
    assert_eq!(queue.intake(), Intake::Closed);
}

#[test]
fn a_transaction_continues_while_the_queue_refuses_other_requests() {
    check(1_000, transaction_while_the_queue_closes);
}

/// A write-ahead log that grows past its limit, and its readers: new reads are held back until the
/// log has restarted.
struct Log {
    reads: Arc<ActiveReads>,
    /// The number of running reads.
    reading: Count,
    step: AtomicUsize,
    /// Where the log sends its requests for a checkpoint.
    requested: mpsc::Sender<()>,
}

impl Log {
    fn request_restart(&self) {
        self.requested.send(()).expect("the receiver exists");
    }

    fn read(&self, name: &str, times: usize) {
        let name: Name = name.into();
        let reader = self.reads.reader(&name);
        for _ in 0..times {
            self.reads.enter(&reader, true, || false, || self.request_restart());
            self.reading.fetch_add(1, SeqCst);
            self.step.fetch_add(1, SeqCst);
            self.reading.fetch_sub(1, SeqCst);
            self.reads.leave(&reader, || self.request_restart());
        }
    }
}

impl Log {
    /// Creates a write-ahead log, and starts two threads that read it and one that reports a
    /// commit that makes it too large.
    fn new() -> (Arc<Log>, mpsc::Receiver<()>, [thread::JoinHandle<()>; 3]) {
        let (requested, requests) = mpsc::channel();
        let (reading, step) = (Count::new(0), AtomicUsize::new(0));
        let log = Arc::new(Log { reads: ActiveReads::new(100), reading, step, requested });
        let readers = ["one", "two"].map(|name| {
            let log = Arc::clone(&log);
            thread::spawn(move || log.read(name, 2))
        });
        let writer = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                if log.reads.log_has_grown(101) {
                    log.request_restart();
                }
            })
        };
        let [one, two] = readers;
        (log, requests, [one, two, writer])
    }
}

fn log_restart() {
    let (log, requests, threads) = Log::new();
    requests.recv().expect("the last to make way requests for it");
    for _ in 0..2 {
        assert_eq!(log.reading.load(SeqCst), 0, "a read runs while the log restarts");
        log.step.fetch_add(1, SeqCst);
    }
    log.reads.resume(true);
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert!(requests.try_recv().is_err(), "it is requested only once");
}

/// The requested checkpoint never runs; the timeout passes instead.
fn log_restart_that_times_out() {
    let (_log, requests, threads) = Log::new();
    requests.recv().expect("the last to make way requests for it, or the commit itself");
    while timer::ring_next() {}
    for thread in threads {
        thread.join().expect("no panic");
    }
}

/// A read does not end before the timeout. Other reads are not held back for it a second time.
fn read_that_does_not_end() {
    let reads = ActiveReads::new(100);
    let (endless, other) = (reads.reader(&"endless".into()), reads.reader(&"other".into()));
    let is_held_back = || {
        let waits = Flag::new(false);
        let is_stopped = || {
            waits.store(true, SeqCst);
            true
        };
        reads.enter(&other, true, is_stopped, || ());
        reads.leave(&other, || ());
        waits.into_inner()
    };
    reads.enter(&endless, true, || false, || ());
    assert!(!is_held_back());
    assert!(!reads.log_has_grown(101), "a read is running");
    assert!(is_held_back());
    Restart::new(&reads).done(false);
    assert!(!is_held_back());
    assert!(!reads.log_has_grown(1_000), "the same read is still running");
    assert!(!is_held_back());
    let requested = Flag::new(false);
    reads.leave(&endless, || requested.store(true, SeqCst));
    assert!(requested.into_inner(), "the restart is tried again when the read has ended");
}

#[test]
fn reads_are_held_back_while_the_log_restarts_and_then_continue() {
    check(1_000, log_restart);
}

#[test]
fn reads_continue_when_the_log_cannot_restart_in_time() {
    check(1_000, log_restart_that_times_out);
}

#[test]
fn other_reads_are_held_back_only_once_for_a_read_that_does_not_end() {
    check_systematically(1, read_that_does_not_end);
}
