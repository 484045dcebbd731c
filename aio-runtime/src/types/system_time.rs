//! The standard library's point in time and span of time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::time_text::{Civil, Form};
use super::{CurrentTime, Domain, Sorted, SqlType, Type};
use crate::value::{Mismatch, Unstorable, Value, ValueRef};

const DAY: i64 = 86_400;

#[diagnostic::do_not_recommend]
impl super::HasDate for SystemTime {}

#[diagnostic::do_not_recommend]
impl super::HasTime for SystemTime {}

#[diagnostic::do_not_recommend]
impl SqlType for SystemTime {
    const TYPE: Type = Type::Timestamp;
    type Order = Sorted;

    fn to_value(&self) -> Result<Value, Unstorable> {
        let (seconds, nanosecond) = since_epoch(*self)
            .ok_or_else(|| Unstorable::new("cannot hold a year outside 0000 to 9999: its text would not sort"))?;
        let (year, month, day) = date_of(seconds.div_euclid(DAY));
        let second = seconds.rem_euclid(DAY);
        let part = |value: i64| u8::try_from(value).unwrap_or_default();
        Civil {
            year: i32::try_from(year).unwrap_or(i32::MAX),
            month: part(month),
            day: part(day),
            hour: part(second / 3600),
            minute: part(second / 60 % 60),
            second: part(second % 60),
            nanosecond,
        }
        .to_value(Form::Timestamp)
    }

    fn from_value(value: ValueRef<'_>) -> Result<SystemTime, Mismatch> {
        Civil::read(value, Form::Timestamp, |civil| {
            let days = days_of(civil.year.into(), civil.month.into(), civil.day.into());
            let valid = date_of(days) == (civil.year.into(), civil.month.into(), civil.day.into())
                && civil.hour < 24
                && civil.minute < 60
                && civil.second < 60;
            let seconds =
                days * DAY + i64::from(civil.hour) * 3600 + i64::from(civil.minute) * 60 + i64::from(civil.second);
            let whole = Duration::from_secs(seconds.unsigned_abs());
            let whole = if seconds < 0 { UNIX_EPOCH.checked_sub(whole)? } else { UNIX_EPOCH.checked_add(whole)? };
            whole.checked_add(Duration::from_nanos(civil.nanosecond.into())).filter(|_| valid)
        })
    }
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
    type Order = Sorted;

    fn to_value(&self) -> Result<Value, Unstorable> {
        i64::try_from(self.as_nanos()).map(Value::Integer).map_err(|_| {
            Unstorable::new("cannot hold a span of more than 292 years: its nanoseconds do not fit an `i64`")
        })
    }

    fn from_value(value: ValueRef<'_>) -> Result<Duration, Mismatch> {
        u64::from_value(value).map(Duration::from_nanos)
    }
}

/// Whole seconds since 1970, rounded down, and the nanoseconds that are left.
fn since_epoch(time: SystemTime) -> Option<(i64, u32)> {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => Some((after.as_secs().try_into().ok()?, after.subsec_nanos())),
        Err(before) => {
            let before = before.duration();
            let seconds = i64::try_from(before.as_secs()).ok()?;
            Some(match before.subsec_nanos() {
                0 => (-seconds, 0),
                nanos => (-seconds - 1, 1_000_000_000 - nanos),
            })
        }
    }
}

/// Year, month and day of a day counted from 1970-01-01, by the Gregorian calendar: eras of 400
/// years are 146,097 days, and years are counted from March, so that the leap day is the last.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// The reverse of [`date_of`].
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
