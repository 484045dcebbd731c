//! The hand-over between tasks and connection threads under a model checker, which runs each
//! scenario with thousands of orders of the steps of its threads.
//!
//! The engine's own files are compiled again with the checker's primitives. A thread that waits
//! for ever, a task that is never woken, and a request that is answered twice or never are
//! failures. The orders are drawn anew in every run; what fails prints its schedule, for
//! `shuttle::replay`.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool as Flag, AtomicUsize as Count, Ordering::SeqCst};
use std::sync::{Arc, Mutex as Plain};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use shuttle::future::block_on;
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::atomic::AtomicUsize;
use shuttle::thread;

use engine::job::{Flow, Names, Part, Reply, Stalls};
use engine::queue::{Door, Next, Pushed, Queue, Slot};
use engine::request::{Command, Record, Request};
use engine::sync::{Instant, begin_anew};
use engine::timer::{self, Alarm};
use engine::{Name, Rows, Stopper, Turn};
use error::{Error, ErrorKind, Result};
use outcome::Outcome;
use sqlite::gate::Gate;
use sqlite::reads::{Reads, Restart};

#[allow(dead_code, reason = "more than the hand-over uses it")]
#[path = "../aio-runtime/src/caught.rs"]
mod caught;
#[allow(dead_code, unreachable_pub, reason = "more than the hand-over uses it")]
#[path = "../aio-runtime/src/error/mod.rs"]
mod error;
#[allow(dead_code, reason = "more than the hand-over uses it")]
#[path = "../aio-runtime/src/row_batch.rs"]
mod row_batch;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "more than the hand-over uses it")]
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

#[allow(dead_code, reason = "not every scenario needs all of it")]
mod trace {
    pub(crate) const ENABLED: bool = false;
}

#[allow(dead_code, reason = "not every scenario needs all of it")]
#[path = "../aio-runtime/src/sqlite"]
mod sqlite {
    pub(crate) mod gate;
    pub(crate) mod reads;

    mod warnings {
        use std::panic::Location;
        use std::time::Duration;

        pub(super) fn held_long(_: &str, _: &Location<'_>, _: Duration, _: usize) {}

        pub(super) fn log_cannot_be_begun_anew(_: &str, _: Duration, _: u64) {}
    }
}

#[allow(dead_code, reason = "not every scenario needs all of it")]
#[path = "../aio-runtime/src/engine"]
mod engine {
    mod errors;
    pub(crate) mod job;
    mod name;
    pub(crate) mod queue;
    mod rows;
    mod stopper;
    mod turn;
    mod waking;

    pub(crate) use name::Name;
    pub(crate) use rows::Rows;
    pub(crate) use stopper::Stopper;
    pub(crate) use turn::Turn;

    /// The checker's primitives, and a clock that stands still unless somebody waits for a moment.
    pub(crate) mod sync {
        use std::cell::Cell;
        use std::ops::{Add, Deref, DerefMut};
        use std::sync::PoisonError;
        use std::time::Duration;

        pub(crate) use shuttle::sync::Condvar;
        pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
        pub(crate) use std::sync::{Arc, Weak};

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

        /// A moment, in which anything may come.
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

        /// The moment comes at any point of what the others do. Whoever is woken before looks at
        /// the same state as if it were woken then.
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
            // The threads of a scenario are coroutines of one thread.
            static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        }

