//! The encodings of other programs: the values of each type are read back unchanged, and sort and
//! compare as they do in Rust.

use super::*;

/// A strategy for times in the years 0 to 9999, rounded down to a multiple of `unit` nanoseconds.
fn times(unit: u32) -> impl Strategy<Value = SystemTime> {
    (FIRST_SECOND..=LAST_SECOND, fractions(unit)).prop_map(|(seconds, nanoseconds)| time_at(seconds, nanoseconds))
}

/// A strategy for times within a few seconds, so that many differ only in their fractions.
fn near_times(unit: u32) -> impl Strategy<Value = SystemTime> {
    (-2_i64..3, fractions(unit)).prop_map(|(seconds, nanoseconds)| time_at(seconds, nanoseconds))
}

/// A strategy for fractions of a second in nanoseconds, rounded down to a multiple of `unit`, with
/// few and with many digits.
fn fractions(unit: u32) -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(0),
        (0..10_u32).prop_map(|tenths| tenths * 100_000_000),
        (0..1_000_u32).prop_map(|milliseconds| milliseconds * 1_000_000),
        (0..1_000_000_u32).prop_map(|microseconds| microseconds * 1_000),
        0..1_000_000_000_u32
    ]
    .prop_map(move |nanoseconds| nanoseconds - nanoseconds % unit)
}

fn ends(unit: u32) -> Vec<SystemTime> {
    let last = 999_999_999 - 999_999_999 % unit;
    let tenth = if unit > 100_000_000 { 0 } else { 100_000_000 };
    let mut ends = vec![
        time_at(FIRST_SECOND, 0),
        time_at(-1, last),
        UNIX_EPOCH,
        time_at(0, last),
        time_at(1, 0),
        time_at(1, tenth),
        time_at(951_782_400, 0),
        time_at(LAST_SECOND, last),
    ];
    ends.dedup();
    ends
}

const SECOND: u32 = 1_000_000_000;
const MILLISECOND: u32 = 1_000_000;
const MICROSECOND: u32 = 1_000;

stored_types! {
    #[column(time = "unix_seconds")]
    sorted unix_seconds: SystemTime = times(SECOND), extremes ends(SECOND);
    #[column(time = "unix_millis")]
    sorted unix_millis: SystemTime = times(MILLISECOND), extremes ends(MILLISECOND);
    #[column(time = "unix_micros")]
    sorted unix_micros: SystemTime = near_times(MICROSECOND), extremes ends(MICROSECOND);
    #[column(time = "unix_nanos")]
    sorted unix_nanos: SystemTime = near_times(1),
        extremes vec![time_at(-9_223_372_036, 0), time_at(9_223_372_035, 999_999_999)];
    #[column(time = "julian")]
    sorted julian: SystemTime = times(MILLISECOND), extremes ends(MILLISECOND);
    #[column(time = "datetime(0)")]
    sorted datetime_0: SystemTime = times(SECOND), extremes ends(SECOND);
    #[column(time = "datetime")]
    sorted datetime: SystemTime = near_times(MICROSECOND), extremes ends(MICROSECOND);
    #[column(time = "datetime(6)")]
    sorted datetime_6: SystemTime = times(MICROSECOND), extremes ends(MICROSECOND);
    #[column(time = "datetime(0|3|6|9)")]
    sorted datetime_3: SystemTime = near_times(1), extremes ends(1);
    #[column(time = "datetime(0..7)")]
    sorted datetime_7: SystemTime = near_times(100), extremes ends(100);
    #[column(time = "datetime(1..9)+00:00")]
    sorted datetime_offset: SystemTime = near_times(1), extremes ends(1);
    #[column(time = "iso8601(0|3|6|9)+00:00")]
    sorted iso8601: SystemTime = near_times(1), extremes ends(1);
    #[column(time = "iso8601Z")]
    sorted iso8601_z: SystemTime = times(MILLISECOND), extremes ends(MILLISECOND);
    #[column(time = "iso8601(0..9)Z")]
    unsorted iso8601_unsorted: SystemTime = near_times(1), extremes ends(1);
    #[column(time = "micros")]
    sorted micros: Duration = (0..=i64::MAX as u64 / 1_000).prop_map(Duration::from_micros),
        extremes vec![Duration::ZERO, Duration::from_micros(1), Duration::from_micros(i64::MAX as u64 / 1_000)];
    #[column(time = "seconds")]
    sorted seconds: Duration = (0..9_223_372_036_u64).prop_map(Duration::from_secs),
        extremes vec![Duration::ZERO, Duration::from_secs(9_223_372_036)];
}

#[cfg(feature = "jiff")]
stored_types! {
    #[column(time = "datetime")]
    sorted jiff_timestamp: jiff::Timestamp = near_times(MICROSECOND).prop_map(|time| time.try_into().unwrap()),
        extremes vec![jiff::Timestamp::UNIX_EPOCH];
    #[column(time = "datetime(6)")]
    sorted jiff_datetime: jiff::civil::DateTime = near_times(MICROSECOND).prop_map(|time| {
        jiff::Timestamp::try_from(time).unwrap().to_zoned(jiff::tz::TimeZone::UTC).datetime()
    }), extremes vec![jiff::civil::date(2026, 1, 5).at(10, 0, 0, 0), jiff::civil::date(0, 1, 1).at(0, 0, 0, 1_000)];
    #[column(time = "time")]
    sorted jiff_time: jiff::civil::Time = (0..24_i8, 0..1_000_000_i32)
        .prop_map(|(hour, micros)| jiff::civil::time(hour, 59, 1, micros * 1_000)),
        extremes vec![jiff::civil::Time::midnight(), jiff::civil::time(23, 59, 59, 999_999_000)];
    #[column(time = "micros")]
    sorted jiff_span: jiff::SignedDuration = any::<i64>().prop_map(|nanos| jiff::SignedDuration::from_micros(nanos / 1_000)),
        extremes vec![jiff::SignedDuration::from_micros(-1), jiff::SignedDuration::ZERO];
}

