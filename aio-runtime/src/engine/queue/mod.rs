//! The queue in front of one or more connection threads.
//!
//! A request is queued when its future is first polled; requests are taken in this order. A
//! request whose future was dropped before it began never begins, unless it ends a transaction.
//! Requests that never begin are removed when there are many of them. In any other queue than that
//! of an explicit connection, a request that has waited for the acquire timeout fails.

mod slot;
mod slots;

use std::collections::VecDeque;
use std::time::Duration;

use super::Turn;
use super::errors::{closed, not_acquired};
use super::pipelining::Pipelining;
use super::request::Request;
use super::sync::{Arc, AtomicUsize, Condvar, Instant, Mutex, MutexGuard, Ordering, Spin, Weak, cores, lock, try_lock};
use super::timer::{self, Alarm};
use slots::Slots;

pub(crate) use slot::{Next, Slot};

/// When more than this many futures were dropped, the queue checks whether they may be those of
/// more than half of its requests, and then removes these requests.
const CLEAR_AFTER: usize = 64;

/// The minimum interval between two searches for requests that have waited too long.
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// The number of brief requests for which one thread is woken, if the threads send them together.
/// To wake another one costs more than it takes the first one to send one more.
const BRIEF_PER_THREAD: usize = 16;

/// The maximum number of requests in a pipeline.
const MAX_MEMBERS: usize = 256;

/// The time within which a pipeline on a server that is near usually ends.
const SOON: Duration = Duration::from_millis(2);

/// A request may wait for a thread at least this long, even if the acquire timeout is shorter.
const MIN_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(100);

pub(crate) struct Queue {
    state: Mutex<State>,
    /// Is 0 when a thread begins to wait without sleeping, and greater than 0 once a request is
    /// queued. The thread reads it without the lock.
    waiting: AtomicUsize,
    /// The maximum time that a request waits for a thread. `None` for the queue of an explicit
    /// connection, whose requests wait only for earlier requests of that connection.
    acquire_timeout: Option<Duration>,
    /// Decides whether a task waits for its answer without sleeping (spins) for a moment before it
    /// waits to be woken.
    answer_spin: Mutex<Spin>,
    /// The number of futures that have sent a request and not yet received the end of its answer.
    /// Those that begin or end a transaction are not counted.
    tasks: AtomicUsize,
    /// The name of the resource for which requests wait, such as "a connection", for the timeout
    /// error.
    resource: &'static str,
    /// The right that a thread acquires before it takes a request; `None` if it needs no such
    /// right. The timeout error names the holder of the right.
    turn: Option<Arc<dyn Turn>>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    /// The number of futures that were dropped before they had their answers, since their requests
    /// were last removed from the queue. Some of the requests may already have left the queue.
    dropped: usize,
    intake: Intake,
    /// The condvars of the sleeping threads, in the order in which the threads fell asleep.
    sleeping: Vec<Arc<Condvar>>,
    /// The number of threads that were woken and have not looked for a request yet.
    woken: usize,
    /// The number of threads that wait for a request without sleeping (spin).
    spinning: usize,
    /// That of the newest connection that can pipeline.
    pipelining: Pipelining,
    /// Decides whether a thread spins before it sleeps.
    spin: Spin,
    slots: Slots,
    /// Whether the alarm for the next search for requests that have waited too long is set.
    sweep_is_set: bool,
    /// The alarm for requests that wait for busy threads, and whether it is set.
    relief: Option<Arc<Relief>>,
    relief_is_set: bool,
    longest_wait: Duration,
}

/// Which requests the queue accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Intake {
    #[default]
    Open,
    /// Only requests of an open transaction are accepted.
    TransactionsOnly,
    Closed,
}

/// The state of a request just after it was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// An idle thread takes the request at once, and no other thread is working.
    Immediate,
    /// Any other case: the request waits for a thread, an idle thread takes it while others work,
    /// or the queue has refused it.
    Queued,
    /// The request waits, and each thread is blocked by a task that reads its stream slowly.
    Stalled,
}

impl Queue {
    /// Creates a queue for the requests of many callers. A request fails after `acquire_timeout`
    /// in the queue; the error names the `resource` it waited for, such as "a connection", and
    /// says who holds the `turn`, or which requests the threads are running.
    pub(crate) fn shared(acquire_timeout: Duration, resource: &'static str, turn: Option<Arc<dyn Turn>>) -> Arc<Queue> {
        Queue::new(Some(acquire_timeout.max(MIN_ACQUIRE_TIMEOUT)), resource, turn)
    }

