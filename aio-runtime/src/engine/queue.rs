//! The queue in front of one or more connection threads.
//!
//! A request is queued when its future is first polled, and its place is decided then. The queue
//! holds one request for each future that waits, and no more: what a dropped future leaves behind
//! is cleared away. Nobody waits longer than the database allows.

use std::collections::VecDeque;
use std::time::Duration;

use super::Turn;
use super::job::Job;
use super::request::{Name, Request};
use super::sync::{
    Arc, AtomicUsize, Condvar, Instant, Look, Mutex, MutexGuard, Ordering, lock, try_lock, wait, wait_until,
};
use super::timer::{self, Alarm};
use crate::error::{Error, ErrorKind};

/// How many requests of dropped futures may lie in a queue before it is looked whether they are
/// the most of it.
const CLEAR_AFTER: usize = 64;

/// How far apart the looks at requests that have waited too long are at least.
const TOGETHER: Duration = Duration::from_millis(10);

/// How long a thread that helps out waits for something to do.
const LINGER: Duration = Duration::from_secs(2);

pub(crate) struct Queue {
    state: Mutex<State>,
    /// How many requests wait, or that it is closed: for threads that look without the lock.
    come: AtomicUsize,
    /// How long a request may wait for a thread; `None` where only its own connection's work is
    /// before it.
    patience: Option<Duration>,
    /// Whether a task looks for its answer before it goes to sleep.
    for_answers: Mutex<Look>,
    /// What the threads wait for before they take a request, if anything.
    turn: Option<Arc<dyn Turn>>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Request>,
    /// How many of them belong to futures that were dropped.
    dropped: usize,
    door: Door,
    /// The bells of the threads that have nothing to do and sleep, the last to do so at the end,
    /// and how many still look.
    idle: Vec<Arc<Condvar>>,
    looking: usize,
    /// Whether they look.
    look: Look,
    /// What each thread does.
    seats: Vec<Option<Seat>>,
    /// The alarm is set that looks for requests that have waited too long.
    watched: bool,
    longest_wait: Duration,
}

/// What is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    #[default]
    Open,
    /// What belongs to an open transaction.
    Transactions,
    Closed,
}

/// What has become of a request that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// A thread that had nothing to do takes it, and works for nobody else.
    Awaited,
    /// It waits for a thread.
    Waits,
    /// Nobody is there to take it, for every thread waits for a task that reads its stream slowly.
    Stalled,
}

/// A thread and what it does.
struct Seat {
    name: Name,
    work: Option<Work>,
    /// It has been told that there is nothing to do for it, and will not come back.
    leaves: bool,
    /// Wakes it.
    bell: Arc<Condvar>,
}

/// A request that a thread has taken.
struct Work {
    text: Arc<str>,
    since: Instant,
    job: Arc<Job>,
    /// Its rows go to a task that does not read them at the moment.
    stalled: bool,
}

