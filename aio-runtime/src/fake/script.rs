//! What the fake database does, and what it was asked to do.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::engine::waking::TaskWaker;
use crate::engine::{Stopper, after, within};
use crate::error::{Error, ErrorKind, Result};

/// How long a test waits for something that is sure to happen, before it fails.
const AT_MOST: Duration = Duration::from_secs(20);

/// What the connections of one fake database do, and what they have done.
///
/// Whatever a driver is asked to do is a step, which is known by its text: that of the statement,
/// or `open`, `begin`, `savepoint 1`, `release 1`, `rollback to 1`, `commit`, `rollback`. A
/// savepoint is known by how many are set.
#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    /// Notified when a gate is opened and when a statement is stopped.
    passable: Condvar,
}

#[derive(Default)]
struct State {
    next: HashMap<String, Vec<Answer>>,
    always: HashMap<String, Answer>,
    gates: Vec<GateState>,
    log: Vec<Step>,
    committed: Vec<String>,
    opened: usize,
    alive: usize,
    rows: usize,
    wakers: Vec<TaskWaker>,
}

/// A step that was taken.
struct Step {
    connection: usize,
    text: String,
    failed: Option<ErrorKind>,
}

struct GateState {
    number: usize,
    place: Place,
    reached: usize,
}

/// Where a driver waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before a step.
    Step(String),
    /// Before a row of a statement is pushed, counted from 0.
    Row(String, usize),
    /// Before the step of this number, counted from 1, whatever it is.
    Nth(usize),
}

impl From<&str> for Place {
    fn from(step: &str) -> Place {
        Place::Step(step.to_owned())
    }
}

/// What a step does: pushes rows, and then succeeds or fails.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) rows: usize,
    /// How long the text in each row is.
    pub(crate) width: usize,
    pub(crate) rows_affected: u64,
    pub(crate) failure: Option<Failure>,
    /// Whether a transaction is open afterwards, where the step itself decides that.
    pub(crate) leaves_transaction: Option<bool>,
    /// Whether the transaction ends where the step is stopped.
    pub(crate) stop_ends_transaction: bool,
}

#[derive(Clone)]
pub(crate) struct Failure {
    /// An error of this kind; otherwise it is a panic.
    pub(crate) kind: Option<ErrorKind>,
    /// How many values of another row are pushed before.
    pub(crate) values: usize,
    /// Which of the rows to insert it is about.
    pub(crate) row: usize,
}

impl Answer {
    pub(crate) fn rows(rows: usize) -> Answer {
        Answer { rows, ..Answer::default() }
    }

    pub(crate) fn affected(rows_affected: u64) -> Answer {
        Answer { rows_affected, ..Answer::default() }
    }

    pub(crate) fn error(kind: ErrorKind) -> Answer {
        Answer::default().then_error(kind)
    }

    pub(crate) fn panic() -> Answer {
        Answer::default().then_panic()
    }

    pub(crate) fn wide(self, width: usize) -> Answer {
        Answer { width, ..self }
    }

    pub(crate) fn then_error(self, kind: ErrorKind) -> Answer {
        Answer { failure: Some(Failure { kind: Some(kind), values: 0, row: 0 }), ..self }
    }

    pub(crate) fn then_panic(self) -> Answer {
        Answer { failure: Some(Failure { kind: None, values: 0, row: 0 }), ..self }
    }

    /// The failure comes in the middle of a row, of which as many values have been pushed.
    pub(crate) fn after_values(mut self, values: usize) -> Answer {
        self.failure.iter_mut().for_each(|failure| failure.values = values);
        self
    }

    /// The failure is about one of the rows to insert.
    pub(crate) fn about_row(mut self, row: usize) -> Answer {
        self.failure.iter_mut().for_each(|failure| failure.row = row);
        self
    }

    pub(crate) fn ending_the_transaction(self) -> Answer {
        Answer { leaves_transaction: Some(false), ..self }
    }

    pub(crate) fn leaving_a_transaction_open(self) -> Answer {
        Answer { leaves_transaction: Some(true), ..self }
    }

    pub(crate) fn ending_the_transaction_when_stopped(self) -> Answer {
        Answer { stop_ends_transaction: true, ..self }
    }
}

/// What the tests do with it.
impl Script {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step has this answer each time.
    pub(crate) fn always(&self, step: &str, answer: Answer) {
        self.lock().always.insert(step.to_owned(), answer);
    }

    /// A step has this answer once; it comes before the one that it has each time.
    pub(crate) fn next(&self, step: &str, answer: Answer) {
        self.lock().next.entry(step.to_owned()).or_default().push(answer);
    }

    /// Lets each driver that comes to a place wait there until the gate is opened or dropped, or
    /// the driver is stopped.
    pub(crate) fn gate(self: &Arc<Script>, place: impl Into<Place>) -> Gate {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let place = place.into();
        self.lock().gates.push(GateState { number, place: place.clone(), reached: 0 });
        Gate { script: Arc::clone(self), number, place }
    }

