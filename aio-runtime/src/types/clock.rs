//! The clock of a type, as plain data.

use std::any::TypeId;

use super::CurrentTime;
use crate::error::Unstorable;
use crate::value::Value;

/// The clock of a type that knows what time it is, in a column's definition.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    of: TypeId,
    now: fn() -> Result<Value, Unstorable>,
}

impl Clock {
    /// Returns the clock of a type.
    pub const fn of<T: CurrentTime>() -> Clock {
        Clock { of: TypeId::of::<T>(), now: || T::now().into_value() }
    }

    /// Returns the current time in the type's stored form.
    ///
    /// # Errors
    /// As [`SqlType::to_value`](super::SqlType::to_value).
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
