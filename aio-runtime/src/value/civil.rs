//! Dates and times as year, month, day and so on, and their conversion to and from seconds and
//! days since 1970.

/// A date and a time of day by the Gregorian calendar, in separate fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i32,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) nanosecond: u32,
}

const DAY: i64 = 86_400;

/// The range of the seconds in the years 0000 to 9999, counted from the beginning of 1970.
pub(super) const SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// The range of the days in the years 0000 to 9999, counted from 1970-01-01.
pub(super) const DAYS: std::ops::RangeInclusive<i32> = -719_528..=2_932_896;

pub(super) const NANOSECONDS_OF_SECOND: u32 = 1_000_000_000;

pub(super) const NANOSECONDS_OF_DAY: u64 = 86_400 * NANOSECONDS_OF_SECOND as u64;

impl Civil {
    /// Returns the date and time at this number of seconds after the beginning of 1970, or `None`
    /// if the year does not fit into an `i32`.
    pub(crate) fn of_seconds(seconds: i64, nanosecond: u32) -> Option<Civil> {
        let date = Civil::of_days(seconds.div_euclid(DAY))?;
        Some(date.at(seconds.rem_euclid(DAY).cast_unsigned(), nanosecond))
    }

    /// Returns the date at this number of days after 1970-01-01, or `None` if the year does not
    /// fit into an `i32`.
    pub(crate) fn of_days(days: i64) -> Option<Civil> {
        let (year, month, day) = date_of(days);
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        Some(Civil { year: i32::try_from(year).ok()?, month, day, ..Civil::default() })
    }

    /// Returns the time of day at this number of nanoseconds after midnight.
    pub(crate) fn of_nanoseconds(nanoseconds: u64) -> Civil {
        let second = u64::from(NANOSECONDS_OF_SECOND);
        let nanosecond = u32::try_from(nanoseconds % second).unwrap_or_default();
        Civil::default().at(nanoseconds / second, nanosecond)
    }

    fn at(self, second: u64, nanosecond: u32) -> Civil {
        let part = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
        let (hour, minute, second) = (part(second / 3600), part(second / 60 % 60), part(second % 60));
        Civil { hour, minute, second, nanosecond, ..self }
    }

    /// Returns the whole seconds since the beginning of 1970.
    pub(crate) fn seconds(self) -> i64 {
        self.days() * DAY + self.second_of_day()
    }

    /// Returns the days since 1970-01-01.
    pub(crate) fn days(self) -> i64 {
        days_of(self.year.into(), self.month.into(), self.day.into())
    }

    /// Returns the whole seconds since midnight.
    pub(crate) fn second_of_day(self) -> i64 {
        i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second)
    }

    /// Returns whether the date exists in the calendar, and the time of day exists.
    pub(crate) fn exists(self) -> bool {
        date_of(self.days()) == (self.year.into(), self.month.into(), self.day.into())
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && self.nanosecond < NANOSECONDS_OF_SECOND
    }
}

/// Returns year, month and day for a number of days since 1970-01-01. The calendar repeats after
/// 400 years, an era of 146,097 days. Years begin in March here, so that the leap day is the last
/// day of a year.
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

/// Returns the number of days since 1970-01-01 for a date. This is the inverse of [`date_of`].
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
