//! Times and decimals are passed to a database as times and decimals, not as text, and can be read
//! from a database that has types for them.

use aio_sql::Value;
use aio_sql::types::{Mismatch, Sorted, Type, Unstorable, ValueRef};

use super::*;

/// Returns the value that a type passes to a database, read back as if the database had a type for
/// it.
fn read_as_it_is<T: SqlType>(value: &T) -> T {
    let stored = value.to_value().unwrap();
    assert!(!matches!(stored, Value::Text(_)), "it has a kind of its own");
    T::from_value(stored.as_ref()).unwrap()
}

#[test]
fn a_timestamp_is_passed_and_read_as_such() {
    for (seconds, nanosecond) in [(FIRST_SECOND, 0), (-1, 999_999_999), (0, 1), (LAST_SECOND, 999_999_999)] {
        let time = time_at(seconds, nanosecond);
        assert_eq!(time.to_value(), Ok(Value::Timestamp { seconds, nanosecond }));
        assert_eq!(read_as_it_is(&time), time);
    }
}

#[test]
fn a_kind_of_time_is_not_read_as_another() {
    let others = [
        ValueRef::DateTime { seconds: 0, nanosecond: 0 },
        ValueRef::Date { days: 0 },
        ValueRef::Time { nanoseconds: 0 },
    ];
    for other in others {
        assert!(SystemTime::from_value(other).is_err(), "{other:?}");
    }
}

#[cfg(feature = "jiff")]
#[test]
fn jiff_times_are_passed_and_read_unchanged() {
    use jiff::{Timestamp, civil};

    for time in [Timestamp::new(-1, -1).unwrap(), Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        assert_eq!(read_as_it_is(&time), time);
    }
    for time in
        [civil::datetime(0, 1, 1, 0, 0, 0, 0), civil::datetime(2000, 2, 29, 23, 59, 59, 1), civil::DateTime::MAX]
    {
        assert_eq!(read_as_it_is(&time), time);
        assert_eq!(read_as_it_is(&time.date()), time.date());
        assert_eq!(read_as_it_is(&time.time()), time.time());
    }
    assert_eq!(civil::date(1970, 1, 2).to_value(), Ok(Value::Date { days: 1 }));
    assert_eq!(civil::time(0, 0, 1, 5).to_value(), Ok(Value::Time { nanoseconds: 1_000_000_005 }));
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_times_are_passed_and_read_unchanged() {
    use chrono::{DateTime, Utc};

    for seconds in [FIRST_SECOND, -1, 0, LAST_SECOND] {
        let time: DateTime<Utc> = DateTime::from_timestamp(seconds, 999_999_999).unwrap();
        assert_eq!(read_as_it_is(&time), time);
        assert_eq!(read_as_it_is(&time.naive_utc()), time.naive_utc());
        assert_eq!(read_as_it_is(&time.date_naive()), time.date_naive());
        assert_eq!(read_as_it_is(&time.time()), time.time());
    }
}

#[cfg(feature = "time")]
#[test]
fn time_times_are_passed_and_read_unchanged() {
    use time::{OffsetDateTime, PrimitiveDateTime};

    for seconds in [FIRST_SECOND, -1, 0, LAST_SECOND] {
        let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let local = PrimitiveDateTime::new(time.date(), time.time());
        assert_eq!(read_as_it_is(&time), time);
        assert_eq!(read_as_it_is(&local), local);
        assert_eq!(read_as_it_is(&time.date()), time.date());
        assert_eq!(read_as_it_is(&time.time()), time.time());
    }
}

#[cfg(feature = "rust_decimal")]
#[test]
fn a_decimal_is_passed_and_read_as_such() {
    use rust_decimal::Decimal;

    for number in [Decimal::MIN, Decimal::MAX, Decimal::ZERO, Decimal::new(-125, 2)] {
        assert_eq!(read_as_it_is(&number), number);
    }
    assert_eq!(Decimal::new(-1250, 3).to_value(), Ok(Value::Decimal { mantissa: -125, scale: 2 }));
    assert!(Decimal::from_value(ValueRef::Decimal { mantissa: i128::MAX, scale: 0 }).is_err());
}

#[test]
fn equal_decimals_have_one_text() {
    for (mantissa, scale, text) in [
        (0, 5, "0"),
        (1250, 3, "1.25"),
        (-5, 3, "-0.005"),
        (-100, 2, "-1"),
        (100, 0, "100"),
        (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
    ] {
        assert_eq!(Value::Decimal { mantissa, scale }.into_text_form(), Value::Text(text.to_owned()));
    }
}

/// A type of column that stores any value without a check.
#[derive(Clone, Debug, PartialEq)]
struct Unchecked(Value);

impl SqlType for Unchecked {
    const TYPE: Type = Type::Timestamp;
    type Order = Sorted;
    type Read = Self;
    fn to_value(&self) -> std::result::Result<Value, Unstorable> {
        Ok(self.0.clone())
    }
    fn from_value(value: ValueRef<'_>) -> std::result::Result<Unchecked, Mismatch> {
        Ok(Unchecked(value.into()))
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings")]
struct Reading {
    #[column(primary_key)]
    id: i64,
    value: Unchecked,
}

#[on_every_database]
async fn an_invalid_time_is_refused(db: Database) -> Result<()> {
    db.create(Reading).await?;
    for (value, words) in [
        (Value::Timestamp { seconds: LAST_SECOND + 1, nanosecond: 0 }, "a year outside 0000 to 9999"),
        (Value::DateTime { seconds: FIRST_SECOND - 1, nanosecond: 0 }, "a year outside 0000 to 9999"),
        (Value::Timestamp { seconds: 0, nanosecond: 1_000_000_000 }, "a leap second"),
        (Value::Date { days: 2_932_897 }, "a year outside 0000 to 9999"),
        (Value::Time { nanoseconds: 86_400_000_000_000 }, "a time of day"),
        (Value::Decimal { mantissa: 1, scale: 39 }, "more than 38 places"),
    ] {
        let error = Reading::insert(Reading { id: 1, value: Unchecked(value) }).execute(&db).await.unwrap_err();
        let kind = ErrorKind::Unstorable { table: Some("readings".into()), column: Some("value".into()) };
        assert_eq!(*error.kind(), kind);
        assert!(error.to_string().contains(words), "{error}");
    }
    db.close().await
}