    /// Creates the queue of one connection, where requests wait for each other without a time
    /// limit.
    pub(crate) fn of_one_connection() -> Arc<Queue> {
        Queue::new(None, "the connection", None)
    }

    fn new(acquire_timeout: Option<Duration>, resource: &'static str, turn: Option<Arc<dyn Turn>>) -> Arc<Queue> {
        Arc::new(Queue {
            state: Mutex::default(),
            waiting: AtomicUsize::new(0),
            acquire_timeout,
            answer_spin: Mutex::default(),
            tasks: AtomicUsize::new(0),
            resource,
            turn,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Appends a request. If the queue does not accept it, answers it with the error that the
    /// database or connection is closed.
    pub(crate) fn push(self: &Arc<Queue>, request: Request) -> Pushed {
        let mut state = self.lock();
        if state.intake == Intake::Closed || (state.intake == Intake::TransactionsOnly && request.transaction == 0) {
            drop(state);
            request.responder.finish(Err(closed()));
            return Pushed::Queued;
        }
        let arrived = request.arrived;
        self.set_sweep(&mut state, arrived);
        state.requests.push_back(request);
        self.waiting.store(state.requests.len(), Ordering::Release);
        let has_idle = !state.sleeping.is_empty() || state.coming() > 0;
        let is_expected = state.are_expected();
        let wake = if is_expected { None } else { self.wake_for_unexpected(&mut state, arrived) };
        let is_taken = is_expected || wake.is_some();
        // If another thread is working, other tasks are probably busy too, and a task that spins
        // for its answer would take a core from them.
        let is_immediate = is_taken && state.slots.are_idle();
        let stalled = !has_idle && state.slots.are_all_stalled();
        if !has_idle && self.acquire_timeout.is_none() {
            // An explicit connection has only one thread. It must not wait for a task that reads
            // slowly, because the new request waits for the thread.
            state.slots.jobs().for_each(|job| job.unblock());
        }
        drop(state);
        if let Some(condvar) = wake {
            condvar.notify_one();
        }
        match (is_immediate, stalled) {
            (true, _) => Pushed::Immediate,
            (_, true) => Pushed::Stalled,
            _ => Pushed::Queued,
        }
    }

    /// Records that a future begins to wait for an answer. Returns whether no other future waits
    /// for one. If one does, its task may already have its answer and need the core on which this
    /// task would spin.
    pub(crate) fn begin_to_wait(&self) -> bool {
        self.tasks.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// Records that a future has received the end of its answer or no longer waits for it.
    pub(crate) fn end_wait(&self) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits without sleeping (spins), for at most `limit`, until an answer has come, because
    /// waking a task takes longer than many answers take. Only one task of the queue spins at a
    /// time; for another one this returns at once. Returns the time spent spinning.
    pub(crate) fn spin_for_answer(&self, limit: Duration, has_come: impl Fn() -> bool) -> Duration {
        match try_lock(&self.answer_spin) {
            Some(mut spin) => spin.spin(limit, has_come),
            None => Duration::ZERO,
        }
    }

    /// Puts a request in front of all queued requests, because others wait for its effect.
    pub(crate) fn push_first(self: &Arc<Queue>, request: Request) {
        if self.intake() == Intake::Closed {
            return request.responder.finish(Err(closed()));
        }
        self.put_back(VecDeque::from([request]));
        self.waiting.store(1, Ordering::Release);
        let wake = self.lock().wake();
        wake.iter().for_each(|condvar| condvar.notify_one());
    }

    /// Puts requests that a thread has taken but not run back to the front of the queue, in their
    /// order.
    pub(crate) fn put_back(self: &Arc<Queue>, requests: VecDeque<Request>) {
        let Some(first) = requests.front() else { return };
        let mut state = self.lock();
        self.set_sweep(&mut state, first.arrived);
        for request in requests.into_iter().rev() {
            state.requests.push_front(request);
        }
    }

    fn set_sweep(self: &Arc<Queue>, state: &mut State, arrived: Instant) {
        if let Some(acquire_timeout) = self.acquire_timeout
            && !state.sweep_is_set
        {
            state.sweep_is_set = true;
            let queue: Arc<dyn Alarm> = Arc::clone(self) as _;
            timer::ring_at(timer::after(arrived, acquire_timeout), Arc::downgrade(&queue));
        }
    }

    /// Removes a thread from those that sleep if there are requests that no other thread will take
    /// soon. The caller has to notify its condvar.
    fn wake_for_the_rest(self: &Arc<Queue>, state: &mut State, now: Instant) -> Option<Arc<Condvar>> {
        if state.requests.is_empty() || state.are_expected() { None } else { self.wake_for_unexpected(state, now) }
    }

    /// Does the same for requests that no thread is coming for.
    fn wake_for_unexpected(self: &Arc<Queue>, state: &mut State, now: Instant) -> Option<Arc<Condvar>> {
        if state.sleeping.is_empty() {
            return None;
        }
        match state.may_wait_until(now) {
            Some(until) => {
                self.set_relief(state, until);
                None
            }
            None => state.wake(),
        }
    }

    /// Sets the alarm that wakes a thread for requests that still wait then.
    fn set_relief(self: &Arc<Queue>, state: &mut State, at: Instant) {
        if !std::mem::replace(&mut state.relief_is_set, true) {
            let relief = state.relief.get_or_insert_with(|| Arc::new(Relief(Arc::downgrade(self))));
            let relief: Arc<dyn Alarm> = Arc::clone(relief) as _;
            timer::ring_at(at, Arc::downgrade(&relief));
        }
    }

    /// Counts a request whose future was dropped. When there are many, removes all such requests
    /// from the queue.
    pub(crate) fn count_dropped(&self) {
        let mut state = self.lock();
        state.dropped += 1;
        if state.dropped > CLEAR_AFTER && state.dropped > state.requests.len() / 2 {
            state.dropped = 0;
            let (gone, kept) =
                std::mem::take(&mut state.requests).into_iter().partition(|request| request.is_abandoned());
            state.requests = kept;
            drop(state);
            drop::<VecDeque<Request>>(gone);
        }
    }

    /// Records whether the thread with the number `slot` waits for a task that reads slowly.
    /// Returns whether requests are queued while all threads wait for such tasks.
    pub(crate) fn stall(&self, slot: usize, is_stalled: bool) -> bool {
        let mut state = self.lock();
        state.slots.set_stalled(slot, is_stalled);
        let is_idle = !state.sleeping.is_empty() || state.spinning > 0;
        is_stalled && !state.requests.is_empty() && !is_idle && state.slots.are_all_stalled()
    }

    /// Refuses new requests, except those of an open transaction.
    pub(crate) fn accept_transactions_only(&self) {
        let mut state = self.lock();
        if state.intake == Intake::Open {
            state.intake = Intake::TransactionsOnly;
        }
        wake_all(state);
    }

    /// Refuses new requests. Requests that are already queued still run.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.intake = Intake::Closed;
        wake_all(state);
    }

    /// Ends the running reads with the error that the database is closed. Called when closing has
    /// waited for them long enough.
    pub(crate) fn end_reads(&self) {
        let jobs: Vec<_> = self.lock().slots.jobs().map(Arc::clone).collect();
        for job in jobs {
            job.end_read(closed());
        }
    }

    /// Answers the queued requests with the error that the database is closed.
    pub(crate) fn fail_queued(&self) {
        let requests = std::mem::take(&mut self.lock().requests);
        requests.into_iter().for_each(|request| request.responder.finish(Err(closed())));
    }

    /// Refuses new requests and fails the queued ones, because no thread is left to run them.
    pub(crate) fn shut_down(&self) {
        self.close();
        let requests = std::mem::take(&mut self.lock().requests);
        drop(requests);
    }

    pub(crate) fn intake(&self) -> Intake {
        self.lock().intake
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.intake() != Intake::Open
    }

    /// Returns the number of queued requests whose futures still exist, and the longest time that
    /// a request has waited so far.
    pub(crate) fn stats(&self) -> (usize, Duration) {
        let state = self.lock();
        (state.requests.iter().filter(|request| !request.is_abandoned()).count(), state.longest_wait)
    }
}

/// Wakes every sleeping thread of the queue.
fn wake_all(mut state: MutexGuard<'_, State>) {
    let sleeping = std::mem::take(&mut state.sleeping);
    state.woken += sleeping.len();
    drop(state);
    sleeping.iter().for_each(|condvar| condvar.notify_one());
}

impl State {
    /// Returns the number of threads that will look for a request without being woken: they spin,
    /// were woken already, or have just answered another request.
    fn coming(&self) -> usize {
        self.spinning + self.woken + self.slots.returning()
    }

    /// Returns whether the threads that are coming will take all requests. A thread that takes a
    /// brief one takes others with it. If it finds that it leaves some behind, it wakes another
    /// thread.
    fn are_expected(&self) -> bool {
        let (waiting, coming) = (self.requests.len(), self.coming());
        let Some(last) = self.requests.back() else { return true };
        if self.pipelining == Pipelining::Off || !last.can_be_pipelined() {
            return waiting <= coming;
        }
        waiting <= coming * BRIEF_PER_THREAD
    }

    /// Returns until when brief requests wait for the threads that run such requests already,
    /// because further threads would not make them faster; `None` if they do not wait for these.
    ///
    /// Each pipeline keeps a thread here and a process of the server busy. If the server is near,
    /// more of them than there are cores to run them only wake and interrupt each other, while a
    /// few larger pipelines cost less for each request and wait for the disk less often.
    fn may_wait_until(&self, now: Instant) -> Option<Instant> {
        if self.pipelining != Pipelining::Near || !self.requests.back().is_some_and(Request::can_be_pipelined) {
            return None;
        }
        let ends = self.slots.brief_since().map(|since| timer::after(since, SOON)).filter(|end| *end > now);
        let (mut running, mut first) = (self.coming(), None);
        for end in ends {
            running += 1;
            first = first.into_iter().chain([end]).min();
        }
        let are_enough = running >= self.threads_with_pipelines() && self.requests.len() <= running * MAX_MEMBERS;
        are_enough.then(|| first.unwrap_or_else(|| timer::after(now, SOON)))
    }

    /// Returns the number of threads that run pipelines while each pipeline has room for all
    /// requests that wait for it.
    fn threads_with_pipelines(&self) -> usize {
        let threads = self.slots.count();
        // Each has a process of the server beside it.
        let useful = if self.pipelining == Pipelining::Near { cores() / 2 } else { threads };
        threads.min(useful).max(1)
    }

    /// Removes a thread from those that sleep. The caller has to notify its condvar.
    fn wake(&mut self) -> Option<Arc<Condvar>> {
        let condvar = self.sleeping.pop()?;
        self.woken += 1;
        Some(condvar)
    }

    fn begin_work(&mut self, slot: usize, request: &Request) {
        self.count(request);
        self.slots.begin_work(slot, request);
    }

    fn count(&mut self, request: &Request) {
        self.longest_wait = self.longest_wait.max(request.arrived.elapsed());
    }
}

/// Wakes another thread for the waiting requests if the busy threads take too long.
struct Relief(Weak<Queue>);

impl Alarm for Relief {
    fn ring(&self, now: Instant) -> Option<Instant> {
        let queue = self.0.upgrade()?;
        let mut state = queue.lock();
        state.relief_is_set = false;
        let wake = queue.wake_for_the_rest(&mut state, now);
        if !state.requests.is_empty() && !state.sleeping.is_empty() {
            // The thread that is coming for the requests may be late as well.
            queue.set_relief(&mut state, timer::after(now, SOON));
        }
        drop(state);
        if let Some(condvar) = wake {
            condvar.notify_one();
        }
        None
    }
}

impl Alarm for Queue {
    /// Fails the requests that have waited too long. Returns the time at which to search for such
    /// requests again, or `None` if no request is left.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let acquire_timeout = self.acquire_timeout?;
        let mut state = self.lock();
        let late = |request: &Request| timer::after(request.arrived, acquire_timeout) <= now;
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut state.requests).into_iter().partition(|request| late(request));
        state.requests = kept;
        let reason = match &self.turn {
            _ if gone.is_empty() => String::new(),
            Some(turn) => turn.holder(),
            None => state.slots.describe_work(),
        };
        let oldest = state.requests.iter().map(|request| request.arrived).min();
        state.sweep_is_set = oldest.is_some();
        drop(state);
        for request in gone {
            request.responder.finish(Err(not_acquired(acquire_timeout, self.resource, &reason)));
        }
        oldest.map(|oldest| timer::after(oldest, acquire_timeout).max(now + SWEEP_INTERVAL))
    }
}
