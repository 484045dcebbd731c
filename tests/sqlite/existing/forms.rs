//! The encodings of a date with a time: the bytes that other programs write, the parts of a date,
//! the current time, and conversion from the library's own encoding.

use aio_sql::{now, sql, value};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

use super::*;

/// Defines a table with one column for each encoding, and checks of these columns.
macro_rules! forms {
    ($($name:ident $constant:ident $word:literal)+) => {
        #[derive(Table, Clone, Debug, PartialEq)]
        struct Form {
            #[column(primary_key)]
            id: i64,
            own: SystemTime,
            $(
                #[column(time = $word)]
                $name: SystemTime,
            )+
        }

        fn form(id: i64, time: SystemTime) -> Form {
            Form { id, own: time, $($name: time),+ }
        }

        /// Checks that the parts of a date do not depend on the encoding.
        async fn assert_parts(db: &Database) -> Result<()> {
            macro_rules! parts {
                ($column:expr) => {
                    Form::select()
                        .order_by(Form::ID)
                        .columns((
                            $column.year(), $column.month(), $column.day(), $column.hour(), $column.minute(),
                            $column.second(), $column.weekday(), $column.day_of_year(), $column.unix_seconds(),
                            $column.date_text(),
                        ))
                        .all(db)
                        .await?
                };
            }
            let own = parts!(Form::OWN);
            $(assert_eq!(parts!(Form::$constant), own, $word);)+
            Ok(())
        }

        /// Checks that an expression in the library's own encoding is converted to the encoding of
        /// the column with which it is compared.
        async fn assert_converted(db: &Database) -> Result<()> {
            let rows = Form::select().count(db).await?;
            $(
                let same = Form::select().filter(Form::$constant.eq(Form::OWN.coalesce(morning(0))));
                assert_eq!(same.count(db).await?, rows, $word);
            )+
            Ok(())
        }

        /// A table with a column for each encoding of a time. The default of these columns is the
        /// current time.
        #[derive(Table, Clone, Debug, PartialEq)]
        struct Present {
            #[column(primary_key)]
            id: i64,
            $(
                #[column(time = $word, default = now)]
                $name: SystemTime,
            )+
        }

        #[tokio::test]
        async fn the_current_time_of_every_clock_has_the_encoding() -> Result<()> {
            let db = Database::memory().await?;
            db.create(Present).await?;
            let before = SystemTime::now() - Duration::from_secs(1);
            // Repeats this, because about every tenth time has milliseconds that end with a zero,
            // which some encodings leave out.
            for id in 0..20 {
                // The time is stored by a column's default, and then by an expression.
                let new = NewPresent { id, $($name: None),+ };
                let by_default = Present::insert(new).one(&db).await?;
                $(Present::update().set(Present::$constant, now::<SystemTime>()).filter(Present::ID.eq(id)).execute(&db).await?;)+
                let set = Present::find(id).one(&db).await?;
                let after = SystemTime::now();
                $(for time in [by_default.$name, set.$name] {
                    assert!(before <= time && time <= after, "{} {time:?}", $word);
                })+
            }
            $(
                let past = Present::select().filter(Present::$constant.unix_seconds().le(now::<SystemTime>().unix_seconds()));
                assert_eq!(past.count(&db).await?, 20, $word);
            )+
            db.close().await
        }
    };
}

forms! {
    seconds SECONDS "unix_seconds"
    millis MILLIS "unix_millis"
    micros MICROS "unix_micros"
    nanos NANOS "unix_nanos"
    julian JULIAN "julian"
    django DJANGO "datetime"
    whole WHOLE "datetime(0)"
    rails RAILS "datetime(6)"
    short SHORT "datetime(3)"
    tenth TENTH "datetime(1)"
    chrono_naive CHRONO_NAIVE "datetime(0|3|6|9)"
    diesel DIESEL "datetime(0|3|6|9)+00:00"
    time_naive TIME_NAIVE "datetime(1..9)"
    go GO "datetime(0..9)+00:00"
    net NET "datetime(0..7)"
    sqlx SQLX "iso8601(0|3|6|9)+00:00"
    java_script JAVA_SCRIPT "iso8601Z"
    time_zone TIME_ZONE "iso8601(0..9)Z"
    python PYTHON "iso8601+00:00"
}

