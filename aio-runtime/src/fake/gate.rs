//! Gates: places at which drivers of the fake database wait until a test lets them continue.

use std::sync::Arc;

use super::script::Script;

/// A place at which drivers wait while a gate is closed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before a step with this text.
    Step(String),
    /// Before a row of a statement is pushed; rows are counted from 0.
    Row(String, usize),
    /// Before the step with this number; steps are counted from 1.
    Nth(usize),
}

impl From<&str> for Place {
    fn from(step: &str) -> Place {
        Place::Step(step.to_owned())
    }
}

/// A closed gate. It opens when it is dropped.
pub(crate) struct Gate {
    script: Arc<Script>,
    number: usize,
    place: Place,
}

impl Gate {
    pub(super) fn new(script: &Arc<Script>, number: usize, place: Place) -> Gate {
        Gate { script: Arc::clone(script), number, place }
    }

    fn count(&self) -> usize {
        self.script.count_reached(self.number)
    }

    /// Returns whether a driver has reached the gate.
    pub(crate) fn is_reached(&self) -> bool {
        self.count() > 0
    }

    /// Returns whether this number of drivers has reached the gate.
    pub(crate) fn is_reached_by(&self, drivers: usize) -> bool {
        self.count() >= drivers
    }

    /// Waits until a driver has reached the gate.
    pub(crate) async fn reached(&self) {
        self.reached_by(1).await;
    }

    /// Waits until this number of drivers has reached the gate.
    pub(crate) async fn reached_by(&self, drivers: usize) {
        let what = format!("{drivers} come to {:?}", self.place);
        self.script.wait_until(&what, |_| self.count() >= drivers).await;
    }

    /// Opens the gate.
    pub(crate) fn open(self) {}
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.script.open_gate(self.number);
    }
}