/// What a thread gets from the queue.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once, and nearly always holds a request")]
pub(crate) enum Next {
    Request(Request),
    /// There is nothing to do for a thread that only helps out.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

impl Queue {
    pub(crate) fn new(patience: Option<Duration>, turn: Option<Arc<dyn Turn>>) -> Arc<Queue> {
        Arc::new(Queue {
            state: Mutex::default(),
            come: AtomicUsize::new(0),
            patience,
            for_answers: Mutex::default(),
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
        self.watch(&mut state, request.arrived);
        state.requests.push_back(request);
        self.come.store(state.requests.len(), Ordering::Release);
        // Who looks takes it without being woken.
        let idle = !state.idle.is_empty() || state.looking > 0;
        let wake = if state.requests.len() > state.looking { state.idle.pop() } else { None };
        let awaited = (state.requests.len() <= state.looking || wake.is_some()) && state.is_quiet();
        let stalled = !idle && state.all_stalled();
        if !idle && self.patience.is_none() {
            // The thread of an explicit connection has nobody who could help out.
            state.press();
        }
        drop(state);
        if let Some(bell) = wake {
            bell.notify_one();
        }
        match (awaited, stalled) {
            (true, _) => Pushed::Awaited,
            (_, true) => Pushed::Stalled,
            _ => Pushed::Waits,
        }
    }

    /// Looks for a moment whether an answer has come, for a task whose request was awaited: to be
    /// woken takes longer than many an answer. Only one task looks at a time. How long it has
    /// looked.
    pub(crate) fn look_for_answer(&self, has_come: impl Fn() -> bool) -> Duration {
        match try_lock(&self.for_answers) {
            Some(mut look) => look.look(Look::FOR_AN_ANSWER, has_come),
            None => Duration::ZERO,
        }
    }

    /// Puts a request before all others: one that others wait for.
    pub(crate) fn push_first(self: &Arc<Queue>, request: Request) {
        if self.door() == Door::Closed {
            return request.responder.finish(Err(closed()));
        }
        self.put_back(VecDeque::from([request]));
        self.come.store(1, Ordering::Release);
        let bell = self.lock().idle.pop();
        bell.iter().for_each(|bell| bell.notify_one());
    }

    /// A thread that serves the queue; its number is its seat.
    pub(crate) fn sit_down(&self, name: &Name) -> usize {
        let mut state = self.lock();
        let seat = Some(Seat { name: Arc::clone(name), work: None, leaves: false, bell: Arc::default() });
        match state.seats.iter().position(Option::is_none) {
            Some(free) => {
                state.seats[free] = seat;
                free
            }
            None => {
                state.seats.push(seat);
                state.seats.len() - 1
            }
        }
    }

    /// The thread on a seat is gone.
    pub(crate) fn stand_up(&self, seat: usize) {
        if let Some(seat) = self.lock().seats.get_mut(seat) {
            *seat = None;
        }
    }

    /// The next request for the thread on a seat; waits for one.
    pub(crate) fn next(&self, seat: usize, helps_out: bool, in_transaction: bool) -> Next {
        let mut state = self.lock();
        state.end_work(seat);
        let mut looked = false;
        let until = helps_out.then(|| timer::after(Instant::now(), LINGER));
        loop {
            if let Some(request) = state.requests.pop_front() {
                state.begin_work(seat, &request);
                if self.patience.is_none() && !state.requests.is_empty() {
                    request.responder.job().press();
                }
                return Next::Request(request);
            }
            if state.door == Door::Closed || state.door == Door::Transactions && !in_transaction {
                return Next::Closed;
            }
            if until.is_some_and(|until| until <= Instant::now()) {
                if let Some(Some(seat)) = state.seats.get_mut(seat) {
                    seat.leaves = true;
                }
                return Next::Idle;
            }
            if !looked && state.looking == 0 && state.is_quiet() {
                looked = true;
                state = self.look(state);
                continue;
            }
            state = self.sleep(state, seat, until);
        }
    }

    /// Sleeps until its bell rings. The one that fell asleep last is woken first: its caches are
    /// warm.
    fn sleep<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        seat: usize,
        until: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        let Some(Some(Seat { bell, .. })) = state.seats.get(seat) else { return state };
        let bell = Arc::clone(bell);
        state.idle.push(Arc::clone(&bell));
        state = match until {
            Some(until) => wait_until(&bell, state, until),
            None => wait(&bell, state),
        };
        // Whoever rang has taken it from the list.
        state.idle.retain(|other| !Arc::ptr_eq(other, &bell));
        state
    }

    /// Looks for a moment whether something comes, without the lock. The queue is empty.
    fn look<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.looking += 1;
        let mut look = std::mem::take(&mut state.look);
        self.come.store(0, Ordering::Release);
        drop(state);
        look.look(Look::FOR_A_REQUEST, || self.come.load(Ordering::Acquire) > 0);
        let mut state = self.lock();
        state.looking -= 1;
        state.look = look;
        state
    }

    /// Waits until there is something to take; `false` when the queue is closed and empty.
    pub(crate) fn wait_for_work(&self, seat: usize) -> bool {
        let mut state = self.lock();
        state.end_work(seat);
        let mut looked = false;
        loop {
            if !state.requests.is_empty() {
                return true;
            }
            if state.door == Door::Closed {
                return false;
            }
            if !looked && state.looking == 0 && state.is_quiet() {
                looked = true;
                state = self.look(state);
                continue;
            }
            state = self.sleep(state, seat, None);
        }
    }

    /// Takes the first request, and those behind it that may share its transaction, up to so many.
    pub(crate) fn take_group(&self, seat: usize, most: usize, group: &mut VecDeque<Request>) {
        let mut state = self.lock();
        let Some(first) = state.requests.pop_front() else { return };
        state.begin_work(seat, &first);
        let mut shares = first.command.can_share_transaction();
        group.push_back(first);
        while shares && group.len() < most {
            let Some(next) = state.requests.front() else { return };
            shares = next.command.can_share_transaction();
            if shares && let Some(next) = state.requests.pop_front() {
                state.count(&next);
                group.push_back(next);
            }
        }
    }

    /// Puts requests back that were taken, before all others.
    pub(crate) fn put_back(self: &Arc<Queue>, requests: VecDeque<Request>) {
        let Some(first) = requests.front() else { return };
        let mut state = self.lock();
        self.watch(&mut state, first.arrived);
        for request in requests.into_iter().rev() {
            state.requests.push_front(request);
        }
    }

    fn watch(self: &Arc<Queue>, state: &mut State, arrived: Instant) {
        if let Some(patience) = self.patience
            && !state.watched
        {
            state.watched = true;
            let queue: Arc<dyn Alarm> = Arc::clone(self) as _;
            timer::ring_at(timer::after(arrived, patience), Arc::downgrade(&queue));
        }
    }

    /// The future of a request was dropped.
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

    /// The thread on a seat waits for a task that reads slowly, or goes on; says whether nobody is
    /// left to take what waits.
    pub(crate) fn stall(&self, seat: usize, stalled: bool) -> bool {
        let mut state = self.lock();
        if let Some(work) = state.work(seat) {
            work.stalled = stalled;
        }
        stalled && !state.requests.is_empty() && state.idle.is_empty() && state.looking == 0 && state.all_stalled()
    }