        pub(crate) fn begin_anew() {
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

    /// Alarms that ring when the scenario says so.
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

        /// The next moment for which an alarm is set comes, and it rings; `false` if none is set.
        pub(crate) fn ring_next() -> bool {
            let next = ALARMS.with_borrow_mut(|alarms| {
                let first = (0..alarms.len()).min_by_key(|at| alarms[*at].0)?;
                Some(alarms.remove(first))
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

    /// What is asked of a thread: so many rows, and what became of it.
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

        #[derive(Clone)]
        pub(crate) struct Command {
            pub(crate) number: usize,
            pub(crate) rows: i64,
            pub(crate) reads: bool,
            /// Whether it can share a transaction.
            pub(crate) shares: bool,
            pub(crate) record: Arc<Record>,
        }

        /// What is seen of it; no steps of its own for the checker.
        #[derive(Default)]
        pub(crate) struct Record {
            /// Its future has been dropped.
            pub(crate) dropped: AtomicBool,
            /// How often it was begun, and how often it was executed to its end.
            pub(crate) begun: AtomicUsize,
            pub(crate) done: AtomicUsize,
            /// How often it was interrupted, or saw that it is to stop.
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
            pub(crate) fn is_one_nobody_waits_for(&self) -> bool {
                self.responder.is_stopped()
            }
        }
    }
}

/// How long a thread is waited for in the scenarios; nothing else takes any time.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// A row that fills a batch.
static WIDE: [u8; row_batch::TARGET_BYTES] = [0; row_batch::TARGET_BYTES];

/// Runs a scenario with so many orders, drawn at random, and as many with few changes between
/// threads.
fn check(orders: usize, scenario: fn()) {
    run(RandomScheduler::new(orders), scenario);
    run(PctScheduler::new(3, orders), scenario);
}

/// Runs a small scenario with its orders one after the other: all of them, if they are not more.
fn check_in_turn(orders: usize, scenario: fn()) {
    run(DfsScheduler::new(Some(orders), false), scenario);
}

fn run(scheduler: impl Scheduler + 'static, scenario: fn()) {
    let mut config = shuttle::Config::default();
    // Code without optimization takes more than the default.
    config.stack_size = 128 * 1024;
    let runner = shuttle::Runner::new(scheduler, config);
    runner.run(move || {
        begin_anew();
        scenario();
    });
}

/// The side of a task: a future that was polled once.
struct Task {
    reply: Reply,
    record: Arc<Record>,
}

/// A request of so many rows, not sent yet.
struct Asked {
    command: Command,
    flow: Flow,
    transaction: u64,
    timeout: Option<Duration>,
}

fn read(number: usize, rows: i64) -> Asked {
    let command = Command { number, rows, reads: true, shares: false, record: Arc::default() };
    Asked { command, flow: Flow::Collected, transaction: 0, timeout: None }
}

fn write(number: usize) -> Asked {
    let command = Command { number, rows: 2, reads: false, shares: true, record: Arc::default() };
    Asked { command, flow: Flow::Collected, transaction: 0, timeout: None }
}

impl Asked {
    fn streamed(mut self) -> Asked {
        self.flow = Flow::Streamed;
        self
    }

    fn alone(mut self) -> Asked {
        self.command.shares = false;
        self
    }

    fn within(mut self, transaction: u64) -> Asked {
        self.transaction = transaction;
        self
    }

    fn both(self) -> (Task, Request) {
        let Asked { command, flow, transaction, timeout } = self;
        let (reply, responder) = Reply::new(flow, u64::MAX, Names::Known, timeout);
        let record = Arc::clone(&command.record);
        (Task { reply, record }, Request { command, responder, transaction, arrived: Instant::now() })
    }

    fn send(self, queue: &Arc<Queue>) -> Task {
        let (task, request) = self.both();
        queue.push(request);
        task
    }
}

impl Task {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Part>> {
        // What a task sees that looks without the lock is there.
        let has_part = self.reply.has_part();
        let polled = self.reply.poll(context);
        assert!(!has_part || polled.is_ready(), "a part has come and is not there");
        polled
    }

    /// The numbers of the rows of the next batch; how it ended where there are no more.
    fn next(&self) -> Result<Vec<i64>, Result<(), ErrorKind>> {
        match block_on(poll_fn(|context| self.poll(context))) {
            Ok(Part::Rows(batch)) => {
                let mut at = 0;
                let mut rows = Vec::new();
                while rows.len() < batch.rows() {
                    let Ok(value::ValueRef::Integer(row)) = batch.read(&mut at) else { panic!("a row has a number") };
                    batch.skip(&mut at).expect("and much beside it");
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

    /// All rows, which are those from 0 on, and how it ended.
    fn answer(&self) -> (i64, Result<(), ErrorKind>) {
        let mut count = 0;
        loop {
            match self.next() {
                Ok(rows) => {
                    for row in rows {
                        assert_eq!(row, count, "rows come in order, and none is left out");
                        count += 1;
                    }
                }
                Err(end) => {
                    if end.is_ok() {
                        assert_eq!(self.record.done.load(SeqCst), 1, "what is answered was done, and once");
                    }
                    return (count, end);
                }
            }
        }
    }

    /// Its answer, for one that is not to fail.
    fn succeeds(&self, rows: i64) {
        assert_eq!(self.answer(), (rows, Ok(())));
        assert_eq!(self.record.stopped.load(SeqCst), 0, "it was stopped though nobody wanted that");
    }

    /// Its answer, for one that was not let in or was let go again: it never ran.
    fn succeeds_or_is_closed(&self, rows: i64) -> bool {
        match self.answer() {
            (count, Ok(())) => {
                assert_eq!(count, rows);
                true
            }
            (_, Err(ErrorKind::Closed | ErrorKind::ThreadDied)) => {
                assert_eq!(self.record.begun.load(SeqCst), 0, "it ran, and was answered that it did not");
                false
            }
            (_, end) => panic!("{end:?}"),
        }
    }

    /// What an answered future sees when it is polled again: no second answer.
    fn is_over(&self) {
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(part) = self.poll(&mut context) {
            assert!(matches!(part, Ok(Part::Rows(_))), "a second answer: {part:?}");
        }
    }

    /// Drops the future.
    fn cancel(&self) {
        self.reply.cancel();
        self.record.dropped.store(true, SeqCst);
    }

    /// Its time is up.
    fn time_is_up(&self) {
        let job: Arc<dyn Alarm> = self.reply.alarm();
        job.ring(Instant::now());
    }
}

/// A connection, on its thread.
#[derive(Clone)]
struct Connection {
    stopper: Arc<Stopper>,
    /// What it runs.
    runs: Arc<Plain<Option<Arc<Record>>>>,
    /// A step for the checker, where the library works.
    step: Arc<AtomicUsize>,
    stalls: Option<Arc<dyn Stalls>>,
}

impl Connection {
    fn new() -> Connection {
        let runs: Arc<Plain<Option<Arc<Record>>>> = Arc::default();
        let step = Arc::new(AtomicUsize::new(0));
        let (hit, pause) = (Arc::clone(&runs), Arc::clone(&step));
        let stopper = Stopper::new(move || {
            // The flag is set, and time passes until the library hears of it.
            pause.fetch_add(1, SeqCst);
            let hit = hit.lock().expect("no panic").clone();
            hit.expect("something runs").stopped.fetch_add(1, SeqCst);
        });
        Connection { stopper: Arc::new(stopper), runs, step, stalls: None }
    }

    /// Runs a request as the worker does.
    fn answer(&self, request: Request) {
        let Request { command, mut responder, .. } = request;
        let record = &command.record;
        *self.runs.lock().expect("no panic") = Some(Arc::clone(record));
        let dropped = record.dropped.load(SeqCst);
        if !responder.begin(&self.stopper, command.reads) {
            return responder.give_up();
        }
        assert!(!dropped, "it began after its future was dropped");
        record.begun.fetch_add(1, SeqCst);
        if let Some(stalls) = &self.stalls {
            responder.set_stalls(stalls);
        }
        if !command.reads {
            responder.keep();
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
            assert!(!(dropped && command.reads), "a read goes on after its future was dropped");
            responder.batch().push_integer(row);
            responder.batch().push_blob(&WIDE);
            responder.end_row();
        }
        if end.is_ok() {
            if command.shares {
                // It is part of what is committed next.
                responder.forbid_stop();
                self.step.fetch_add(1, SeqCst);
            }
            record.done.fetch_add(1, SeqCst);
        } else {
            responder.forbid_stop();
            self.stopper.reset();
        }
        let end = end.map_err(|error| responder.why(error));
        responder.finish(end);
    }

    /// Answers requests until the queue is closed, or there is nothing left to help with.
    fn serve(&self, queue: &Arc<Queue>, name: &str, helps_out: bool) {
        self.serve_at(&Slot::take(queue, &name.into()), helps_out);
    }

    fn serve_at(&self, slot: &Slot, helps_out: bool) {
        while let Next::Request(request) = slot.next(helps_out, false) {
            self.answer(request);
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

fn end_against_deadline(asked: Asked) {
    let (task, request) = Asked { timeout: Some(ACQUIRE_TIMEOUT), ..asked }.both();
    let (task, reads) = (Arc::new(task), request.command.reads);
    let alarm = Arc::clone(&task);
    spawn_all([Box::new(move || Connection::new().answer(request)), Box::new(move || alarm.time_is_up())]);
    let (rows, end) = task.answer();
    let done = task.record.done.load(SeqCst);
    match end {
        Ok(()) => assert_eq!(rows, 2),
        Err(ErrorKind::Timeout) => assert!(done == 0 || reads, "what was written is told"),
        end => panic!("{end:?}"),
    }
    task.is_over();
}

fn read_against_its_deadline() {
    end_against_deadline(read(1, 2));
}

fn write_against_its_deadline() {
    end_against_deadline(write(1));
}

#[test]
fn a_request_is_answered_once_by_its_end_or_its_deadline() {
    check(1_000, read_against_its_deadline);
    check(1_000, write_against_its_deadline);
    check_in_turn(2_000, read_against_its_deadline);
    check_in_turn(2_000, write_against_its_deadline);
}

/// The end, the deadline, the alarm of the queue, and a queue that is abandoned.
fn everyone_answers() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let (task, request) = Asked { timeout: Some(2 * ACQUIRE_TIMEOUT), ..write(1) }.both();
    let task = Arc::new(task);
    queue.push(request);
    let others: [Box<dyn FnOnce() + Send>; 4] = [
        {
            let queue = Arc::clone(&queue);
            Box::new(move || Connection::new().serve(&queue, "thread", false))
        },
        {
            let task = Arc::clone(&task);
            Box::new(move || task.time_is_up())
        },
        Box::new(|| assert!(timer::ring_next(), "the queue looks after those who wait")),
        {
            let queue = Arc::clone(&queue);
            Box::new(move || queue.abandon())
        },
    ];
    let waits = {
        let task = Arc::clone(&task);
        thread::spawn(move || match task.answer() {
            (rows, Ok(())) => assert_eq!(rows, 2),
            (_, Err(ErrorKind::Timeout)) => assert_eq!(task.record.done.load(SeqCst), 0, "what was written is told"),
            (_, Err(ErrorKind::ThreadDied)) => assert_eq!(task.record.begun.load(SeqCst), 0),
            (_, end) => panic!("{end:?}"),
        })
    };
    spawn_all(others);
    waits.join().expect("no panic");
    task.is_over();
}

#[test]
fn a_request_is_answered_once_whoever_answers_it() {
    check(1_000, everyone_answers);
}

/// A request that waits for too long, at the moment when its turn comes.
fn alarm_against_begin() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let task = write(1).send(&queue);
    let thread = one_thread(&queue);
    let timer = thread::spawn(|| while timer::ring_next() {});
    let (rows, end) = task.answer();
    let begun = task.record.begun.load(SeqCst) > 0;
    assert_eq!((rows, end), if begun { (2, Ok(())) } else { (0, Err(ErrorKind::Timeout)) });
    assert_eq!(task.record.stopped.load(SeqCst), 0, "what has begun has not waited for too long");
    timer.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
}

#[test]
fn the_alarm_of_the_queue_stops_nothing_that_has_begun() {
    check(1_000, alarm_against_begin);
}

/// Nobody takes two requests, of which one comes at any moment.
fn alarm_that_rings_again() {
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
fn the_alarm_of_the_queue_looks_after_all_who_wait() {
    check(500, alarm_that_rings_again);
    check_in_turn(1_000, alarm_that_rings_again);
}

fn drop_against_begin(asked: Asked) {
    let queue = Queue::of_one_connection();
    let reads = asked.command.reads;
    let task = Arc::new(asked.send(&queue));
    let thread = one_thread(&queue);
    let dropped = {
        let (queue, task) = (Arc::clone(&queue), Arc::clone(&task));
        thread::spawn(move || {
            task.cancel();
            queue.forget_one();
        })
    };
    // What comes next on the connection is not hit.
    let next = read(2, 2).send(&queue);
    next.succeeds(2);
    dropped.join().expect("no panic");
    queue.close();
    thread.join().expect("no panic");
    let record = &task.record;
    if !reads {
        assert_eq!(record.stopped.load(SeqCst), 0, "a write that was begun is finished");
        assert_eq!(record.done.load(SeqCst), record.begun.load(SeqCst));
    }
}

fn dropped_read() {
    drop_against_begin(read(1, 2));
}

fn dropped_write() {
    drop_against_begin(write(1));
}

#[test]
fn what_is_dropped_before_it_begins_never_runs_and_the_next_is_not_hit() {
    check(1_000, dropped_read);
    check(1_000, dropped_write);
}

/// One that is dropped, one whose time is up, and one that nobody stops.
fn stops_in_a_row() {
    let queue = Queue::of_one_connection();
    let tasks = [read(1, 2), write(2), read(3, 2)].map(|asked| Arc::new(asked.send(&queue)));
    let thread = one_thread(&queue);
    let [first, second, third] = tasks;
    let dropped = thread::spawn(move || first.cancel());
    let late = {
        let second = Arc::clone(&second);
        thread::spawn(move || second.time_is_up())
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
fn a_stop_never_hits_the_next_request_of_the_connection() {
    check(1_000, stops_in_a_row);
}

fn waits_at_the_gate() {
    let gate = Gate::new(ACQUIRE_TIMEOUT);
    let held = gate.enter(&"holder".into(), None, || false).expect("nobody else is there");
    let (task, request) = write(1).both();
    let waits = {
        let gate = Arc::clone(&gate);
        thread::spawn(move || {
            if request.responder.wait_for(Arc::clone(&gate) as _) {
                let pass = gate.enter(&"thread".into(), None, || request.responder.is_stopped());
                assert!(pass.is_none(), "it has entered while another was inside");
            }
            Connection::new().answer(request);
        })
    };
    task.cancel();
    // Whoever holds the gate keeps it.
    waits.join().expect("no panic");
    assert_eq!(task.record.begun.load(SeqCst), 0);
    drop(held);
    assert!(gate.enter(&"next".into(), None, || false).is_some());
}

#[test]
fn what_waits_at_the_gate_is_given_up_when_its_future_is_dropped() {
    check(1_000, waits_at_the_gate);
    check_in_turn(2_000, waits_at_the_gate);
}

/// Threads at a gate: who waits is logged when it is first asked whether it is still wanted, which
/// is under the lock.
struct Visitors {
    gate: Arc<Gate>,
    inside: Flag,
    step: AtomicUsize,
    arrived: Plain<Vec<usize>>,
    entered: Plain<Vec<usize>>,
}

impl Visitors {
    fn new() -> Arc<Visitors> {
        Arc::new(Visitors {
            gate: Gate::new(ACQUIRE_TIMEOUT),
            inside: Flag::new(false),
            step: AtomicUsize::new(0),
            arrived: Plain::default(),
            entered: Plain::default(),
        })
    }

    /// Enters and leaves; says whether it came in.
    fn visit(&self, number: usize, until: Option<Instant>, unwanted: &Flag) -> bool {
        let pass = self.gate.enter(&number.to_string().into(), until, || {
            let mut arrived = self.arrived.lock().expect("no panic");
            if !arrived.contains(&number) {
                arrived.push(number);
            }
            unwanted.load(SeqCst)
        });
        let Some(pass) = pass else { return false };
        self.entered.lock().expect("no panic").push(number);
        assert!(!self.inside.swap(true, SeqCst), "two are inside");
        self.step.fetch_add(1, SeqCst);
        self.inside.store(false, SeqCst);
        drop(pass);
        true
    }

    /// Who waited and came in did so in the order of arrival.
    fn was_fair(&self) {
        let (arrived, entered) = (self.arrived.lock().expect("no panic"), self.entered.lock().expect("no panic"));
        let waited: Vec<_> = entered.iter().filter(|number| arrived.contains(number)).collect();
        let in_order: Vec<_> = arrived.iter().filter(|number| entered.contains(number)).collect();
        assert_eq!(waited, in_order);
    }
}

fn gate_in_order() {
    let visitors = Visitors::new();
    spawn_all([1, 2, 3, 4].map(|number| {
        let visitors = Arc::clone(&visitors);
        Box::new(move || assert!(visitors.visit(number, None, &Flag::new(false)))) as Box<dyn FnOnce() + Send>
    }));
    visitors.was_fair();
}

/// One is told to go, one goes when its time is up, each at any moment, that at which it becomes
/// the first included.
fn gate_with_those_who_give_up() {
    let visitors = Visitors::new();
    let unwanted = Arc::new(Flag::new(false));
    let wanted = || Flag::new(false);
    spawn_all([
        {
            let visitors = Arc::clone(&visitors);
            Box::new(move || assert!(visitors.visit(1, None, &wanted())))
        },
        {
            let (visitors, unwanted) = (Arc::clone(&visitors), Arc::clone(&unwanted));
            Box::new(move || _ = visitors.visit(2, None, &unwanted))
        },
        {
            let visitors = Arc::clone(&visitors);
            Box::new(move || _ = visitors.visit(3, Some(Instant::now() + ACQUIRE_TIMEOUT), &wanted()))
        },
        {
            let visitors = Arc::clone(&visitors);
            Box::new(move || assert!(visitors.visit(4, None, &wanted())))
        },
        {
            let visitors = Arc::clone(&visitors);
            Box::new(move || {
                unwanted.store(true, SeqCst);
                visitors.gate.wake_all();
            })
        },
    ]);
    visitors.was_fair();
}

#[test]
fn the_gate_lets_one_in_at_a_time_in_the_order_of_arrival() {
    check(1_000, gate_in_order);
}

#[test]
fn those_who_give_up_at_the_gate_keep_nobody_from_entering() {
    check(1_000, gate_with_those_who_give_up);
}

/// More batches than are kept for a task that does not read.
const MANY: i64 = 20;

fn stream_to_its_end() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    task.succeeds(MANY);
    task.is_over();
    queue.close();
    thread.join().expect("no panic");
}

fn stream_that_is_dropped() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    assert_eq!(task.next(), Ok(vec![0]));
    assert_eq!(task.next(), Ok(vec![1]));
    task.cancel();
    queue.forget_one();
    read(2, 1).send(&queue).succeeds(1);
    queue.close();
    thread.join().expect("no panic");
}

/// The reads are ended when the queue has been closed for long enough.
fn stream_that_is_ended() {
    let queue = Queue::of_one_connection();
    let thread = one_thread(&queue);
    let task = read(1, MANY).streamed().send(&queue);
    assert_eq!(task.next(), Ok(vec![0]));
    queue.close();
    queue.end_reads();
    thread.join().expect("no panic");
    // There was no room for all of it before.
    let end = std::iter::repeat_with(|| task.next()).find_map(Result::err);
    assert_eq!(end, Some(Err(ErrorKind::Closed)));
    task.is_over();
}

fn stream_whose_time_is_up() {
    let (task, request) = Asked { timeout: Some(ACQUIRE_TIMEOUT), ..read(1, MANY).streamed() }.both();
    let task = Arc::new(task);
    let thread = thread::spawn(move || Connection::new().answer(request));
    let late = {
        let task = Arc::clone(&task);
        thread::spawn(move || task.time_is_up())
    };
    match task.answer() {
        (rows, Ok(())) => assert_eq!(rows, MANY),
        (_, end) => assert_eq!(end, Err(ErrorKind::Timeout)),
    }
    thread.join().expect("no panic");
    late.join().expect("no panic");
    task.is_over();
}

/// A stream on an explicit connection is not read until what comes behind it on the connection has
/// been answered.
fn stream_that_is_pressed() {
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

/// The same, where both are in the queue before the thread comes.
fn stream_that_is_pressed_from_the_beginning() {
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
fn batches_come_in_order_and_complete() {
    check(1_000, stream_to_its_end);
    check(1_000, stream_whose_time_is_up);
}

#[test]
fn a_thread_does_not_wait_for_a_stream_that_is_dropped_or_ended() {
    check(1_000, stream_that_is_dropped);
    check(1_000, stream_that_is_ended);
}

#[test]
fn a_thread_does_not_wait_for_a_stream_while_others_wait_for_the_connection() {
    check(1_000, stream_that_is_pressed);
    check(500, stream_that_is_pressed_from_the_beginning);
}

/// Readers share a queue; when each waits for a task that does not read its stream, another thread
/// helps out.
#[derive(Clone)]
struct Readers {
    queue: Arc<Queue>,
    threads: Arc<Plain<Vec<thread::JoinHandle<()>>>>,
}

/// A reader that says so when it waits for a task.
struct Reader(Readers, usize);

impl Stalls for Reader {
    fn stalled(&self, stalled: bool) {
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

    fn start(&self, name: &'static str, helps_out: bool) {
        let readers = self.clone();
        let thread = thread::spawn(move || {
            let slot = Slot::take(&readers.queue, &name.into());
            let stalls: Option<Arc<dyn Stalls>> = Some(Arc::new(Reader(readers, slot.number())));
            Connection { stalls, ..Connection::new() }.serve_at(&slot, helps_out);
        });
        self.threads.lock().expect("no panic").push(thread);
    }

    fn send(&self, asked: Asked) -> Task {
        let (task, request) = asked.both();
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

fn streams_that_are_not_read() {
    let readers = Readers::new();
    let streams = [1, 2].map(|number| readers.send(read(number, 5).streamed()));
    // Nobody reads the streams before these are answered.
    for task in [3, 4].map(|number| readers.send(read(number, 1))) {
        task.succeeds(1);
    }
    for stream in streams {
        stream.succeeds(5);
    }
    readers.end();
}

/// The second is sent when the first has been answered, and who helped may be gone.
fn streams_that_are_not_read_for_long() {
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
fn reads_are_answered_while_nobody_reads_the_streams() {
    check(1_000, streams_that_are_not_read);
}

#[test]
fn reads_are_answered_as_long_as_nobody_reads_the_streams() {
    check(1_000, streams_that_are_not_read_for_long);
}

/// Two threads, two tasks that wait for their answers before the queue is closed.
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
    assert_eq!(queue.figures().0, 0);
}

fn two_threads_and_a_closed_door() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let threads = [one_thread(&queue), one_thread(&queue)];
    let tasks = [1, 2].map(|number| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let both = [read(number, 1).send(&queue), read(number, 2).send(&queue)];
            let [first, second] = [both[0].succeeds_or_is_closed(1), both[1].succeeds_or_is_closed(2)];
            assert!(first || !second, "what is let in runs");
        })
    });
    queue.close();
    for thread in tasks.into_iter().chain(threads) {
        thread.join().expect("no panic");
    }
    assert!(queue.is_closed());
    assert_eq!(queue.figures().0, 0);
}

/// The thread is gone in the midst of it, and what waits fails.
fn a_thread_that_ends() {
    let queue = Queue::of_one_connection();
    let thread = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let slot = Slot::take(&queue, &"thread".into());
            if let Next::Request(request) = slot.next(false, false) {
                Connection::new().answer(request);
            }
            queue.abandon();
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

/// A thread that only helps out goes when there is nothing to do; what comes as it goes is not
/// lost.
fn a_helper_that_goes() {
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

/// So many futures were dropped that the queue is cleared, while it is used.
fn a_queue_that_is_cleared() {
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    for _ in 0..64 {
        queue.forget_one();
    }
    let dropped = [1, 3].map(|number| read(number, 1).send(&queue));
    let kept = read(2, 1).send(&queue);
    let thread = one_thread(&queue);
    let forgets = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            for task in dropped {
                task.cancel();
                queue.forget_one();
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

#[test]
fn every_request_is_taken_once_and_no_thread_sleeps_while_one_waits() {
    check(1_000, two_threads);
    check(1_000, a_helper_that_goes);
}

#[test]
fn every_request_is_taken_or_failed_when_the_queue_is_closed_or_abandoned() {
    check(1_000, two_threads_and_a_closed_door);
    check(1_000, a_thread_that_ends);
}

#[test]
fn what_dropped_futures_leave_in_the_queue_is_cleared_and_nothing_else() {
    check(500, a_queue_that_is_cleared);
}

/// The writer: requests of two tasks, of which one cannot share a transaction.
fn groups() {
    const MOST: usize = 2;
    let queue = Queue::shared(ACQUIRE_TIMEOUT, "a connection", None);
    let order = Arc::<Plain<Vec<usize>>>::default();
    let writer = {
        let (queue, order) = (Arc::clone(&queue), Arc::clone(&order));
        thread::spawn(move || {
            let slot = Slot::take(&queue, &"writer".into());
            let connection = Connection::new();
            let mut group = std::collections::VecDeque::new();
            while slot.wait_for_work() {
                slot.take_group(MOST, &mut group);
                assert!(!group.is_empty() && group.len() <= MOST);
                assert!(group.len() == 1 || group.iter().all(|request| request.command.shares));
                // What it has no time for is put back, and keeps its place.
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
            let sent = [write(number), write(number + 1).alone(), write(number + 2), write(number + 3)];
            let sent = sent.map(|asked| asked.send(&queue));
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

/// A task with a transaction on an explicit connection, whose door is closed for others at any
/// moment.
fn transaction_while_the_door_closes() {
    const BEGIN: usize = 1;
    const END: usize = 2;
    let queue = Queue::of_one_connection();
    let thread = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let slot = Slot::take(&queue, &"thread".into());
            let connection = Connection::new();
            let mut in_transaction = false;
            while let Next::Request(request) = slot.next(false, in_transaction) {
                match request.command.number {
                    BEGIN => in_transaction = true,
                    END => in_transaction = false,
                    _ => {}
                }
                connection.answer(request);
            }
            queue.abandon();
        })
    };
    let closes = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || queue.close_for_others())
    };
    if write(BEGIN).send(&queue).succeeds_or_is_closed(2) {
        write(3).within(7).send(&queue).succeeds(2);
        write(END).within(7).send(&queue).succeeds(2);
    }
    closes.join().expect("no panic");
    assert!(!write(4).send(&queue).succeeds_or_is_closed(2));
    thread.join().expect("no panic");
    assert_eq!(queue.door(), Door::Closed);
}

#[test]
fn a_transaction_goes_on_while_the_door_is_closed_for_others() {
    check(1_000, transaction_while_the_door_closes);
}

/// Readers, and a log that grows past its limit: new reads are held back until it has been begun
/// anew.
struct Log {
    reads: Arc<Reads>,
    /// How many read.
    reading: Count,
    step: AtomicUsize,
    /// Where the checkpoint is asked for.
    asked: shuttle::sync::mpsc::Sender<()>,
}

impl Log {
    fn ask(&self) {
        self.asked.send(()).expect("somebody listens");
    }

    fn read(&self, name: &str, times: usize) {
        let name: Name = name.into();
        let reader = self.reads.reader(&name);
        for _ in 0..times {
            self.reads.enter(&reader, true, || false, || self.ask());
            self.reading.fetch_add(1, SeqCst);
            self.step.fetch_add(1, SeqCst);
            self.reading.fetch_sub(1, SeqCst);
            self.reads.leave(&reader, || self.ask());
        }
    }
}

impl Log {
    /// The log, two readers of it, and a commit that has made it grow too large.
    fn new() -> (Arc<Log>, shuttle::sync::mpsc::Receiver<()>, [thread::JoinHandle<()>; 3]) {
        let (asked, asks) = shuttle::sync::mpsc::channel();
        let (reading, step) = (Count::new(0), AtomicUsize::new(0));
        let log = Arc::new(Log { reads: Reads::new(100), reading, step, asked });
        let readers = ["one", "two"].map(|name| {
            let log = Arc::clone(&log);
            thread::spawn(move || log.read(name, 2))
        });
        let writer = {
            let log = Arc::clone(&log);
            thread::spawn(move || {
                if log.reads.log_has_grown(101) {
                    log.ask();
                }
            })
        };
        let [one, two] = readers;
        (log, asks, [one, two, writer])
    }
}

fn log_that_is_begun_anew() {
    let (log, asks, threads) = Log::new();
    asks.recv().expect("the last to make way asks for it");
    for _ in 0..2 {
        assert_eq!(log.reading.load(SeqCst), 0, "somebody reads while the log is begun anew");
        log.step.fetch_add(1, SeqCst);
    }
    log.reads.let_go(true);
    for thread in threads {
        thread.join().expect("no panic");
    }
    assert!(asks.try_recv().is_err(), "it is asked for once");
}

/// The checkpoint that was asked for is never made; its time is up instead.
fn log_that_is_not_begun_anew() {
    let (_log, asks, threads) = Log::new();
    asks.recv().expect("the last to make way asks for it, or the commit itself");
    while timer::ring_next() {}
    for thread in threads {
        thread.join().expect("no panic");
    }
}

/// A read that does not end was waited for in vain: others are not held back for it a second time.
fn log_whose_read_does_not_end() {
    let reads = Reads::new(100);
    let (endless, other) = (reads.reader(&"endless".into()), reads.reader(&"other".into()));
    let is_held_back = || {
        let waits = Flag::new(false);
        let unwanted = || {
            waits.store(true, SeqCst);
            true
        };
        reads.enter(&other, true, unwanted, || ());
        reads.leave(&other, || ());
        waits.into_inner()
    };
    reads.enter(&endless, true, || false, || ());
    assert!(!is_held_back());
    assert!(!reads.log_has_grown(101), "somebody reads");
    assert!(is_held_back());
    Restart::new(&reads).done(false);
    assert!(!is_held_back());
    assert!(!reads.log_has_grown(1_000), "the same read is still under way");
    assert!(!is_held_back());
    let asked = Flag::new(false);
    reads.leave(&endless, || asked.store(true, SeqCst));
    assert!(asked.into_inner(), "what was in vain is tried again when the read has ended");
}

#[test]
fn reads_make_way_for_the_log_and_go_on() {
    check(1_000, log_that_is_begun_anew);
}

#[test]
fn reads_go_on_though_the_log_is_not_begun_anew() {
    check(1_000, log_that_is_not_begun_anew);
}

#[test]
fn a_read_that_was_waited_for_in_vain_holds_no_others_back_again() {
    check_in_turn(1, log_whose_read_does_not_end);
}
