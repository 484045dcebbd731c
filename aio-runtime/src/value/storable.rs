//! The limits of the values that every database can store.

use super::civil::{DAYS, NANOSECONDS_OF_DAY, NANOSECONDS_OF_SECOND, SECONDS};
use super::{Unstorable, Value};

/// The maximum number of decimal places of a decimal.
const MAX_PLACES: u32 = 38;

impl Value {
    /// Returns the value if it can be stored.
    ///
    /// # Errors
    /// If the value is NaN, which SQLite would silently store as NULL, or if it is a time or a
    /// decimal outside the limits. A year after 9999, for example, is outside them, because its
    /// text would not sort in the order of time.
    #[inline]
    pub(crate) fn storable(self) -> Result<Value, Unstorable> {
        if self.is_storable() { Ok(self) } else { Err(self.unstorable()) }
    }

    /// Returns whether the value can be stored.
    #[inline]
    pub(crate) fn is_storable(&self) -> bool {
        match self {
            Value::Null | Value::Integer(_) | Value::Text(_) | Value::Blob(_) => true,
            Value::Real(number) => !number.is_nan(),
            _ => self.is_within_limits(),
        }
    }

    /// Returns whether a time or a decimal is within the limits of every database.
    #[inline(never)]
    fn is_within_limits(&self) -> bool {
        match self {
            Value::Timestamp { seconds, nanosecond } | Value::DateTime { seconds, nanosecond } => {
                SECONDS.contains(seconds) && *nanosecond < NANOSECONDS_OF_SECOND
            }
            Value::Date { days } => DAYS.contains(days),
            Value::Time { nanoseconds } => *nanoseconds < NANOSECONDS_OF_DAY,
            Value::Decimal { scale, .. } => *scale <= MAX_PLACES,
            Value::Array(values) => values.iter().all(Value::is_storable),
            _ => true,
        }
    }

    /// Returns the reason why the value cannot be stored.
    #[cold]
    pub(crate) fn unstorable(&self) -> Unstorable {
        if let Value::Array(values) = self
            && let Some(element) = values.iter().find(|value| !value.is_storable())
        {
            return element.unstorable();
        }
        Unstorable::new(match self {
            Value::Timestamp { nanosecond, .. } | Value::DateTime { nanosecond, .. }
                if *nanosecond >= NANOSECONDS_OF_SECOND =>
            {
                "cannot hold a leap second, which no database supports"
            }
            Value::Timestamp { .. } | Value::DateTime { .. } | Value::Date { .. } => {
                "cannot hold a year outside 0000 to 9999: its text would not sort"
            }
            Value::Time { .. } => "cannot hold a time of day of 24 hours or more",
            Value::Decimal { .. } => "cannot hold a decimal of more than 38 places",
            _ => "cannot hold NaN, or be compared with it",
        })
    }
}