/// Checks that the default of a column is the text that the program writes for the same time, at
/// times whose fractions end with any number of zeros.
macro_rules! default_is_written {
    ($($name:ident $word:literal)+) => {
        $(mod $name {
            use super::*;

            #[derive(Table, Clone, Debug)]
            struct Moment {
                #[column(primary_key)]
                id: i64,
                #[column(time = $word, default = now)]
                at: SystemTime,
            }

            #[tokio::test]
            async fn the_default_has_as_many_digits_as_a_written_time() -> Result<()> {
                for millis in [0, 100, 120, 123, 3, 20] {
                    let db = Database::memory().await?;
                    let clock = format!("'2024-02-29 08:30:05.{millis:03}'");
                    for statement in Moment.create_sql(aio_sql::Dialect::Sqlite)? {
                        aio_sql::query(statement.replace("'now'", &clock)).execute(&db).await?;
                    }
                    let at = UNIX_EPOCH + Duration::from_millis(1_709_195_405_000 + millis);
                    Moment::insert(NewMoment { id: 1, at: Some(at) }).execute(&db).await?;
                    Moment::insert(NewMoment { id: 2, at: None }).execute(&db).await?;
                    let texts: Vec<String> = sql!("select at from moment order by id").all(&db).await?;
                    assert_eq!(texts[1], texts[0], "{} at {millis} ms", $word);
                    db.close().await?;
                }
                Ok(())
            }
        })+
    };
}

default_is_written! {
    django "datetime"
    whole "datetime(1)"
    thousands "datetime(0|3|6|9)"
    range "datetime(1..9)"
    go "datetime(0..9)+00:00"
    from_three "iso8601(3|6|9)Z"
    in_pairs "datetime(0|2|4)"
    from_one "iso8601(1|4)+00:00"
    below_the_clock "datetime(0|2)"
    from_two "datetime(2|7)"
}

fn times() -> Vec<SystemTime> {
    let fractions = [0, 120_000_000, 123_456_000, 123_000_000, 100, 999_999_999, 5_000];
    let days = [Duration::ZERO, Duration::from_secs(86_400 * 59), Duration::from_secs(86_400 * 400 + 50_000)];
    let late = days.iter().flat_map(|day| fractions.map(|nanos| morning(nanos) + *day));
    let early = fractions.map(|nanos| UNIX_EPOCH - Duration::from_secs(1_000_000_000) + Duration::from_nanos(nanos));
    late.chain(early).collect()
}

