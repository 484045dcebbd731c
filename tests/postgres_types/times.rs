//! Times without a zone, times of day with one, and times that Rust has no value for.

#![cfg(feature = "jiff")]

use jiff::civil::{Date, DateTime, Time, date, time};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "meetings")]
struct Meeting {
    #[column(primary_key)]
    id: i64,
    local: DateTime,
    day: Option<Date>,
    hour: Option<Time>,
    zoned: Option<String>,
}

const MEETINGS: &str = "
    create table meetings (
        id bigint primary key, local timestamp without time zone not null, day date, hour time without time zone,
        zoned time with time zone
    )";

fn meeting(id: i64) -> Meeting {
    let local = date(2026, 3, 29).at(2, 30, 0, 123_456_000);
    Meeting { id, local, day: Some(local.date()), hour: Some(local.time()), zoned: Some("10:00:00+02".into()) }
}

#[test]
fn a_time_without_a_zone_is_the_same_in_every_zone_of_the_session() {
    with_database(|db| async move {
        db.execute_script(MEETINGS).await?;
        assert_eq!(Meeting::insert(meeting(1)).one(&db).await?, meeting(1));
        Meeting::insert_all((2..2_000).map(meeting)).execute(&db).await?;
        let conn = db.connect().await?;
        for zone in ["UTC", "America/New_York", "Asia/Kolkata"] {
            // The time does not exist in the zone of Berlin, where the clock is put forward.
            sql!("select set_config('timezone', {zone}, false)").execute(&conn).await?;
            assert_eq!(Meeting::find(1_999).one(&conn).await?, meeting(1_999));
            let one = meeting(1);
            let same = Meeting::select()
                .filter(Meeting::LOCAL.eq(one.local).and(Meeting::DAY.eq(one.day)).and(Meeting::HOUR.eq(one.hour)))
                .filter(Meeting::LOCAL.is_in([one.local]));
            assert_eq!(same.count(&conn).await?, 1_999, "{zone}");
            let local = one.local;
            let raw = sql!("select count(*) from meetings where local = {local}");
            assert_eq!(raw.scalar::<i64>(&conn).await?, 1_999, "{zone}");
        }
        conn.close().await?;
        db.close().await
    });
}

#[test]
fn nanoseconds_are_cut_in_an_insert_as_in_a_filter() {
    with_database(|db| async move {
        db.execute_script(MEETINGS).await?;
        let fine = |time: Time| time.to_datetime(date(1969, 12, 31));
        let times = [time(23, 59, 59, 999_999_999), time(0, 0, 0, 1), time(12, 0, 0, 1_500), time(12, 0, 0, 1_000)];
        for (id, time) in (1..).zip(times) {
            let row = Meeting { local: fine(time), hour: Some(time), ..meeting(id) };
            let stored = Meeting::insert(row).one(&db).await?;
            let cut = time.with().subsec_nanosecond(time.subsec_nanosecond() / 1_000 * 1_000).build().unwrap();
            assert_eq!((stored.local, stored.hour), (fine(cut), Some(cut)));
            let found = Meeting::select().filter(Meeting::LOCAL.eq(fine(time)).and(Meeting::HOUR.eq(time)));
            assert!(found.columns(Meeting::ID).all(&db).await?.contains(&id), "{time}");
            let found = Meeting::select().filter(Meeting::HOUR.is_in(vec![time; 100]));
            assert!(found.columns(Meeting::ID).all(&db).await?.contains(&id), "{time}");
        }
        db.close().await
    });
}

#[test]
fn a_time_with_a_zone_is_read_as_text_and_not_as_a_time_without_one() {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "meetings")]
    struct Zoned {
        #[column(primary_key)]
        id: i64,
        zoned: Option<Time>,
    }
    with_database(|db| async move {
        db.execute_script(MEETINGS).await?;
        Meeting::insert(meeting(1)).execute(&db).await?;
        assert_eq!(Meeting::select().filter(Meeting::ZONED.eq("08:00:00+00")).count(&db).await?, 0, "another zone");
        assert_eq!(Meeting::select().filter(Meeting::ZONED.eq("10:00:00+02")).count(&db).await?, 1);
        let error = Zoned::find(1).one(&db).await.unwrap_err();
        let ErrorKind::Decode { table, column, .. } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_deref(), column.as_deref()), (Some("meetings"), Some("zoned")), "{error}");
        db.close().await
    });
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "odd")]
struct Odd {
    #[column(primary_key)]
    id: i64,
    local: Option<DateTime>,
    day: Option<Date>,
    hour: Option<Time>,
    at: Option<SystemTime>,
    ratio: Option<f64>,
    narrow: Option<f32>,
}

#[test]
fn a_value_that_rust_does_not_have_is_an_error_that_names_the_column() {
    with_database(|db| async move {
        db.execute_script(
            "create table odd (id bigint primary key, local timestamp, day date, hour time, at timestamptz,
                               ratio double precision, narrow real)",
        )
        .await?;
        for (column, value) in [
            ("local", "infinity"),
            ("local", "-infinity"),
            ("local", "294276-12-31 23:59:59.999999"),
            ("day", "infinity"),
            ("day", "-infinity"),
            ("day", "5874897-12-31"),
            ("hour", "24:00:00"),
            ("at", "infinity"),
            ("ratio", "NaN"),
            ("narrow", "NaN"),
        ] {
            db.execute_script(format!("delete from odd; insert into odd (id, {column}) values (1, '{value}')")).await?;
            let error = Odd::find(1).one(&db).await.unwrap_err();
            let ErrorKind::Decode { table, column: of, .. } = error.kind() else {
                panic!("{column} {value}: {error:?}")
            };
            assert_eq!((table.as_deref(), of.as_deref()), (Some("odd"), Some(column)), "{value}: {error}");
        }
        db.close().await
    });
}