#[cfg(feature = "chrono")]
stored_types! {
    #[column(time = "iso8601(0|3|6|9)+00:00")]
    sorted chrono_timestamp: chrono::DateTime<chrono::Utc> = near_times(1).prop_map(Into::into),
        extremes ends(1).into_iter().map(Into::into).collect();
    #[column(time = "datetime(0|3|6|9)")]
    sorted chrono_datetime: chrono::NaiveDateTime =
        near_times(1).prop_map(|time| chrono::DateTime::<chrono::Utc>::from(time).naive_utc()),
        extremes ends(1).into_iter().map(|time| chrono::DateTime::<chrono::Utc>::from(time).naive_utc()).collect();
    #[column(time = "time(0|3|6|9)")]
    sorted chrono_time: chrono::NaiveTime =
        near_times(1).prop_map(|time| chrono::DateTime::<chrono::Utc>::from(time).time()), extremes vec![chrono::NaiveTime::MIN];
    #[column(time = "millis")]
    sorted chrono_span: chrono::TimeDelta = (-1_000_000_i64..1_000_000).prop_map(chrono::TimeDelta::milliseconds),
        extremes vec![chrono::TimeDelta::milliseconds(-1), chrono::TimeDelta::zero()];
}

#[cfg(feature = "time")]
stored_types! {
    #[column(time = "iso8601(0..9)Z")]
    unsorted time_timestamp: time::OffsetDateTime = near_times(1).prop_map(Into::into), extremes vec![time::OffsetDateTime::UNIX_EPOCH];
    #[column(time = "datetime(1..9)")]
    sorted time_datetime: time::PrimitiveDateTime = near_times(1).prop_map(|time| {
        let time = time::OffsetDateTime::from(time);
        time::PrimitiveDateTime::new(time.date(), time.time())
    }), extremes vec![time::PrimitiveDateTime::MAX];
    #[column(time = "time(1..9)")]
    sorted time_time: time::Time = near_times(1).prop_map(|time| time::OffsetDateTime::from(time).time()),
        extremes vec![time::Time::MIDNIGHT, time::Time::MAX];
    #[column(time = "seconds")]
    sorted time_span: time::Duration = (-1_000_i64..1_000).prop_map(time::Duration::seconds),
        extremes vec![time::Duration::seconds(-1), time::Duration::ZERO];
}

#[cfg(feature = "uuid")]
stored_types! {
    #[column(uuid = "text")]
    sorted uuid_text: uuid::Uuid = any::<[u8; 16]>().prop_map(uuid::Uuid::from_bytes),
        extremes vec![uuid::Uuid::nil(), uuid::Uuid::now_v7(), uuid::Uuid::max()];
    #[column(uuid = "simple")]
    sorted uuid_simple: uuid::Uuid = any::<[u8; 16]>().prop_map(uuid::Uuid::from_bytes),
        extremes vec![uuid::Uuid::nil(), uuid::Uuid::now_v7(), uuid::Uuid::max()];
    #[column(uuid = "upper")]
    sorted uuid_upper: uuid::Uuid = any::<[u8; 16]>().prop_map(uuid::Uuid::from_bytes),
        extremes vec![uuid::Uuid::nil(), uuid::Uuid::now_v7(), uuid::Uuid::max()];
}

#[cfg(feature = "rust_decimal")]
mod decimals {
    use rust_decimal::Decimal;

    use super::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        let digits = prop_oneof![-999_999_999_999_999_i64..1_000_000_000_000_000, -10_000..10_000_i64, Just(0)];
        (digits, 0..=20_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale))
    }

    stored_types! {
        #[column(decimal = "real")]
        sorted real: Decimal = decimal(), extremes vec![
            Decimal::new(1, 1), Decimal::new(12, 0), Decimal::new(-1, 28), Decimal::new(999_999_999_999_999, 2),
        ];
        #[column(decimal = "text(2)")]
        unsorted text: Decimal = (-1_000_000_i64..1_000_000).prop_map(|cents| Decimal::new(cents, 2)),
            extremes vec![Decimal::ZERO, Decimal::new(125, 1), "-79228162514264337593543950.33".parse().unwrap()];
    }

    #[on_every_database]
    async fn a_value_that_an_encoding_cannot_hold_is_not_stored(db: Database) -> Result<()> {
        #[derive(Table, Clone, Debug)]
        struct Price {
            #[column(primary_key)]
            id: i64,
            #[column(decimal = "real")]
            real: Decimal,
            #[column(decimal = "text(2)")]
            text: Decimal,
        }
        db.create(Price).await?;
        let long: Decimal = "12345678901234567.89".parse().unwrap();
        for (price, column, attribute) in [
            (Price { id: 1, real: long, text: Decimal::ONE }, "price.real", "decimal = \"real\""),
            (Price { id: 1, real: Decimal::ONE, text: Decimal::new(1_255, 3) }, "price.text", "decimal = \"text(2)\""),
        ] {
            let error = Price::insert(price).execute(&db).await.unwrap_err();
            let message = error.to_string();
            assert!(matches!(error.kind(), ErrorKind::Unstorable { .. }), "{error:?}");
            assert!(message.contains(column) && message.contains(attribute), "{message}");
        }
        db.close().await
    }
}
