//! Intervals: distances in time in the units of the calendar.

use std::fmt;
use std::time::Duration;

use super::{SqlType, Type, Unsorted, mismatch};
use crate::error::{Error, ErrorKind};
use crate::value::{IntervalParts, Mismatch, Unstorable, Value, ValueRef};

/// A distance in time of months, days and microseconds, on PostgreSQL, where it is an `interval`.
///
/// The three are kept apart, because a month has no certain number of days, and a day, where the
/// clocks are changed, no certain number of hours. A [`Duration`], which a column stores as a
/// number, is the simpler type where only seconds matter, and exists on every database.
///
/// PostgreSQL takes two intervals for equal if they are the same with 30 days in a month and 24
/// hours in a day, unlike `==` in Rust, and does not compare them as Rust does. They are therefore
/// not sorted.
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Dialect, Interval, Result, Table, now};
/// # use std::time::SystemTime;
/// #[derive(Table)]
/// # #[table(crate = "aio_runtime")]
/// struct Subscription {
///     #[column(primary_key, auto)]
///     id: i64,
///     begin: SystemTime,
///     period: Interval,
/// }
///
/// # fn main() -> Result<()> {
/// let ended = Subscription::BEGIN.plus(Subscription::PERIOD).lt(now::<SystemTime>());
/// let ended = Subscription::select().filter(ended).columns(Subscription::ID);
/// let text = ended.to_sql(Dialect::Postgres)?.text;
/// assert!(text.contains(r#"("begin" + "period") < "#), "{text}");
/// assert_eq!(Interval::months(1).and_days(-3).to_string(), "1 mon -3 days");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The number of months. A year is twelve of them.
    pub months: i32,
    /// The number of days. A week is seven of them.
    pub days: i32,
    /// The number of microseconds.
    pub microseconds: i64,
}

impl Interval {
    /// Returns an interval of months.
    pub const fn months(months: i32) -> Interval {
        Interval { months, days: 0, microseconds: 0 }
    }

    /// Returns an interval of days.
    pub const fn days(days: i32) -> Interval {
        Interval { months: 0, days, microseconds: 0 }
    }

    /// Returns an interval of microseconds.
    pub const fn microseconds(microseconds: i64) -> Interval {
        Interval { months: 0, days: 0, microseconds }
    }

    /// Returns the interval with this number of days in place of its own.
    #[must_use]
    pub const fn and_days(self, days: i32) -> Interval {
        Interval { days, ..self }
    }

    /// Returns the interval with this number of microseconds in place of its own.
    #[must_use]
    pub const fn and_microseconds(self, microseconds: i64) -> Interval {
        Interval { microseconds, ..self }
    }

    const fn parts(self) -> IntervalParts {
        IntervalParts { months: self.months, days: self.days, microseconds: self.microseconds }
    }
}

/// Shows the interval as PostgreSQL does: `1 year 2 mons 3 days 04:05:06.5`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().text_form())
    }
}

/// Converts a duration to an interval of microseconds, unless it has parts of a microsecond or is
/// too long.
impl TryFrom<Duration> for Interval {
    type Error = Error;

    fn try_from(duration: Duration) -> Result<Interval, Error> {
        if !duration.subsec_nanos().is_multiple_of(1_000) {
            return Err(unfit("an interval has whole microseconds, and this duration has parts of one"));
        }
        match duration.as_micros().try_into() {
            Ok(microseconds) => Ok(Interval::microseconds(microseconds)),
            Err(_) => Err(unfit("this duration is longer than an interval can be")),
        }
    }
}

/// Converts a span to an interval with the same months, days and microseconds, unless it has parts
/// of a microsecond or is too long.
#[cfg(feature = "jiff")]
impl TryFrom<::jiff::Span> for Interval {
    type Error = Error;

    fn try_from(span: ::jiff::Span) -> Result<Interval, Error> {
        let sum = |parts: &[(i64, i64)]| {
            parts.iter().try_fold(0_i64, |sum, (number, unit)| sum.checked_add(number.checked_mul(*unit)?))
        };
        let nanoseconds = span.get_nanoseconds();
        let microseconds = sum(&[
            (span.get_hours().into(), 3_600_000_000),
            (span.get_minutes(), 60_000_000),
            (span.get_seconds(), 1_000_000),
            (span.get_milliseconds(), 1_000),
            (span.get_microseconds(), 1),
            (nanoseconds / 1_000, 1),
        ]);
        if nanoseconds % 1_000 != 0 {
            return Err(unfit("an interval has whole microseconds, and this span has parts of one"));
        }
        let narrow = |number: Option<i64>| number.and_then(|number| i32::try_from(number).ok());
        let months = narrow(sum(&[(span.get_years().into(), 12), (span.get_months().into(), 1)]));
        let days = narrow(sum(&[(span.get_weeks().into(), 7), (span.get_days().into(), 1)]));
        match (months, days, microseconds) {
            (Some(months), Some(days), Some(microseconds)) => Ok(Interval { months, days, microseconds }),
            _ => Err(unfit("this span is longer than an interval can be")),
        }
    }
}

/// Converts an interval to a span with the same months, days and microseconds, unless these have
/// different signs, or are more than a span can have.
#[cfg(feature = "jiff")]
impl TryFrom<Interval> for ::jiff::Span {
    type Error = ::jiff::Error;

    fn try_from(interval: Interval) -> Result<::jiff::Span, ::jiff::Error> {
        let Interval { months, days, microseconds } = interval;
        let has_both_signs = [months.into(), days.into(), microseconds].iter().any(|number| *number < 0)
            && [months.into(), days.into(), microseconds].iter().any(|number| *number > 0);
        if has_both_signs {
            return Err(::jiff::Error::from_args(format_args!("a span has one sign, and this interval has both")));
        }
        ::jiff::Span::new().try_months(months)?.try_days(days)?.try_microseconds(microseconds)
    }
}

/// Returns the error for a value that no interval has.
fn unfit(reason: &str) -> Error {
    Error::new(ErrorKind::Unstorable { table: None, column: None }, reason)
}

#[diagnostic::do_not_recommend]
impl SqlType for Interval {
    const TYPE: Type = Type::Interval;
    type Order = Unsorted;
    type Read = Self;

    fn to_value(&self) -> Result<Value, Unstorable> {
        Ok(Value::Text(self.parts().text_form()))
    }

    fn from_value(value: ValueRef<'_>) -> Result<Interval, Mismatch> {
        let ValueRef::Text(text) = value else { return Err(mismatch("an interval", value)) };
        match IntervalParts::parse(text) {
            Some(IntervalParts { months, days, microseconds }) => Ok(Interval { months, days, microseconds }),
            None => Err(Mismatch::new("a finite interval of months, days and microseconds", "another text")),
        }
    }
}
