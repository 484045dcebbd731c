//! The clock of a type of times, by which the library sets columns such as `created_at`.

use std::any::TypeId;

use crate::value::{Unstorable, Value};

/// The clock of a column's type: a function that returns the current time.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    of: TypeId,
    now: fn() -> Result<Value, Unstorable>,
}

impl Clock {
    pub(crate) const fn new(of: TypeId, now: fn() -> Result<Value, Unstorable>) -> Clock {
        Clock { of, now }
    }

    /// Returns the current time as a value of the column's type.
    ///
    /// # Errors
    /// If the type cannot represent the time.
    pub(crate) fn now(self) -> Result<Value, Unstorable> {
        (self.now)().and_then(Value::storable)
    }
}

/// Two clocks are equal if they are of the same Rust type.
impl PartialEq for Clock {
    fn eq(&self, other: &Clock) -> bool {
        self.of == other.of
    }
}

impl Eq for Clock {}