#[tokio::test]
async fn each_form_has_the_bytes_that_the_other_program_writes() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forms.db");
    let db = Database::open(&path).await?;
    db.create(Form).await?;
    let times = times();
    Form::insert_all((0..).zip(times.clone()).map(|(id, time)| form(id, time))).execute(&db).await?;
    assert_parts(&db).await?;
    assert_converted(&db).await?;
    db.close().await?;
    for (id, time) in (0..).zip(times) {
        let time: DateTime<Utc> = time.into();
        let naive: NaiveDateTime = time.naive_utc();
        let micros = naive.and_utc().timestamp_subsec_micros();
        let python = |separator: char| {
            let whole = naive.format(&format!("%Y-%m-%d{separator}%H:%M:%S")).to_string();
            if micros == 0 { whole } else { format!("{whole}.{micros:06}") }
        };
        let trimmed = |digits: &str| {
            let text = naive.format(&format!("%F %T.%{digits}f")).to_string();
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        let nine = trimmed("9");
        let seven = {
            let text = naive.format("%F %T.%9f").to_string();
            text[..27].trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        // The crate `time` writes at least one digit of the fraction. For a whole second with an
        // offset it writes none.
        let at_least_one = if nine.contains('.') { nine.clone() } else { format!("{nine}.0") };
        let expected = [
            ("seconds", time.timestamp().to_string()),
            ("millis", time.timestamp_millis().to_string()),
            ("micros", time.timestamp_micros().to_string()),
            ("nanos", time.timestamp_nanos_opt().unwrap().to_string()),
            ("django", format!("'{}'", python(' '))),
            ("whole", naive.format("'%F %T'").to_string()),
            ("rails", naive.format("'%F %T%.6f'").to_string()),
            ("short", naive.format("'%F %T%.3f'").to_string()),
            ("chrono_naive", naive.format("'%F %T%.f'").to_string()),
            ("diesel", time.format("'%F %T%.f%:z'").to_string()),
            ("time_naive", format!("'{at_least_one}'")),
            ("go", format!("'{nine}+00:00'")),
            ("net", format!("'{seven}'")),
            ("sqlx", format!("'{}'", time.to_rfc3339_opts(SecondsFormat::AutoSi, false))),
            ("java_script", format!("'{}'", time.to_rfc3339_opts(SecondsFormat::Millis, true))),
            ("time_zone", format!("'{}Z'", nine.replace(' ', "T"))),
            ("python", format!("'{}+00:00'", python('T'))),
        ];
        for (column, literal) in expected {
            assert_eq!(stored_in(&path, &format!("select {column} from form where id = {id}")), [literal], "{column}");
        }
        // SQLite's own function has a resolution of milliseconds, so it reads the column with
        // milliseconds.
        let day = format!("select julian = julianday(short), julian from form where id = {id}");
        assert!(stored_in(&path, &day)[0].starts_with("1 "), "{time}");
    }
    Ok(())
}

#[tokio::test]
async fn a_value_of_a_projection_is_the_time_of_the_field() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Form).await?;
    Form::insert(form(1, morning(123_456_789))).execute(&db).await?;
    let (seconds, rails, own): (SystemTime, Option<SystemTime>, SystemTime) = Form::select()
        .columns((Form::SECONDS, Form::RAILS.max(), value(morning(1))))
        .group_by(Form::ID)
        .one(&db)
        .await?;
    assert_eq!((seconds, rails, own), (morning(0), Some(morning(123_456_000)), morning(1)));
    db.close().await
}

#[tokio::test]
async fn raw_inserts_have_the_encoding_of_their_columns() -> Result<()> {
    #[derive(Table, Clone, Debug, PartialEq)]
    struct Visit {
        #[column(primary_key)]
        id: i64,
        #[column(time = "unix_seconds")]
        began: SystemTime,
        #[column(decimal = "text(2)")]
        paid: rust_decimal::Decimal,
    }
    let db = Database::memory().await?;
    db.create(Visit).await?;
    let (began, paid) = (morning(0), "12.5".parse().unwrap());
    sql!("insert into {Visit} (id, began, paid) values ({1}, {began}, {paid}), (2, {began}, ({\"0.00\"}))")
        .execute(&db)
        .await?;
    let stored: Vec<(i64, String)> = sql!("select began, paid from visit order by id").all(&db).await?;
    assert_eq!(stored, [(MORNING as i64, "12.50".to_owned()), (MORNING as i64, "0.00".to_owned())]);
    assert_eq!(Visit::find(1).one(&db).await?, Visit { id: 1, began, paid });
    for refused in [
        sql!("select id from {Visit} where began = {began}"),
        sql!("select id from {Visit} where paid = {paid}"),
        sql!("update {Visit} set paid = {paid} where id = {2}"),
        sql!("update {Visit} set began = {began} where id = {2}"),
    ] {
        let error = refused.all::<i64>(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("`{Visit::"), "{error}");
    }
    db.close().await
}