    /// The steps that were taken; one that has failed comes with the kind of its error.
    pub(crate) fn log(&self) -> Vec<String> {
        self.lock().log.iter().map(Step::shown).collect()
    }

    /// The steps of one connection, which are numbered from 1.
    pub(crate) fn log_of(&self, connection: usize) -> Vec<String> {
        self.lock().log.iter().filter(|step| step.connection == connection).map(Step::shown).collect()
    }

    pub(crate) fn forget_log(&self) {
        self.lock().log.clear();
    }

    /// The writes that were committed.
    pub(crate) fn committed(&self) -> Vec<String> {
        self.lock().committed.clone()
    }

    /// How many connections have been opened.
    pub(crate) fn opened(&self) -> usize {
        self.lock().opened
    }

    /// How many connections are open.
    pub(crate) fn alive(&self) -> usize {
        self.lock().alive
    }

    /// How many rows were pushed.
    pub(crate) fn rows(&self) -> usize {
        self.lock().rows
    }

    /// Waits until what happens on other threads has made something true.
    pub(crate) async fn wait_until(&self, what: &str, holds: impl Fn(&Script) -> bool) {
        let come = poll_fn(|context| {
            // The waker comes first: what happens after it wakes the task.
            self.lock().wakers.push(TaskWaker::of(context));
            if holds(self) { Poll::Ready(()) } else { Poll::Pending }
        });
        assert!(within(after(Instant::now(), AT_MOST), come).await.is_some(), "{what}; so far: {:?}", self.log());
    }
}

impl Step {
    fn shown(&self) -> String {
        match &self.failed {
            Some(kind) => format!("{}: {kind:?}", self.text),
            None => self.text.clone(),
        }
    }
}

/// What the drivers do with it.
impl Script {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(TaskWaker::wake);
        changed
    }

    /// Counts a connection and returns its number.
    pub(crate) fn count_opened(&self) -> usize {
        self.change(|state| {
            state.alive += 1;
            state.opened += 1;
            state.opened
        })
    }

    pub(crate) fn count_dropped(&self) {
        self.change(|state| state.alive -= 1);
    }

    pub(crate) fn count_row(&self) {
        self.change(|state| state.rows += 1);
    }

    /// Writes a step down that begins now; returns its number, counted from 1.
    pub(crate) fn log_step(&self, connection: usize, text: &str) -> usize {
        self.change(|state| {
            state.log.push(Step { connection, text: text.to_owned(), failed: None });
            state.log.len()
        })
    }

    pub(crate) fn log_committed(&self, writes: impl IntoIterator<Item = String>) {
        self.change(|state| state.committed.extend(writes));
    }

    /// Writes down that the last step of a connection has failed.
    pub(crate) fn log_failure(&self, connection: usize, kind: ErrorKind) {
        self.change(|state| {
            if let Some(step) = state.log.iter_mut().rfind(|step| step.connection == connection) {
                step.failed = Some(kind);
            }
        });
    }

    pub(crate) fn answer(&self, step: &str) -> Answer {
        let mut state = self.lock();
        match state.next.get_mut(step).filter(|answers| !answers.is_empty()) {
            Some(answers) => answers.remove(0),
            None => state.always.get(step).cloned().unwrap_or_default(),
        }
    }

    /// Waits at the gates of a place. Fails where the driver is stopped.
    pub(crate) fn pass(&self, place: &Place, stopper: &Stopper) -> Result<()> {
        self.change(|state| {
            state.gates.iter_mut().filter(|gate| gate.place == *place).for_each(|gate| gate.reached += 1);
        });
        let mut state = self.lock();
        while !stopper.is_stopped() && state.gates.iter().any(|gate| gate.place == *place) {
            state = self.passable.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if stopper.is_stopped() { Err(Error::new(ErrorKind::Interrupted, "it was stopped")) } else { Ok(()) }
    }

    /// Lets drivers see that they are stopped.
    pub(crate) fn interrupt(&self) {
        // Who is about to wait holds the lock.
        drop(self.lock());
        self.passable.notify_all();
    }
}

/// A place where drivers wait.
pub(crate) struct Gate {
    script: Arc<Script>,
    number: usize,
    place: Place,
}

impl Gate {
    fn count(&self) -> usize {
        self.script.lock().gates.iter().find(|gate| gate.number == self.number).map_or(0, |gate| gate.reached)
    }

    /// Whether a driver has come to the place.
    pub(crate) fn is_reached(&self) -> bool {
        self.count() > 0
    }

    /// Whether as many drivers have come to the place.
    pub(crate) fn is_reached_by(&self, drivers: usize) -> bool {
        self.count() >= drivers
    }

    /// Waits until a driver has come to the place.
    pub(crate) async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until as many drivers have come to the place.
    pub(crate) async fn reached_by(&self, drivers: usize) {
        let what = format!("{drivers} come to {:?}", self.place);
        self.script.wait_until(&what, |_| self.count() >= drivers).await;
    }

    /// Lets the drivers pass.
    pub(crate) fn open(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.script.lock().gates.retain(|gate| gate.number != self.number);
        self.script.passable.notify_all();
    }
}
