//! Gates, at which drivers wait until a test lets them pass.

use std::sync::Arc;

use super::script::Script;

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

/// A gate at a place, which opens when it is dropped.
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
        self.script.open_gate(self.number);
    }
}
