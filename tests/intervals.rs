//! Intervals of PostgreSQL: columns, and calculations with points in time.

#![cfg(all(feature = "sqlite", feature = "postgres", feature = "jiff"))]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use aio_sql::{Database, Dialect, ErrorKind, Interval, Result, Row, Table, sql};
use jiff::civil::{DateTime, date};
use jiff::{Span, Timestamp, ToSpan};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
struct Loan {
    #[column(primary_key, auto)]
    id: i64,
    begin: Timestamp,
    local: DateTime,
    end: Option<SystemTime>,
    period: Interval,
    grace: Option<Interval>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Moment {
    #[column(primary_key)]
    id: i64,
    at: SystemTime,
}

fn loan(begin: &str, period: Interval) -> NewLoan {
    let begin: Timestamp = begin.parse().unwrap();
    NewLoan { begin, local: begin.to_zoned(jiff::tz::TimeZone::UTC).datetime(), end: None, period, grace: None }
}

/// Intervals at the edges of each part.
fn intervals() -> Vec<Interval> {
    let mut all = vec![Interval::default(), Interval::months(14).and_days(-3).and_microseconds(14_706_500_000)];
    for months in [0, 1, -1, 12 * 100_000, -12 * 100_000] {
        for days in [0, 1, -1, i32::MAX, i32::MIN] {
            for microseconds in [0, 1, -1, i64::MAX, i64::MIN] {
                all.push(Interval { months, days, microseconds });
            }
        }
    }
    all
}

#[on_every_database(except sqlite = Unsupported("intervals"))]
async fn each_part_of_an_interval_is_kept(db: Database) -> Result<()> {
    db.create_if_missing(Loan).await?;
    db.create_if_missing(Loan).await?;
    let rows = intervals().into_iter().map(|period| loan("2024-01-31T00:00:00Z", period));
    Loan::insert_all(rows.collect::<Vec<_>>()).execute(&db).await?;
    let read: Vec<Interval> = Loan::select().order_by(Loan::ID).columns(Loan::PERIOD).all(&db).await?;
    assert_eq!(read, intervals());
    // One after the other, by parameters of their own, and as the text of the server.
    for interval in intervals() {
        let (back, text): (Interval, String) =
            sql!("select {interval}::interval, {interval}::interval::text").one(&db).await?;
        assert_eq!((back, &*text), (interval, &*interval.to_string()));
        assert!(Loan::select().filter(Loan::PERIOD.eq(interval)).exists(&db).await?, "{interval}");
    }
    let raw: Row = sql!("select interval '1 year 2 mons -3 days +04:05:06.5' as period").one(&db).await?;
    assert_eq!(raw.get::<String>("period")?, "1 year 2 mons -3 days +04:05:06.5");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("intervals"))]
