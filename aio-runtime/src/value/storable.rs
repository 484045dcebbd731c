//! Which values every database can hold.

use super::civil::{DAYS, NANOSECONDS_OF_DAY, NANOSECONDS_OF_SECOND, SECONDS};
use super::{Unstorable, Value};

/// How many places a decimal can have behind its point.
const MOST_PLACES: u32 = 38;

impl Value {
    /// Returns the value if it is one that a column can have.
    ///
    /// # Errors
    /// NaN is none, for the database would store NULL, and nobody would see the loss; nor is a
    /// year whose text would not sort.
    #[inline]
    pub(crate) fn storable(self) -> Result<Value, Unstorable> {
        if self.is_storable() { Ok(self) } else { Err(self.refused()) }
    }

    /// Whether the value is one that a column can have.
    #[inline]
    pub(crate) fn is_storable(&self) -> bool {
        match self {
            Value::Null | Value::Integer(_) | Value::Text(_) | Value::Blob(_) => true,
            Value::Real(number) => !number.is_nan(),
            _ => self.is_within_limits(),
        }
    }

    /// Whether a time or a decimal is one that every database can hold.
    #[inline(never)]
    fn is_within_limits(&self) -> bool {
        match self {
            Value::Timestamp { seconds, nanosecond } | Value::DateTime { seconds, nanosecond } => {
                SECONDS.contains(seconds) && *nanosecond < NANOSECONDS_OF_SECOND
            }
            Value::Date { days } => DAYS.contains(days),
            Value::Time { nanoseconds } => *nanoseconds < NANOSECONDS_OF_DAY,
            Value::Decimal { scale, .. } => *scale <= MOST_PLACES,
            _ => true,
        }
    }

    /// Returns why the value is none that a column can have.
    #[cold]
    pub(crate) fn refused(&self) -> Unstorable {
        Unstorable::new(match self {
            Value::Timestamp { nanosecond, .. } | Value::DateTime { nanosecond, .. }
                if *nanosecond >= NANOSECONDS_OF_SECOND =>
            {
                "cannot hold a leap second: no database has one"
            }
            Value::Timestamp { .. } | Value::DateTime { .. } | Value::Date { .. } => {
                "cannot hold a year outside 0000 to 9999: its text would not sort"
            }
            Value::Time { .. } => "cannot hold a time of day that is no time before midnight",
            Value::Decimal { .. } => "cannot hold a decimal of more than 38 places",
            _ => "cannot hold NaN, or be compared with it",
        })
    }
}
