//! What the fake database does, and what it was asked to do.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::answer::Answer;
use super::gate::{Gate, Place};
use crate::engine::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, lock, wait};
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
    gates: Vec<ClosedGate>,
    gates_made: usize,
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

/// A gate that is closed.
struct ClosedGate {
    number: usize,
    place: Place,
    /// How many drivers have come to it.
    reached: usize,
}

/// What the tests do with it.
impl Script {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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
        let place = place.into();
        let mut state = self.lock();
        state.gates_made += 1;
        let number = state.gates_made;
        state.gates.push(ClosedGate { number, place: place.clone(), reached: 0 });
        drop(state);
        Gate::new(self, number, place)
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

    /// Counts the drivers that have come to a gate.
    pub(super) fn count_reached(&self, number: usize) -> usize {
        self.lock().gates.iter().find(|gate| gate.number == number).map_or(0, |gate| gate.reached)
    }

    pub(super) fn open_gate(&self, number: usize) {
        self.lock().gates.retain(|gate| gate.number != number);
        self.passable.notify_all();
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
            state = wait(&self.passable, state);
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
