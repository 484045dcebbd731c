//! The queue in front of one or more connection threads.
//!
//! A request is queued when its future is first polled, and its place is decided then. The queue
//! holds one request for each future that waits, and no more: what a dropped future leaves behind
//! is cleared away. Nobody waits longer than the database allows.

mod slot;
mod slots;

use std::collections::VecDeque;
use std::time::Duration;

use super::Turn;
use super::errors::{closed, not_acquired};
use super::request::Request;
use super::sync::{Arc, AtomicUsize, Condvar, Instant, Mutex, MutexGuard, Ordering, Spin, lock, try_lock};
use super::timer::{self, Alarm};
use slots::Slots;

pub(crate) use slot::{Next, Slot};

/// The number of dropped futures' requests from which on the queue checks whether they are the
/// most of it.
const CLEAR_AFTER: usize = 64;

/// The minimum interval between two sweeps for requests that have waited too long.
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// The time that a request has for a thread to take it, though the database is told to wait for
/// nobody.
const MIN_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(100);

pub(crate) struct Queue {
    state: Mutex<State>,
    /// The number of requests that wait, for threads that spin without the lock.
    waiting: AtomicUsize,
    /// How long a request may wait for a thread; `None` where only its own connection's work is
    /// before it.
    acquire_timeout: Option<Duration>,
    /// Whether a task spins for its answer before it goes to sleep.
    answer_spin: Mutex<Spin>,
    /// The number of tasks that have sent a request and not taken its answer yet.
    tasks: AtomicUsize,
    /// What a request waits for here, in the words of the error of one that waited too long.
    awaited: &'static str,
    /// What the threads wait for before they take a request, if anything.
    turn: Option<Arc<dyn Turn>>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    /// How many of them belong to futures that were dropped.
    dropped: usize,
    door: Door,
    /// The condvars of the threads that sleep, the last to fall asleep at the end.
    sleeping: Vec<Arc<Condvar>>,
    /// The number of threads that spin.
    spinning: usize,
    /// Whether they spin.
    spin: Spin,
    slots: Slots,
    /// Whether the alarm is set that sweeps for requests that have waited too long.
    sweep_is_set: bool,
    longest_wait: Duration,
}

/// Which requests are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    #[default]
    Open,
    /// Those of an open transaction.
    Transactions,
    Closed,
}

/// What has become of a request that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// A thread that had nothing to do takes it, and no other thread works.
    Awaited,
    /// It waits for a thread.
    Waits,
    /// Nobody is there to take it, for every thread waits for a task that reads its stream slowly.
    Stalled,
}

impl Queue {
    /// Makes a queue that threads share. A request fails that waits for longer than
    /// `acquire_timeout`; the error says that it has waited for what `awaited` names, such as "a
    /// connection", and who has the `turn` that the threads wait for, or what they do.
    pub(crate) fn shared(acquire_timeout: Duration, awaited: &'static str, turn: Option<Arc<dyn Turn>>) -> Arc<Queue> {
        Queue::new(Some(acquire_timeout.max(MIN_ACQUIRE_TIMEOUT)), awaited, turn)
    }

    /// Makes the queue of one connection, where requests wait for each other as long as they take.
    pub(crate) fn of_one_connection() -> Arc<Queue> {
        Queue::new(None, "the connection", None)
    }

