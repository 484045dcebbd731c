//! Dates and times: the types of all crates store an instant as the same text.

use super::*;

/// Returns instants that are hard to write: the ends of the calendar, before 1970, leap days,
/// single nanoseconds.
#[allow(dead_code)]
fn instants() -> Vec<(i64, u32, &'static str)> {
    vec![
        (FIRST_SECOND, 0, "0000-01-01T00:00:00.000000000Z"),
        (-62_162_035_201, 999_999_999, "0000-02-29T23:59:59.999999999Z"),
        (-2_203_891_201, 1, "1900-02-28T23:59:59.000000001Z"),
        (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
        (0, 0, "1970-01-01T00:00:00.000000000Z"),
        (951_782_400, 120_000_000, "2000-02-29T00:00:00.120000000Z"),
        (1_357_034_400, 0, "2013-01-01T10:00:00.000000000Z"),
        // The last timestamp of jiff is 26 hours before the end of the year 9999.
        (253_402_207_200, 999_999_999, "9999-12-30T22:00:00.999999999Z"),
    ]
}

fn form<T: SqlType>(value: &T) -> String {
    match value.to_value().map(Value::into_text_form) {
        Ok(Value::Text(text)) => text,
        _ => panic!("a time is stored as text"),
    }
}

fn assert_unstorable<T: SqlType + std::fmt::Debug>(value: T) {
    assert!(value.to_value().is_err(), "{value:?}");
}

fn read<T: SqlType>(form: &str) -> Option<T> {
    T::from_value(aio_sql::types::ValueRef::Text(form)).ok()
}

/// Returns texts that are not timestamps in the library's encoding.
fn no_timestamps() -> [&'static str; 14] {
    [
        "",
        "2013-01-01",
        "2013-01-01T10:00:00Z",
        "2013-01-01T10:00:00.000Z",
        "2013-01-01 10:00:00.000000000Z",
        "2013-01-01T10:00:00.000000000",
        "2013-01-01T10:00:00.000000000+00:00",
        "2013-02-29T10:00:00.000000000Z",
        "2013-13-01T10:00:00.000000000Z",
        "2013-00-01T10:00:00.000000000Z",
        "2013-01-01T24:00:00.000000000Z",
        "2013-01-01T10:00:60.000000000Z",
        "+013-01-01T10:00:00.000000000Z",
        "２013-01-01T10:00:00.000000000Z",
    ]
}

#[test]
fn a_system_time_is_text_of_one_width_in_utc() {
    for (seconds, nanoseconds, text) in instants() {
        assert_eq!(form(&time_at(seconds, nanoseconds)), text);
        assert_eq!(read(text), Some(time_at(seconds, nanoseconds)));
    }
    assert_eq!(form(&time_at(LAST_SECOND, 999_999_999)), "9999-12-31T23:59:59.999999999Z");
    assert_unstorable(time_at(LAST_SECOND + 1, 0));
    assert_unstorable(time_at(FIRST_SECOND - 1, 999_999_999));
    for text in no_timestamps() {
        assert_eq!(read::<SystemTime>(text), None, "{text}");
    }
}

#[cfg(feature = "jiff")]
mod jiff_ {
    use jiff::{SignedDuration, Timestamp, civil};

    use super::*;

    fn timestamp() -> impl Strategy<Value = Timestamp> {
        (FIRST_SECOND..=253_402_207_199, 0..1_000_000_000)
            .prop_map(|(seconds, nanoseconds)| Timestamp::new(seconds, nanoseconds).unwrap())
    }

    fn datetime() -> impl Strategy<Value = civil::DateTime> {
        (date(), time()).prop_map(|(date, time)| date.to_datetime(time))
    }

    fn date() -> impl Strategy<Value = civil::Date> {
        (0..=9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| civil::date(year, month, day))
    }

    fn time() -> impl Strategy<Value = civil::Time> {
        (0..24_i8, 0..60_i8, 0..60_i8, 0..1_000_000_000).prop_map(|(h, m, s, n)| civil::time(h, m, s, n))
    }

    stored_types! {
        sorted timestamps: Timestamp = timestamp(), extremes vec![
            Timestamp::from_second(FIRST_SECOND).unwrap(), Timestamp::new(-1, -1).unwrap(), Timestamp::UNIX_EPOCH, Timestamp::MAX,
        ];
        sorted datetimes: civil::DateTime = datetime(), extremes vec![
            civil::datetime(0, 1, 1, 0, 0, 0, 0), civil::datetime(2000, 2, 29, 0, 0, 0, 1), civil::DateTime::MAX,
        ];
        sorted dates: civil::Date = date(),
            extremes vec![civil::date(0, 1, 1), civil::date(0, 2, 29), civil::date(2000, 2, 29), civil::Date::MAX];
        sorted times_of_day: civil::Time = time(), extremes vec![civil::Time::MIN, civil::time(0, 0, 0, 1), civil::Time::MAX];
        sorted spans: SignedDuration = any::<i64>().prop_map(SignedDuration::from_nanos), extremes vec![
            SignedDuration::from_nanos(i64::MIN), SignedDuration::from_nanos(-1), SignedDuration::ZERO,
            SignedDuration::from_nanos(i64::MAX),
        ];
    }

    #[test]
    fn a_timestamp_has_the_form_of_a_system_time() {
        for (seconds, nanoseconds, text) in instants() {
            let time = Timestamp::new(seconds, nanoseconds as i32).unwrap();
            assert_eq!(form(&time), text);
            assert_eq!(read(text), Some(time));
        }
        for text in no_timestamps() {
            assert_eq!(read::<Timestamp>(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_before_0000_cannot_be_stored() {
        assert_unstorable(Timestamp::MIN);
        assert_unstorable(Timestamp::new(FIRST_SECOND - 1, 999_999_999).unwrap());
        assert_unstorable(civil::DateTime::MIN);
        assert_unstorable(civil::date(-1, 12, 31));
        assert_unstorable(SignedDuration::MAX);
        assert_unstorable(SignedDuration::from_nanos(i64::MIN) - SignedDuration::from_nanos(1));
    }

    #[on_every_database]
    async fn now_reads_back(db: Database) -> Result<()> {
        #[derive(Table, Debug)]
        struct Event {
            #[column(primary_key, auto)]
            id: i64,
            #[column(default = now)]
            at: Timestamp,
            #[column(default = now)]
            local: civil::DateTime,
            #[column(default = now)]
            day: civil::Date,
            #[column(default = now)]
            hour: civil::Time,
            #[column(created_at)]
            created: Timestamp,
            #[column(updated_at)]
            updated: Option<Timestamp>,
        }
        db.create(Event).await?;
        let before = Timestamp::now() - SignedDuration::from_millis(1);
        let new = NewEvent { at: None, local: None, day: None, hour: None };
        let event = Event::insert(new).one(&db).await?;
        for time in [
            event.at,
            event.created,
            event.updated.unwrap(),
            event.local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().into(),
        ] {
            assert!(before <= time && time <= Timestamp::now(), "{time}");
        }
        assert_eq!(event.local, event.day.to_datetime(event.hour));
        db.close().await
    }
}

#[cfg(feature = "chrono")]
mod chrono_ {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

    use super::*;

    fn at(seconds: i64, nanoseconds: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, nanoseconds).unwrap()
    }

    fn timestamp() -> impl Strategy<Value = DateTime<Utc>> {
        (FIRST_SECOND..=LAST_SECOND, 0..1_000_000_000_u32).prop_map(|(seconds, nanoseconds)| at(seconds, nanoseconds))
    }

    stored_types! {
        sorted timestamps: DateTime<Utc> = timestamp(), extremes vec![
            at(FIRST_SECOND, 0), at(-1, 999_999_999), at(0, 0), at(LAST_SECOND, 999_999_999),
        ];
        sorted datetimes: NaiveDateTime = timestamp().prop_map(|time| time.naive_utc()),
            extremes vec![at(FIRST_SECOND, 0).naive_utc(), at(LAST_SECOND, 999_999_999).naive_utc()];
        sorted dates: NaiveDate = timestamp().prop_map(|time| time.date_naive()),
            extremes vec![at(FIRST_SECOND, 0).date_naive(), at(951_782_400, 0).date_naive(), at(LAST_SECOND, 0).date_naive()];
        sorted times_of_day: NaiveTime = timestamp().prop_map(|time| time.time()),
            extremes vec![NaiveTime::MIN, at(LAST_SECOND, 999_999_999).time()];
        sorted spans: TimeDelta = any::<i64>().prop_map(TimeDelta::nanoseconds), extremes vec![
            TimeDelta::nanoseconds(i64::MIN), TimeDelta::nanoseconds(-1), TimeDelta::zero(), TimeDelta::nanoseconds(i64::MAX),
        ];
    }

    #[test]
    fn a_timestamp_has_the_form_of_a_system_time() {
        for (seconds, nanoseconds, text) in instants() {
            assert_eq!(form(&at(seconds, nanoseconds)), text);
            assert_eq!(read(text), Some(at(seconds, nanoseconds)));
        }
        for text in no_timestamps() {
            assert_eq!(read::<DateTime<Utc>>(text), None, "{text}");
        }
    }

    #[test]
    fn a_year_outside_0000_to_9999_cannot_be_stored() {
        for time in
            [DateTime::<Utc>::MIN_UTC, at(FIRST_SECOND - 1, 0), at(LAST_SECOND + 1, 0), DateTime::<Utc>::MAX_UTC]
        {
            assert_unstorable(time);
            assert_unstorable(time.naive_utc());
            assert_unstorable(time.date_naive());
        }
        assert_unstorable(TimeDelta::MAX);
        assert_unstorable(TimeDelta::MIN);
        assert_unstorable(TimeDelta::nanoseconds(i64::MIN) - TimeDelta::nanoseconds(1));
    }

    #[test]
    fn a_leap_second_cannot_be_stored() {
        let leap = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap().and_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        assert_unstorable(leap.and_utc());
        assert_unstorable(leap);
        assert_unstorable(leap.time());
        assert_eq!(form(&leap.date()), "2016-12-31");
        assert_eq!(read::<DateTime<Utc>>("2016-12-31T23:59:60.500000000Z"), None);
    }

    #[on_every_database]
    async fn now_reads_back(db: Database) -> Result<()> {
        #[derive(Table, Debug)]
        struct Event {
            #[column(primary_key, auto)]
            id: i64,
            #[column(default = now)]
            at: DateTime<Utc>,
            #[column(default = now)]
            local: NaiveDateTime,
            #[column(default = now)]
            day: NaiveDate,
            #[column(default = now)]
            hour: NaiveTime,
            #[column(created_at)]
            created: DateTime<Utc>,
        }
        db.create(Event).await?;
        let before = Utc::now() - TimeDelta::milliseconds(1);
        let event = Event::insert(NewEvent { at: None, local: None, day: None, hour: None }).one(&db).await?;
        for time in [event.at, event.local.and_utc(), event.created] {
            assert!(before <= time && time <= Utc::now(), "{time}");
        }
        assert_eq!(event.local, event.day.and_time(event.hour));
        db.close().await
    }
}

#[cfg(feature = "time")]
mod time_ {
    use ::time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    use super::*;

    fn at(seconds: i64, nanoseconds: u32) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap().replace_nanosecond(nanoseconds).unwrap()
    }

    fn timestamp() -> impl Strategy<Value = OffsetDateTime> {
        (FIRST_SECOND..=LAST_SECOND, 0..1_000_000_000_u32).prop_map(|(seconds, nanoseconds)| at(seconds, nanoseconds))
    }

    fn plain(time: OffsetDateTime) -> PrimitiveDateTime {
        PrimitiveDateTime::new(time.date(), time.time())
    }

    stored_types! {
        sorted timestamps: OffsetDateTime = timestamp(), extremes vec![
            at(FIRST_SECOND, 0), at(-1, 999_999_999), at(0, 0), at(LAST_SECOND, 999_999_999),
        ];
        sorted datetimes: PrimitiveDateTime = timestamp().prop_map(plain),
            extremes vec![plain(at(FIRST_SECOND, 0)), PrimitiveDateTime::MAX];
        sorted dates: Date = timestamp().prop_map(|time| time.date()),
            extremes vec![at(FIRST_SECOND, 0).date(), at(951_782_400, 0).date(), Date::MAX];
        sorted times_of_day: Time = timestamp().prop_map(|time| time.time()), extremes vec![Time::MIDNIGHT, Time::MAX];
        sorted spans: Duration = any::<i64>().prop_map(Duration::nanoseconds), extremes vec![
            Duration::nanoseconds(i64::MIN), Duration::nanoseconds(-1), Duration::ZERO, Duration::nanoseconds(i64::MAX),
        ];
    }

    #[test]
    fn a_timestamp_has_the_form_of_a_system_time() {
        for (seconds, nanoseconds, text) in instants() {
            let time = at(seconds, nanoseconds);
            assert_eq!(form(&time), text);
            assert_eq!(read(text), Some(time));
        }
        for text in no_timestamps() {
            assert_eq!(read::<OffsetDateTime>(text), None, "{text}");
        }
    }

    #[test]
    fn an_offset_is_converted_to_utc() {
        let new_york = at(1_357_034_400, 0).to_offset(UtcOffset::from_hms(-5, 0, 0).unwrap());
        assert_eq!(form(&new_york), "2013-01-01T10:00:00.000000000Z");
        assert_eq!(read(&form(&new_york)), Some(new_york));
    }

    #[test]
    fn a_year_outside_0000_to_9999_cannot_be_stored() {
        let before = Date::from_calendar_date(-1, Month::December, 31).unwrap();
        assert_unstorable(before);
        assert_unstorable(before.midnight());
        assert_unstorable(before.midnight().assume_utc());
        let west = UtcOffset::from_hms(-1, 0, 0).unwrap();
        assert_unstorable(PrimitiveDateTime::MAX.assume_offset(west));
        let east = UtcOffset::from_hms(1, 0, 0).unwrap();
        assert_unstorable(plain(at(FIRST_SECOND, 0)).assume_offset(east));
        assert_unstorable(Duration::MAX);
        assert_unstorable(Duration::MIN);
    }

    #[on_every_database]
    async fn now_reads_back(db: Database) -> Result<()> {
        #[derive(Table, Debug)]
        struct Event {
            #[column(primary_key, auto)]
            id: i64,
            #[column(default = now)]
            at: OffsetDateTime,
            #[column(default = now)]
            local: PrimitiveDateTime,
            #[column(default = now)]
            day: Date,
            #[column(default = now)]
            hour: Time,
            #[column(created_at)]
            created: OffsetDateTime,
        }
        db.create(Event).await?;
        let before = OffsetDateTime::now_utc() - Duration::milliseconds(1);
        let event = Event::insert(NewEvent { at: None, local: None, day: None, hour: None }).one(&db).await?;
        for time in [event.at, event.local.assume_utc(), event.created] {
            assert!(before <= time && time <= OffsetDateTime::now_utc(), "{time}");
        }
        assert_eq!(event.local, PrimitiveDateTime::new(event.day, event.hour));
        db.close().await
    }
}
