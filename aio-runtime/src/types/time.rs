//! `SqlType` for the types of the crate time: points in time, dates, times of day and spans.

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::civil::{civil_types, nanoseconds, read, time_span, to_value};
use super::{CurrentTime, Sorted, SqlType, Type};
use crate::value::{Civil, Mismatch, TimeForm, Unstorable, Value, ValueRef};

fn date(parts: Civil) -> Option<Date> {
    Date::from_calendar_date(parts.year, Month::try_from(parts.month).ok()?, parts.day).ok()
}

fn time(parts: Civil) -> Option<Time> {
    Time::from_hms_nano(parts.hour, parts.minute, parts.second, parts.nanosecond).ok()
}

fn of_date(date: Date) -> Civil {
    Civil { year: date.year(), month: date.month().into(), day: date.day(), ..Civil::default() }
}

fn of_time(time: Time, date: Civil) -> Civil {
    let (hour, minute, second, nanosecond) = time.as_hms_nano();
    Civil { hour, minute, second, nanosecond, ..date }
}

fn in_utc(time: OffsetDateTime) -> Result<Civil, Unstorable> {
    let time = time
        .checked_to_offset(UtcOffset::UTC)
        .ok_or_else(|| Unstorable::new("cannot hold a year outside 0000 to 9999: its text would not sort"))?;
    Ok(of_time(time.time(), of_date(time.date())))
}

civil_types! {
    OffsetDateTime, Timestamp, |value| in_utc(value),
        |parts| Some(PrimitiveDateTime::new(date(parts)?, time(parts)?).assume_utc());
    PrimitiveDateTime, DateTime, |value| Ok(of_time(value.time(), of_date(value.date()))),
        |parts| Some(PrimitiveDateTime::new(date(parts)?, time(parts)?));
    Date, Date, |value| Ok(of_date(value)), |parts| date(parts);
    Time, Time, |value| Ok(of_time(value, Civil::default())), |parts| time(parts);
}

time_span!(Duration, |span| span.whole_nanoseconds(), Duration::nanoseconds);

#[diagnostic::do_not_recommend]
impl CurrentTime for OffsetDateTime {
    fn now() -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
