//! `SqlType` for the standard library's point in time and span of time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::civil::{other_form, read};
use super::{CurrentTime, Domain, Sorted, SqlType, Type};
use crate::row::RowRef;
use crate::value::{Mismatch, TimeForm, Unstorable, Value, ValueRef};

#[diagnostic::do_not_recommend]
impl super::HasDate for SystemTime {}

#[diagnostic::do_not_recommend]
impl super::HasTime for SystemTime {}

#[diagnostic::do_not_recommend]
impl SqlType for SystemTime {
    const TYPE: Type = Type::Timestamp;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        let (seconds, nanosecond) = since_epoch(*self);
        Value::Timestamp { seconds, nanosecond }.storable()
    }

    fn from_value(value: ValueRef<'_>) -> Result<SystemTime, Mismatch> {
        // A time that is stored as seconds needs no conversion to a calendar date.
        if let ValueRef::Timestamp { seconds, nanosecond } = value
            && let Some(time) = of_epoch(seconds, nanosecond)
        {
            return Ok(time);
        }
        read(value, TimeForm::Timestamp, |civil| {
            civil.exists().then(|| of_epoch(civil.seconds(), civil.nanosecond)).flatten()
        })
    }

    fn read_next(row: &mut RowRef<'_>) -> Option<SystemTime> {
        row.next_timestamp(of_epoch)
    }

    fn from_other_form(value: ValueRef<'_>) -> Option<SystemTime> {
        other_form(value, TimeForm::Timestamp).and_then(|value| SystemTime::from_value(value.as_ref()).ok())
    }
}

#[diagnostic::do_not_recommend]
impl super::IsSpan for Duration {}

#[diagnostic::do_not_recommend]
impl super::Summed for Duration {
    type Sum = Duration;
}

#[diagnostic::do_not_recommend]
impl CurrentTime for SystemTime {
    fn now() -> SystemTime {
        SystemTime::now()
    }
}

#[diagnostic::do_not_recommend]
impl SqlType for Duration {
    const TYPE: Type = Type::Integer;
    const DOMAIN: Domain = Domain::Range(0, i64::MAX);
    const IS_SPAN: bool = true;
    type Order = Sorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        i64::try_from(self.as_nanos()).map(Value::Integer).map_err(|_| {
            Unstorable::new("cannot hold a span of more than 292 years: its nanoseconds do not fit into an `i64`")
        })
    }

    fn from_value(value: ValueRef<'_>) -> Result<Duration, Mismatch> {
        u64::from_value(value).map(Duration::from_nanos)
    }
}

/// Returns the point in time at these seconds and nanoseconds since the beginning of 1970, or
/// `None` if it is outside the limits of the type.
fn of_epoch(seconds: i64, nanosecond: u32) -> Option<SystemTime> {
    let nanoseconds = Duration::from_nanos(nanosecond.into());
    match u64::try_from(seconds) {
        Ok(seconds) => UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + nanoseconds),
        Err(_) => UNIX_EPOCH.checked_sub(Duration::from_secs(seconds.unsigned_abs()))?.checked_add(nanoseconds),
    }
}

/// Returns the whole seconds since the beginning of 1970, rounded down, and the remaining
/// nanoseconds. Seconds that do not fit into an `i64` are limited to its range.
fn since_epoch(time: SystemTime) -> (i64, u32) {
    let seconds = |span: Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (seconds(after), after.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            match before.subsec_nanos() {
                0 => (-seconds(before), 0),
                nanos => (-seconds(before) - 1, 1_000_000_000 - nanos),
            }
        }
    }
}