    fn new(acquire_timeout: Option<Duration>, awaited: &'static str, turn: Option<Arc<dyn Turn>>) -> Arc<Queue> {
        Arc::new(Queue {
            state: Mutex::default(),
            waiting: AtomicUsize::new(0),
            acquire_timeout,
            answer_spin: Mutex::default(),
            tasks: AtomicUsize::new(0),
            awaited,
            turn,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Puts a request at the end.
    pub(crate) fn push(self: &Arc<Queue>, request: Request) -> Pushed {
        let mut state = self.lock();
        if state.door == Door::Closed || (state.door == Door::Transactions && request.transaction == 0) {
            drop(state);
            request.responder.finish(Err(closed()));
            return Pushed::Waits;
        }
        self.set_sweep(&mut state, request.arrived);
        state.requests.push_back(request);
        self.waiting.store(state.requests.len(), Ordering::Release);
        // A thread that spins, or has just answered another request, takes it without being woken.
        let coming = state.spinning + state.slots.returning();
        let has_idle = !state.sleeping.is_empty() || coming > 0;
        let wake = if state.requests.len() > coming { state.sleeping.pop() } else { None };
        let is_taken = state.requests.len() <= coming || wake.is_some();
        // While a thread works, many tasks send requests, and one that spins takes a core away
        // from them.
        let awaited = is_taken && state.slots.are_idle();
        let stalled = !has_idle && state.slots.are_all_stalled();
        if !has_idle && self.acquire_timeout.is_none() {
            // The thread of an explicit connection has nobody who could help out.
            state.slots.jobs().for_each(|job| job.unblock());
        }
        drop(state);
        if let Some(condvar) = wake {
            condvar.notify_one();
        }
        match (awaited, stalled) {
            (true, _) => Pushed::Awaited,
            (_, true) => Pushed::Stalled,
            _ => Pushed::Waits,
        }
    }

    /// Records that a task waits for the answer to what it has sent. Returns whether it is the
    /// only one. Others may have their answers, and wait for the core on which this one would
    /// spin.
    pub(crate) fn begin_to_wait(&self) -> bool {
        self.tasks.fetch_add(1, Ordering::Relaxed) == 0
    }

    /// Records that a task has taken its answer, or waits for it no longer.
    pub(crate) fn end_wait(&self) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
    }

    /// Spins for a moment until an answer has come, for a task whose request was awaited: to be
    /// woken takes longer than many an answer. Only one task spins at a time. Returns for how
    /// long.
    pub(crate) fn spin_for_answer(&self, moment: Duration, has_come: impl Fn() -> bool) -> Duration {
        match try_lock(&self.answer_spin) {
            Some(mut spin) => spin.spin(moment, has_come),
            None => Duration::ZERO,
        }
    }

    /// Puts a request before all others: one that others wait for.
    pub(crate) fn push_first(self: &Arc<Queue>, request: Request) {
        if self.door() == Door::Closed {
            return request.responder.finish(Err(closed()));
        }
        self.put_back(VecDeque::from([request]));
        self.waiting.store(1, Ordering::Release);
        let wake = self.lock().sleeping.pop();
        wake.iter().for_each(|condvar| condvar.notify_one());
    }

    /// Puts requests back that were taken, before all others.
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

    /// Counts a request whose future was dropped, and clears such requests away where they are
    /// many.
    pub(crate) fn forget_one(&self) {
        let mut state = self.lock();
        state.dropped += 1;
        if state.dropped > CLEAR_AFTER && state.dropped > state.requests.len() / 2 {
            state.dropped = 0;
            let (gone, kept) =
                std::mem::take(&mut state.requests).into_iter().partition(|request| request.is_one_nobody_waits_for());
            state.requests = kept;
            drop(state);
            drop::<VecDeque<Request>>(gone);
        }
    }

    /// Records that the thread in a slot waits for a task that reads slowly, or goes on. Returns
    /// whether nobody is left to take what waits.
    pub(crate) fn stall(&self, slot: usize, is_stalled: bool) -> bool {
        let mut state = self.lock();
        state.slots.set_stalled(slot, is_stalled);
        let is_idle = !state.sleeping.is_empty() || state.spinning > 0;
        is_stalled && !state.requests.is_empty() && !is_idle && state.slots.are_all_stalled()
    }

    /// Refuses new requests but those of an open transaction.
    pub(crate) fn close_for_others(&self) {
        let mut state = self.lock();
        if state.door == Door::Open {
            state.door = Door::Transactions;
        }
        wake_all(state);
    }

    /// Refuses new requests; those that wait still run.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.door = Door::Closed;
        wake_all(state);
    }

    /// Ends the reads under way, when closing has waited for them long enough.
    pub(crate) fn end_reads(&self) {
        let jobs: Vec<_> = self.lock().slots.jobs().map(Arc::clone).collect();
        for job in jobs {
            job.end_read(closed());
        }
    }

    /// Fails the requests that wait.
    pub(crate) fn refuse_all(&self) {
        let requests = std::mem::take(&mut self.lock().requests);
        requests.into_iter().for_each(|request| request.responder.finish(Err(closed())));
    }

    /// Refuses new requests, and fails those that wait: nobody is left to run them.
    pub(crate) fn abandon(&self) {
        self.close();
        let requests = std::mem::take(&mut self.lock().requests);
        drop(requests);
    }

    pub(crate) fn door(&self) -> Door {
        self.lock().door
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.door() != Door::Open
    }

    /// Returns how many requests wait, and the longest time that one has waited.
    pub(crate) fn figures(&self) -> (usize, Duration) {
        let state = self.lock();
        (state.requests.len(), state.longest_wait)
    }
}

/// Wakes every thread that sleeps.
fn wake_all(mut state: MutexGuard<'_, State>) {
    let sleeping = std::mem::take(&mut state.sleeping);
    drop(state);
    sleeping.iter().for_each(|condvar| condvar.notify_one());
}

impl State {
    fn begin_work(&mut self, slot: usize, request: &Request) {
        self.count(request);
        self.slots.begin_work(slot, request);
    }

    fn count(&mut self, request: &Request) {
        self.longest_wait = self.longest_wait.max(request.arrived.elapsed());
    }
}

impl Alarm for Queue {
    /// Fails the requests that have waited too long.
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
            None => state.slots.occupation(),
        };
        let oldest = state.requests.iter().map(|request| request.arrived).min();
        state.sweep_is_set = oldest.is_some();
        drop(state);
        for request in gone {
            request.responder.finish(Err(not_acquired(acquire_timeout, self.awaited, &reason)));
        }
        oldest.map(|oldest| timer::after(oldest, acquire_timeout).max(now + SWEEP_INTERVAL))
    }
}
