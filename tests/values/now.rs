//! The current time: from the database's clock in a statement, or captured in raw SQL.

use aio_sql::{case, now};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Job {
    #[column(primary_key)]
    id: i64,
    due: SystemTime,
    done: Option<SystemTime>,
}

const HOUR: Duration = Duration::from_secs(3_600);

/// Opens a database with a job that was due an hour ago, and one that will be due in an hour.
async fn jobs(db: &Database) -> Result<()> {
    db.create(Job).await?;
    let present = SystemTime::now();
    let job = |id, due| Job { id, due, done: None };
    Job::insert_all([job(1, present - HOUR), job(2, present + HOUR)]).execute(db).await?;
    Ok(())
}

/// Cuts a time to milliseconds, the resolution of SQLite's clock.
fn in_milliseconds(time: SystemTime) -> SystemTime {
    let nanoseconds = time.duration_since(UNIX_EPOCH).unwrap().subsec_nanos() % 1_000_000;
    time - Duration::from_nanos(nanoseconds.into())
}

#[on_every_database]
async fn a_time_is_compared_with_now_in_its_stored_form(db: Database) -> Result<()> {
    jobs(&db).await?;
    macro_rules! ids {
        ($condition:expr) => {
            Job::select().filter($condition).order_by(Job::ID).columns(Job::ID).all(&db).await?
        };
    }
    assert_eq!(ids!(Job::DUE.le(now::<SystemTime>())), [1]);
    assert_eq!(ids!(Job::DUE.gt(now::<SystemTime>())), [2]);
    assert_eq!(ids!(Job::DUE.unix_seconds().lt(now::<SystemTime>().unix_seconds() + 7_200)), [1, 2]);
    assert_eq!(ids!(Job::DUE.between(SystemTime::now() - HOUR * 2, now::<SystemTime>())), [1]);
    // In raw SQL, too, a captured time is compared in the encoding of the column.
    let present = SystemTime::now();
    assert_eq!(ids!(sql!("{Job::DUE} <= {present}").expr::<bool>()), [1]);
    let texts = sql!("select id from {Job} where {Job::DUE} > {SystemTime::now()}");
    assert_eq!(texts.all::<i64>(&db).await?, [2]);
    db.close().await
}

#[on_every_database]
async fn now_is_a_value_like_others(db: Database) -> Result<()> {
    jobs(&db).await?;
    let before = in_milliseconds(SystemTime::now());
    let late = case::<bool>().when(Job::DUE.lt(now::<SystemTime>()), true).otherwise(false);
    let (one, other, late): (SystemTime, SystemTime, bool) =
        Job::find(1).columns((now::<SystemTime>(), now::<SystemTime>(), late)).one(&db).await?;
    assert_eq!(one, other, "it is the same in all of a statement");
    assert!(late && before <= one && one <= SystemTime::now());
    assert_eq!(
        Job::update().set(Job::DONE, now::<SystemTime>()).filter(Job::ID.eq(1)).execute(&db).await?.rows_affected,
        1
    );
    let done = Job::find(1).one(&db).await?.done.unwrap();
    assert!(one <= done && done <= SystemTime::now());
    assert_eq!(Job::select().filter(Job::DONE.coalesce(now::<SystemTime>()).ge(one)).count(&db).await?, 2);
    db.close().await
}

#[cfg(feature = "jiff")]
#[on_every_database]
async fn now_has_the_stored_form_of_each_type_with_a_date(db: Database) -> Result<()> {
    use jiff::Timestamp;
    use jiff::civil::{Date, DateTime};
    jobs(&db).await?;
    let utc = |time: Timestamp| time.to_zoned(jiff::tz::TimeZone::UTC);
    let before = Timestamp::try_from(in_milliseconds(SystemTime::now())).unwrap();
    let (stamp, civil, date): (Timestamp, DateTime, Date) =
        Job::find(1).columns((now::<Timestamp>(), now::<DateTime>(), now::<Date>())).one(&db).await?;
    let after = Timestamp::now();
    assert!(before <= stamp && stamp <= after);
    assert!(utc(before).datetime() <= civil && civil <= utc(after).datetime());
    assert!(utc(before).date() <= date && date <= utc(after).date());
    db.close().await
}