    /// Refuses new requests but those of an open transaction.
    pub(crate) fn close_for_others(&self) {
        let mut state = self.lock();
        if state.door == Door::Open {
            state.door = Door::Transactions;
        }
        let bells = std::mem::take(&mut state.idle);
        drop(state);
        bells.iter().for_each(|bell| bell.notify_one());
    }

    /// Refuses new requests; those that wait still run.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.door = Door::Closed;
        let bells = std::mem::take(&mut state.idle);
        drop(state);
        bells.iter().for_each(|bell| bell.notify_one());
    }

    /// Ends the reads under way: the database has waited for them long enough.
    pub(crate) fn end_reads(&self) {
        let jobs: Vec<_> = {
            let state = self.lock();
            state.works().map(|work| Arc::clone(&work.job)).collect()
        };
        for job in jobs {
            job.end_read(closed());
        }
    }

    /// Fails those that wait.
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

    /// How many requests wait, and how long one has waited at most.
    pub(crate) fn figures(&self) -> (usize, Duration) {
        let state = self.lock();
        (state.requests.len(), state.longest_wait)
    }

    /// What its threads do, in words: for the error of a request that waited for them.
    fn occupation(&self, state: &State) -> String {
        if let Some(turn) = &self.turn {
            return turn.holder();
        }
        let busy: Vec<_> = state
            .seats
            .iter()
            .flatten()
            .filter_map(|seat| {
                let Work { text, since, stalled, .. } = seat.work.as_ref()?;
                let reads = if *stalled { ", whose stream is not read" } else { "" };
                Some(format!("`{}` has run `{text}` for {:.1?}{reads}", seat.name, since.elapsed()))
            })
            .collect();
        if busy.is_empty() { "no thread has taken it".to_owned() } else { busy.join("; ") }
    }
}

impl State {
    /// Whether no thread works. Where one does many tasks send requests, and who looks takes a
    /// core away from them.
    fn is_quiet(&self) -> bool {
        self.seats.iter().flatten().all(|seat| seat.work.is_none())
    }

    fn begin_work(&mut self, seat: usize, request: &Request) {
        self.count(request);
        if let Some(Some(seat)) = self.seats.get_mut(seat) {
            let text = request.command.text();
            let job = Arc::clone(request.responder.job());
            seat.work = Some(Work { text, since: Instant::now(), job, stalled: false });
        }
    }

    fn count(&mut self, request: &Request) {
        self.longest_wait = self.longest_wait.max(request.arrived.elapsed());
    }

    fn end_work(&mut self, seat: usize) {
        if let Some(Some(seat)) = self.seats.get_mut(seat) {
            seat.work = None;
        }
    }

    fn work(&mut self, seat: usize) -> Option<&mut Work> {
        self.seats.get_mut(seat)?.as_mut()?.work.as_mut()
    }

    fn works(&self) -> impl Iterator<Item = &Work> {
        self.seats.iter().flatten().filter_map(|seat| seat.work.as_ref())
    }

    /// Whether every thread waits for a task. A queue whose threads have yet to come has none.
    fn all_stalled(&self) -> bool {
        let mut seats = self.seats.iter().flatten().filter(|seat| !seat.leaves).peekable();
        seats.peek().is_some() && seats.all(|seat| seat.work.as_ref().is_some_and(|work| work.stalled))
    }

    fn press(&self) {
        self.works().for_each(|work| work.job.press());
    }
}

impl Alarm for Queue {
    /// Fails the requests that have waited too long.
    fn ring(&self, now: Instant) -> Option<Instant> {
        let patience = self.patience?;
        let mut state = self.lock();
        let late = |request: &Request| timer::after(request.arrived, patience) <= now;
        let (gone, kept): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut state.requests).into_iter().partition(|request| late(request));
        state.requests = kept;
        let occupation = if gone.is_empty() { String::new() } else { self.occupation(&state) };
        let oldest = state.requests.iter().map(|request| request.arrived).min();
        state.watched = oldest.is_some();
        drop(state);
        for request in gone {
            request.responder.finish(Err(waited(patience, self.turn.is_some(), &occupation)));
        }
        // Those that came within a moment are looked at together.
        oldest.map(|oldest| timer::after(oldest, patience).max(now + TOGETHER))
    }
}

/// The error of a request whose turn did not come.
pub(crate) fn waited(patience: Duration, to_write: bool, occupation: &str) -> Error {
    let (what, advice) = if to_write {
        ("the right to write", "; while a transaction is open write through it (`&tx`), not beside it (`&db`)")
    } else {
        ("a connection to read with", "")
    };
    Error::new(ErrorKind::Timeout, format!("waited {patience:.1?} for {what}: {occupation}{advice}"))
}

/// The answer to a request outside of the transaction that is open.
pub(crate) fn in_transaction() -> Error {
    Error::new(
        ErrorKind::InTransaction,
        "a transaction is open on the connection: use the transaction until it has ended",
    )
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the database or connection is closed")
}
