//! `SqlType` for the types of the crate jiff: points in time, dates, times of day and spans.

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::civil::{civil_types, nanoseconds, read, time_span, to_value};
use super::{CurrentTime, Sorted, SqlType, Type};
use crate::value::{Civil, Mismatch, TimeForm, Unstorable, Value, ValueRef};

fn date(parts: Civil) -> Option<civil::Date> {
    civil::Date::new(parts.year.try_into().ok()?, parts.month.try_into().ok()?, parts.day.try_into().ok()?).ok()
}

fn time(parts: Civil) -> Option<civil::Time> {
    let Civil { hour, minute, second, nanosecond, .. } = parts;
    civil::Time::new(
        hour.try_into().ok()?,
        minute.try_into().ok()?,
        second.try_into().ok()?,
        nanosecond.try_into().ok()?,
    )
    .ok()
}

fn of_date(date: civil::Date) -> Civil {
    Civil {
        year: date.year().into(),
        month: date.month().unsigned_abs(),
        day: date.day().unsigned_abs(),
        ..Civil::default()
    }
}

fn of_time(time: civil::Time, date: Civil) -> Civil {
    Civil {
        hour: time.hour().unsigned_abs(),
        minute: time.minute().unsigned_abs(),
        second: time.second().unsigned_abs(),
        nanosecond: time.subsec_nanosecond().unsigned_abs(),
        ..date
    }
}

fn of_datetime(datetime: civil::DateTime) -> Civil {
    of_time(datetime.time(), of_date(datetime.date()))
}

fn datetime(parts: Civil) -> Option<civil::DateTime> {
    Some(civil::DateTime::from_parts(date(parts)?, time(parts)?))
}

civil_types! {
    Timestamp, Timestamp, |timestamp| Ok(of_datetime(TimeZone::UTC.to_datetime(timestamp))),
        |parts| TimeZone::UTC.to_timestamp(datetime(parts)?).ok();
    civil::DateTime, DateTime, |value| Ok(of_datetime(value)), |parts| datetime(parts);
    civil::Date, Date, |value| Ok(of_date(value)), |parts| date(parts);
    civil::Time, Time, |value| Ok(of_time(value, Civil::default())), |parts| time(parts);
}

time_span!(SignedDuration, |span| span.as_nanos(), SignedDuration::from_nanos);

#[diagnostic::do_not_recommend]
impl CurrentTime for Timestamp {
    fn now() -> Timestamp {
        Timestamp::now()
    }
}