async fn points_in_time_are_moved_by_intervals_in_the_calendar(db: Database) -> Result<()> {
    db.create(Loan).await?;
    Loan::insert(loan("2024-01-31T10:00:00Z", Interval::months(1))).execute(&db).await?;
    let one = Loan::select().columns((
        Loan::BEGIN.plus(Loan::PERIOD),
        Loan::BEGIN.minus(Interval::days(31).and_microseconds(1)),
        Loan::LOCAL.plus(Interval::months(13)),
        Loan::END.plus(Loan::PERIOD),
        Loan::BEGIN.plus(Loan::GRACE),
    ));
    let (later, earlier, local, end, grace) = one.one(&db).await?;
    assert_eq!(later, "2024-02-29T10:00:00Z".parse().unwrap());
    assert_eq!(earlier, "2023-12-31T09:59:59.999999Z".parse().unwrap());
    assert_eq!(local, date(2025, 2, 28).at(10, 0, 0, 0));
    assert_eq!((end, grace), (None, None));
    let due =
        Loan::select().filter(Loan::BEGIN.plus(Loan::PERIOD).le("2024-03-01T00:00:00Z".parse::<Timestamp>().unwrap()));
    assert_eq!(due.count(&db).await?, 1);
    let moved = Loan::update().set(Loan::BEGIN, Loan::BEGIN.plus(Interval::days(1))).all_rows();
    moved.execute(&db).await?;
    assert_eq!(Loan::find(1).one(&db).await?.begin, "2024-02-01T10:00:00Z".parse().unwrap());
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("intervals"))]
async fn the_difference_of_two_points_in_time_is_an_interval(db: Database) -> Result<()> {
    db.create(Loan).await?;
    Loan::insert(loan("2024-01-31T10:00:00Z", Interval::default())).execute(&db).await?;
    let later: Timestamp = "2024-03-01T12:00:00.5Z".parse().unwrap();
    let since = Loan::BEGIN.since("2024-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
    let differences =
        Loan::select().columns((since, Loan::LOCAL.since(Loan::LOCAL), Loan::END.since(SystemTime::now())));
    let (since, none, missing) = differences.one(&db).await?;
    assert_eq!(since, Interval::days(30).and_microseconds(36_000_000_000));
    assert_eq!((none, missing), (Interval::default(), None));
    let negative = Loan::select().columns(Loan::BEGIN.since(later)).one(&db).await?;
    assert_eq!(negative, Interval::days(-30).and_microseconds(-7_200_500_000));
    assert_eq!(negative.to_string(), "-30 days -02:00:00.5");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("intervals"))]
async fn calculations_with_times_need_a_database_that_has_intervals(db: Database) -> Result<()> {
    db.create(Moment).await?;
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    Moment::insert(Moment { id: 1, at }).execute(&db).await?;
    let hour = Interval::try_from(Duration::from_secs(3_600)).unwrap();
    let moved = Moment::select().columns(Moment::AT.plus(hour)).one(&db).await?;
    assert_eq!(moved, at + Duration::from_secs(3_600));
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("intervals"))]
async fn an_infinite_interval_cannot_be_read(db: Database) -> Result<()> {
    db.create(Loan).await?;
    let version: i32 = sql!("select current_setting('server_version_num')::int").scalar(&db).await?;
    if version >= 170_000 {
        let error = sql!("select 'infinity'::interval").scalar::<Interval>(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error}");
        let text: String = sql!("select '-infinity'::interval").scalar(&db).await?;
        assert_eq!(text, "-infinity");
    }
    db.close().await
}

#[test]
fn durations_and_spans_become_intervals_if_these_can_hold_them() {
    let of = |duration: Duration| Interval::try_from(duration);
    assert_eq!(of(Duration::from_micros(1_500)).unwrap(), Interval::microseconds(1_500));
    let error = of(Duration::from_nanos(1)).unwrap_err();
    assert!(error.to_string().contains("parts of one") && matches!(error.kind(), ErrorKind::Unstorable { .. }));
    assert!(of(Duration::MAX - Duration::from_nanos(999)).is_err());
    let span = 1.year().months(2).weeks(1).days(3).hours(4).microseconds(5);
    let interval = Interval::try_from(span).unwrap();
    assert_eq!(interval, Interval::months(14).and_days(10).and_microseconds(14_400_000_005_i64));
    let back = Span::try_from(interval).unwrap();
    assert_eq!(back.fieldwise(), 14.months().days(10).microseconds(14_400_000_005_i64));
    assert_eq!(
        Interval::try_from(-span).unwrap(),
        Interval::months(-14).and_days(-10).and_microseconds(-14_400_000_005)
    );
    assert!(Interval::try_from(1.nanosecond()).is_err());
    assert!(Span::try_from(Interval::months(1).and_days(-1)).is_err());
    assert_eq!(Span::try_from(Interval::days(-7)).unwrap().fieldwise(), (-7).days());
}

#[test]
fn sqlite_says_that_it_has_no_intervals() {
    let error = Moment::select().columns(Moment::AT.plus(Interval::days(1))).to_sql(Dialect::Sqlite).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what == "intervals"), "{error}");
}
