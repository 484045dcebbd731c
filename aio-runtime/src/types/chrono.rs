//! `SqlType` for the types of the crate chrono: points in time, dates, times of day and spans.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc};

use super::civil::{civil_types, nanoseconds, read, time_span, to_value};
use super::{CurrentTime, Sorted, SqlType, Type};
use crate::value::{Civil, Mismatch, TimeForm, Unstorable, Value, ValueRef};

fn date(parts: Civil) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(parts.year, parts.month.into(), parts.day.into())
}

fn time(parts: Civil) -> Option<NaiveTime> {
    let Civil { hour, minute, second, nanosecond, .. } = parts;
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nanosecond)
}

fn part(value: u32) -> u8 {
    u8::try_from(value).unwrap_or_default()
}

fn of_date(date: NaiveDate) -> Civil {
    Civil { year: date.year(), month: part(date.month()), day: part(date.day()), ..Civil::default() }
}

fn of_time(time: NaiveTime, date: Civil) -> Result<Civil, Unstorable> {
    // chrono represents a leap second as more than 999,999,999 nanoseconds of the second before
    // it.
    if time.nanosecond() >= 1_000_000_000 {
        return Err(Unstorable::new("cannot hold a leap second, which no database supports"));
    }
    Ok(Civil {
        hour: part(time.hour()),
        minute: part(time.minute()),
        second: part(time.second()),
        nanosecond: time.nanosecond(),
        ..date
    })
}

civil_types! {
    DateTime<Utc>, Timestamp, |value| of_time(value.time(), of_date(value.date_naive())),
        |parts| Some(date(parts)?.and_time(time(parts)?).and_utc());
    NaiveDateTime, DateTime, |value| of_time(value.time(), of_date(value.date())),
        |parts| Some(date(parts)?.and_time(time(parts)?));
    NaiveDate, Date, |value| Ok(of_date(value)), |parts| date(parts);
    NaiveTime, Time, |value| of_time(value, Civil::default()), |parts| time(parts);
}

time_span!(
    TimeDelta,
    |span| i128::from(span.num_seconds()) * 1_000_000_000 + i128::from(span.subsec_nanos()),
    TimeDelta::nanoseconds
);

#[diagnostic::do_not_recommend]
impl CurrentTime for DateTime<Utc> {
    fn now() -> DateTime<Utc> {
        Utc::now()
    }
}
