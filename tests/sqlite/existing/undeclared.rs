//! A value in an encoding that the struct does not declare is an error, whose message says what to
//! write in the struct. Raw SQL reads such a value if it has only one meaning.

use aio_sql::{Record, query};

use super::*;

#[derive(Table, Clone, Debug)]
struct Event {
    #[column(primary_key, auto)]
    id: i64,
    at: SystemTime,
}

#[derive(Table, Clone, Debug)]
#[table(name = "event")]
struct LocalEvent {
    #[column(primary_key, auto)]
    id: i64,
    at: jiff::civil::DateTime,
}

#[derive(Table, Clone, Debug)]
#[table(name = "event")]
struct Daily {
    #[column(primary_key, auto)]
    id: i64,
    at: jiff::civil::Time,
}

#[derive(Table, Clone, Debug)]
#[table(name = "event")]
struct Key {
    #[column(primary_key, auto)]
    id: i64,
    at: uuid::Uuid,
}

#[derive(Table, Clone, Debug)]
#[table(name = "event")]
struct Price {
    #[column(primary_key, auto)]
    id: i64,
    at: rust_decimal::Decimal,
}

fn holding(literal: &str) -> Foreign {
    Foreign::made_by(&format!(
        "create table event (id integer primary key, at); insert into event (at) values ({literal})"
    ))
}

/// Checks that reading the value as a field of the table fails, and that the message of the error
/// names the attribute to write and does not show the value.
macro_rules! assert_refused {
    ($table:ident: $($literal:literal => $attribute:literal),+ $(,)?) => { $({
        let file = holding($literal);
        let db = file.open().await?;
        let error = $table::select().all(&db).await.expect_err($literal);
        let message = error.to_string();
        assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
        assert!(message.contains("event.at") && message.contains($attribute), "`{}` in: {message}", $attribute);
        assert!(!message.contains($literal.trim_matches('\'')), "no value in: {message}");
        db.close().await?;
    })+ };
}

#[tokio::test]
async fn a_time_in_another_form_is_an_error_that_names_its_attribute() -> Result<()> {
    assert_refused! { Event:
        "'2026-01-05 10:00:00'" => "`time = \"datetime\"`",
        "'2026-01-05 10:00:00.123456'" => "`time = \"datetime\"`",
        "'2026-01-05 10:00:00.000000'" => "`time = \"datetime(6)\"`",
        "'2026-01-05 10:00:00.123'" => "`time = \"datetime(0|3|6|9)\"`",
        "'2026-01-05 10:00:00.5'" => "`time = \"datetime(0..9)\"`",
        "'2026-01-05 10:00:00+00:00'" => "`time = \"datetime+00:00\"`",
        "'2026-01-05T10:00:00'" => "`time = \"iso8601\"`",
        "'2026-01-05T10:00:00.123456789+00:00'" => "`time = \"iso8601(0|3|6|9)+00:00\"`",
        "'2026-01-05T10:00:00.123Z'" => "`time = \"iso8601Z\"`",
        "1767607200" => "`time = \"unix_seconds\"`",
        "1767607200123" => "`time = \"unix_millis\"`",
        "1767607200123456" => "`time = \"unix_micros\"`",
        "2461045.75" => "`time = \"julian\"`",
    }
    assert_refused! { LocalEvent: "'2026-01-05 10:00:00.25'" => "`time = \"datetime(0..9)\"`" }
    assert_refused! { Daily:
        "'11:30:00'" => "`time = \"time\"`",
        "'11:30:00.000000'" => "`time = \"time(6)\"`",
    }
    Ok(())
}

#[tokio::test]
async fn a_value_in_no_known_encoding_is_an_error_without_an_attribute() -> Result<()> {
    for literal in ["'next week'", "'2026-13-05 10:00:00'", "'2026-01-05 10:00:00+02:00'", "x'00'"] {
        let file = holding(literal);
        let db = file.open().await?;
        let message = Event::select().all(&db).await.expect_err(literal).to_string();
        assert!(!message.contains("attribute"), "{message}");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_uuid_and_a_decimal_in_another_form_are_errors_that_name_their_attributes() -> Result<()> {
    assert_refused! { Key:
        "'67e55044-10b1-426f-9247-bb680e5fe0c8'" => "`uuid = \"text\"`",
        "'67E55044-10B1-426F-9247-BB680E5FE0C8'" => "`uuid = \"upper\"`",
        "'67e5504410b1426f9247bb680e5fe0c8'" => "`uuid = \"simple\"`",
    }
    assert_refused! { Price: "12.5" => "`decimal = \"real\"`", "12" => "`decimal = \"real\"`" }
    Ok(())
}

#[derive(Record, Debug, PartialEq)]
struct Anything {
    at: SystemTime,
    local: jiff::civil::DateTime,
    time: Option<jiff::civil::Time>,
    key: uuid::Uuid,
    price: rust_decimal::Decimal,
}

#[tokio::test]
async fn raw_sql_reads_unambiguous_values() -> Result<()> {
    let db = Database::memory().await?;
    let expected = Anything {
        at: morning(120_000_000),
        local: jiff::civil::date(2026, 1, 5).at(10, 0, 0, 500_000_000),
        time: Some(jiff::civil::time(10, 0, 0, 0)),
        key: uuid::uuid!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        price: "12.5".parse().unwrap(),
    };
    for at in [
        "2026-01-05 10:00:00.12",
        "2026-01-05T10:00:00.120",
        "2026-01-05 10:00:00.120000+00:00",
        "2026-01-05T10:00:00.12Z",
        "2026-01-05T12:00:00.120000+02:00",
        "2026-01-05 08:30:00.12-01:30",
    ] {
        let row: Anything = query(
            "select ? as at, '2026-01-05 10:00:00.5' as local, '10:00:00' as time, \
             '67E5504410B1426F9247BB680E5FE0C8' as key, 12.5 as price",
        )
        .bind(at)
        .one(&db)
        .await?;
        assert_eq!(row, expected, "{at}");
    }
    db.close().await
}

#[tokio::test]
async fn raw_sql_does_not_guess() -> Result<()> {
    let db = Database::memory().await?;
    // A number is refused, because its unit is not known. A text with an offset is not read as a
    // civil time, because it is not known in which time zone that time is meant. Nor is a date
    // without a time read as one.
    let error = query("select 1767607200").scalar::<SystemTime>(&db).await.unwrap_err();
    assert!(error.to_string().contains("unix_seconds"), "{error}");
    for text in ["2026-01-05 10:00:00+02:00", "2026-01-05"] {
        query("select ?").bind(text).scalar::<jiff::civil::DateTime>(&db).await.unwrap_err();
    }
    query("select '10:00:00'").scalar::<SystemTime>(&db).await.unwrap_err();
    // An integer is refused as a decimal: it is not known whether it is the number itself, or
    // which of its digits are decimal places.
    #[derive(Record, Debug)]
    #[allow(dead_code)]
    struct Sold {
        price: Option<rust_decimal::Decimal>,
    }
    let error = query("select 599").scalar::<rust_decimal::Decimal>(&db).await.unwrap_err();
    let in_record = query("select 599 as price").one::<Sold>(&db).await.unwrap_err();
    for error in [error, in_record] {
        assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error:?}");
        assert!(error.to_string().contains("`scale = n`"), "{error}");
        assert!(error.to_string().contains("`decimal = \"real\"`"), "{error}");
    }
    db.close().await
}
