//! The script of a fake database, which says how its steps end, and the log of the steps that it
//! has run.

use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::answer::Answer;
use super::gate::{Gate, Place};
use crate::engine::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, lock, wait};
use crate::engine::waking::TaskWaker;
use crate::engine::{Stopper, after, timeout_at};
use crate::error::{Error, ErrorKind, Result};

/// How long `wait_until` waits for its condition before it fails the test.
const WAIT_LIMIT: Duration = Duration::from_secs(20);

/// The script and the log of one fake database.
///
/// Every action of a driver is a step with a text: the text of the statement, or `open`, `begin`,
/// `savepoint 1`, `release 1`, `rollback to 1`, `commit`, `rollback`. The number of a savepoint is
/// its nesting depth. All steps except `open` are logged.
#[derive(Default)]
pub(crate) struct Script {
    state: Mutex<State>,
    /// Notified when a gate is opened and when a statement is stopped.
    changed: Condvar,
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
    fails_transactions: bool,
    wakers: Vec<TaskWaker>,
}

/// A step of a driver, as recorded in the log.
struct Step {
    connection: usize,
    text: String,
    failed: Option<ErrorKind>,
}

/// A closed gate, as the script knows it. An opened gate is removed.
struct ClosedGate {
    number: usize,
    place: Place,
    /// The number of drivers that have reached the gate.
    reached: usize,
}

/// The methods that tests call.
impl Script {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Sets the answer of every execution of a step for which `next` has added no answer.
    pub(crate) fn always(&self, step: &str, answer: Answer) {
        self.lock().always.insert(step.to_owned(), answer);
    }

    /// Makes an error in a transaction fail the whole transaction, or its innermost savepoint, as
    /// with PostgreSQL. By default only the statement fails, as with SQLite.
    pub(crate) fn fail_transactions(&self) {
        self.lock().fails_transactions = true;
    }

    /// Adds an answer for one execution of a step. Several such answers are used in the order in
    /// which they were added, and before the answer set by `always`.
    pub(crate) fn next(&self, step: &str, answer: Answer) {
        self.lock().next.entry(step.to_owned()).or_default().push(answer);
    }

    /// Closes a gate at a place. A driver that reaches the place waits until the gate is opened or
    /// dropped, or until the driver is stopped.
    pub(crate) fn gate(self: &Arc<Script>, place: impl Into<Place>) -> Gate {
        let place = place.into();
        let mut state = self.lock();
        state.gates_made += 1;
        let number = state.gates_made;
        state.gates.push(ClosedGate { number, place: place.clone(), reached: 0 });
        drop(state);
        Gate::new(self, number, place)
    }

    /// Returns the steps so far. A failed step is followed by the kind of its error.
    pub(crate) fn log(&self) -> Vec<String> {
        self.lock().log.iter().map(Step::log_text).collect()
    }

    /// Returns the steps of one connection; connections are numbered from 1.
    pub(crate) fn log_of(&self, connection: usize) -> Vec<String> {
        self.lock().log.iter().filter(|step| step.connection == connection).map(Step::log_text).collect()
    }

    pub(crate) fn forget_log(&self) {
        self.lock().log.clear();
    }

    /// Returns the committed writes.
    pub(crate) fn committed(&self) -> Vec<String> {
        self.lock().committed.clone()
    }

    /// Returns the number of connections that have been opened.
    pub(crate) fn opened(&self) -> usize {
        self.lock().opened
    }

    /// Returns the number of open connections.
    pub(crate) fn open_connections(&self) -> usize {
        self.lock().alive
    }

    /// Returns the number of rows that all drivers together have pushed.
    pub(crate) fn rows(&self) -> usize {
        self.lock().rows
    }

    /// Waits until a condition holds that other threads bring about. Fails the test if that takes
    /// too long; `what` describes the condition.
    pub(crate) async fn wait_until(&self, what: &str, holds: impl Fn(&Script) -> bool) {
        let come = poll_fn(|context| {
            // Register the waker before checking, so that no change in between is missed.
            self.lock().wakers.push(TaskWaker::of(context));
            if holds(self) { Poll::Ready(()) } else { Poll::Pending }
        });
        assert!(
            timeout_at(after(Instant::now(), WAIT_LIMIT), come).await.is_some(),
            "{what}; so far: {:?}",
            self.log()
        );
    }
}

impl Step {
    fn log_text(&self) -> String {
        match &self.failed {
            Some(kind) => format!("{}: {kind:?}", self.text),
            None => self.text.clone(),
        }
    }
}

/// The methods that drivers and gates call.
impl Script {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(TaskWaker::wake);
        changed
    }

    pub(super) fn fails_transactions(&self) -> bool {
        self.lock().fails_transactions
    }

    /// Counts a new connection and returns its number.
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

    /// Returns the number of drivers that have reached a gate.
    pub(super) fn count_reached(&self, number: usize) -> usize {
        self.lock().gates.iter().find(|gate| gate.number == number).map_or(0, |gate| gate.reached)
    }

    pub(super) fn open_gate(&self, number: usize) {
        self.lock().gates.retain(|gate| gate.number != number);
        self.changed.notify_all();
    }

    /// Logs the beginning of a step and returns the number of steps so far.
    pub(crate) fn log_step(&self, connection: usize, text: &str) -> usize {
        self.change(|state| {
            state.log.push(Step { connection, text: text.to_owned(), failed: None });
            state.log.len()
        })
    }

    pub(crate) fn log_committed(&self, writes: impl IntoIterator<Item = String>) {
        self.change(|state| state.committed.extend(writes));
    }

    /// Logs that the last step of a connection has failed.
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

    /// Waits until no gate is closed at a place. Fails if the driver is stopped.
    pub(crate) fn pass(&self, place: &Place, stopper: &Stopper) -> Result<()> {
        self.change(|state| {
            state.gates.iter_mut().filter(|gate| gate.place == *place).for_each(|gate| gate.reached += 1);
        });
        let mut state = self.lock();
        while !stopper.is_stopped() && state.gates.iter().any(|gate| gate.place == *place) {
            state = wait(&self.changed, state);
        }
        if stopper.is_stopped() { Err(Error::new(ErrorKind::Interrupted, "it was stopped")) } else { Ok(()) }
    }

    /// Wakes waiting drivers, so that they check whether they are stopped.
    pub(crate) fn interrupt(&self) {
        // A driver may have checked the stopper and be about to wait. It holds the lock until it
        // waits, so taking the lock once makes sure that it is notified.
        drop(self.lock());
        self.changed.notify_all();
    }
}
