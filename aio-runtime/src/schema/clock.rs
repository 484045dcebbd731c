//! The clock of a type, as plain data.

use std::any::TypeId;

use crate::value::{Unstorable, Value};

/// The clock of a type that knows what time it is, in a column's definition.
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

    /// Returns the current time, as a value of the type.
    ///
    /// # Errors
    /// Those of the type, where it cannot hold the time.
    pub(crate) fn now(self) -> Result<Value, Unstorable> {
        (self.now)().and_then(Value::storable)
    }
}

/// Clocks are equal where they are those of one type.
impl PartialEq for Clock {
    fn eq(&self, other: &Clock) -> bool {
        self.of == other.of
    }
}

impl Eq for Clock {}
