//! Thousands of rows: inserts from iterators and streams, and reading rows as a stream.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use aio_sql::future::Stream;
use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Connection, Database, Error, ErrorKind, Executor, Outcome, Result, Table, query, sql};
use futures_lite::stream;
use tokio::sync::mpsc;

use hold::{Item, LONG, NewItem, Places, hold, item, numbers, poll, sent};
use polling::{block_on, poll_times};

#[cfg(feature = "json")]
#[path = "bulk/large_values.rs"]
mod large_values;

mod hold;
mod polling;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "sensors")]
struct Sensor {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings", index(sensor_id, level))]
struct Reading {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    number: i64,
    #[column(check = "level >= 0")]
    level: i64,
    #[column(references = Sensor::ID)]
    sensor_id: i64,
    ticks: u64,
    #[column(default = 7)]
    quality: i64,
    #[column(default = "raw")]
    stage: String,
}

fn reading(number: i64) -> NewReading {
    NewReading { number, level: 3, sensor_id: 1, ticks: 1, quality: None, stage: None }
}

/// The number of the reading that exists already. Numbers are unique.
const TAKEN: i64 = -5;

async fn readings() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((Sensor, Reading)).await?;
    Sensor::insert(Sensor { id: 1 }).execute(&db).await?;
    Reading::insert(reading(TAKEN)).execute(&db).await?;
    Ok(db)
}

async fn items() -> Result<Database> {
    let db = Database::builder(":memory:").readers(1).max_connections(2).open().await?;
    db.create(Item).await?;
    Ok(db)
}

async fn count(ex: &Executor) -> Result<u64> {
    Item::select().count(ex).await
}

type Change = fn(&mut NewReading);
type IsRight = fn(&ErrorKind) -> bool;

/// Returns the ways in which a row can be wrong, each with a check of the error.
fn mistakes() -> [(&'static str, Change, IsRight); 4] {
    [
        (
            "unique",
            |new| new.number = TAKEN,
            |kind| *kind == ErrorKind::Unique { table: "readings".into(), columns: vec!["number".into()] },
        ),
        (
            "check",
            |new| new.level = -1,
            |kind| matches!(kind, ErrorKind::Check { table, columns, .. } if table == "readings" && *columns == ["level"]),
        ),
        (
            "foreign key",
            |new| new.sensor_id = 99,
            |kind| {
                let (columns, references) = (vec!["sensor_id".into()], "sensors".into());
                *kind == ErrorKind::ForeignKey { table: "readings".into(), columns, references }
            },
        ),
        (
            "unstorable",
            |new| new.ticks = i64::MAX as u64 + 1,
            |kind| *kind == ErrorKind::Unstorable { table: Some("readings".into()), column: Some("ticks".into()) },
        ),
    ]
}

/// Returns an endless iterator of readings, of which the one with the index `bad` is changed by
/// `change`.
fn but_one(bad: usize, change: Change) -> impl Iterator<Item = NewReading> + Send {
    (0..).map(move |number| {
        let mut new = reading(number as i64);
        if number == bad {
            change(&mut new);
        }
        new
    })
}

#[tokio::test]
async fn the_error_has_the_index_of_the_failed_row_and_no_row_is_inserted() -> Result<()> {
    let db = readings().await?;
    let conn = db.connect().await?;
    // The wrong row is the first row, another row of the first message to the database's thread,
    // or a row of a later message.
    for bad in [0, 700, 4_500] {
        for (what, change, is_right) in mistakes() {
            for ex in [&*db, &*conn] {
                let failed = [
                    Reading::insert_all(but_one(bad, change)).execute(ex).await.map(drop),
                    Reading::insert_all(but_one(bad, change)).all(ex).await.map(drop),
                    Reading::insert_all(but_one(bad, change).take(bad + 2)).execute(ex).await.map(drop),
                ];
                for error in failed.map(|result| result.expect_err("a bad row")) {
                    assert_eq!(error.row(), Some(bad), "{what} {bad}: {error:?}");
                    assert!(is_right(error.kind()), "{what} {bad}: {error:?}");
                    assert!(error.to_string().starts_with(&format!("row {bad}: ")), "{error}");
                    assert_eq!(error.committed(), None);
                }
                assert!(!ex.in_transaction());
                assert_eq!(Reading::select().count(ex).await?, 1, "{what} {bad}");
            }
        }
    }
    db.close().await
}

#[tokio::test]
async fn the_index_of_a_failed_row_counts_rows_of_all_column_sets() -> Result<()> {
    let db = readings().await?;
    // Consecutive rows share a statement if the same columns get their default values. Of these
    // rows, every third one needs another statement than the next two.
    let rows = |bad, change| {
        but_one(bad, change)
            .zip([None, Some(8), Some(9)].into_iter().cycle())
            .map(|(new, quality)| NewReading { quality, ..new })
    };
    for bad in [0, 1, 2, 3, 700, 4_500] {
        for (what, change, is_right) in mistakes() {
            let inserted = [
                Reading::insert_all(rows(bad, change).take(bad + 2)).execute(&db).await.map(drop),
                Reading::insert_all(rows(bad, change).take(bad + 2)).all(&db).await.map(drop),
                Reading::insert_stream(stream::iter(rows(bad, change))).chunk(5_000).execute(&db).await.map(drop),
            ];
            for error in inserted.map(|result| result.expect_err("a bad row")) {
                assert_eq!(error.row(), Some(bad), "{what} {bad}: {error:?}");
                assert!(is_right(error.kind()), "{what} {bad}: {error:?}");
            }
            assert_eq!(Reading::select().count(&db).await?, 1, "{what} {bad}");
        }
    }
    db.close().await
}

#[tokio::test]
async fn a_failed_row_leaves_the_transaction_open_with_its_earlier_changes() -> Result<()> {
    let db = readings().await?;
    let conn = db.connect().await?;
    for (round, ex) in [&*db, &*conn].into_iter().enumerate() {
        let tx = ex.begin().await?;
        Reading::insert(reading(-10 - 100 * round as i64)).execute(&tx).await?;
        let before = Reading::select().count(&tx).await?;
        for bad in [0, 700, 4_500] {
            for (what, change, is_right) in mistakes() {
                let error = Reading::insert_all(but_one(bad, change)).execute(&tx).await.expect_err("a bad row");
                assert_eq!(error.row(), Some(bad), "{what} {bad}: {error:?}");
                assert!(is_right(error.kind()), "{what} {bad}: {error:?}");
                assert!(tx.in_transaction());
                assert_eq!(Reading::select().count(&tx).await?, before, "{what} {bad}");
            }
        }
        Reading::insert_all((0..3_000).map(|row| reading(row + 1_000_000 + 10_000 * round as i64)))
            .execute(&tx)
            .await?;
        tx.commit().await?;
        assert_eq!(Reading::select().count(&db).await?, before + 3_000);
    }
    db.close().await
}

#[tokio::test]
async fn an_iterator_is_read_only_a_few_thousand_rows_ahead_of_the_writes() -> Result<()> {
    const ROWS: u64 = 1_000_000;
    let db = items().await?;
    let (taken, told) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let rows = (0..ROWS as i64).map(|number| {
        taken.fetch_add(1, Ordering::Relaxed);
        item(number)
    });
    let outcome = Item::insert_all(rows)
        .progress(|written| {
            let ahead = taken.load(Ordering::Relaxed) - written;
            assert!(ahead <= 20_000, "{ahead} rows wait in memory");
            told.lock().expect("nobody panics there").push(written);
        })
        .execute(&db)
        .await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (ROWS, Some(ROWS as i64)));
    let told = told.into_inner().expect("nobody panics there");
    assert!(told.len() > 50 && told.is_sorted_by(|before, after| before < after), "{} times", told.len());
    assert_eq!(told.last(), Some(&ROWS));
    assert_eq!(count(&db).await?, ROWS);
    db.close().await
}

#[tokio::test]
async fn progress_grows_and_ends_at_the_total_wherever_it_runs() -> Result<()> {
    let db = items().await?;
    let conn = db.connect().await?;
    for rows in [1, 10, 10_000] {
        let mut tx = None;
        for turn in 0..3 {
            if turn == 2 {
                tx = Some(conn.begin().await?);
            }
            let ex: &Executor = match (turn, &tx) {
                (0, _) => &db,
                (_, None) => &conn,
                (_, Some(tx)) => tx,
            };
            let mut told = Vec::new();
            let written = Item::insert_all((0..rows).map(item)).progress(|rows| told.push(rows)).execute(ex).await?;
            assert_eq!(written.rows_affected, rows as u64);
            assert!(told.is_sorted_by(|before, after| before < after) && told.last() == Some(&(rows as u64)));
            assert_eq!(Item::delete().all_rows().execute(ex).await?.rows_affected, rows as u64);
            let mut told = Vec::new();
            let stored = Item::insert_all((0..rows).map(item)).progress(|rows| told.push(rows)).all(ex).await?;
            assert_eq!(stored.len() as i64, rows);
            assert!(told.is_sorted_by(|before, after| before < after) && told.last() == Some(&(rows as u64)));
            Item::delete().all_rows().execute(ex).await?;
        }
        if let Some(tx) = tx {
            tx.commit().await?;
        }
    }
    db.close().await
}

#[tokio::test]
async fn rows_may_be_borrowed_and_come_from_anything_that_iterates() -> Result<()> {
    let db = items().await?;
    let known: Vec<i64> = (0..10_000).collect();
    let mut last = 0;
    let insert = Item::insert_all(known.iter().copied().map(item)).progress(|rows| last = rows);
    insert.execute(&db).await?;
    assert_eq!(last, 10_000);
    assert_eq!(numbers(&db).await?, known);
    let more: Vec<NewItem> = vec![item(-1), item(-2)];
    assert_eq!(Item::insert_all(more).all(&db).await?.len(), 2);
    assert_eq!(Item::insert_all(Some(item(-3))).execute(&db).await?.rows_affected, 1);
    db.close().await
}

#[tokio::test]
async fn rows_with_different_default_columns_are_stored_in_order() -> Result<()> {
    let db = readings().await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    for rows in [6, 5_000] {
        let given = |number: i64| NewReading {
            quality: (number % 2 == 0).then_some(number),
            stage: (number % 3 == 0).then(|| format!("stage {number}")),
            ..reading(number)
        };
        let stored = Reading::insert_all((0..rows).map(given)).all(&tx).await?;
        assert_eq!(stored.len() as i64, rows);
        for (number, row) in stored.iter().enumerate() {
            let number = number as i64;
            let quality = if number % 2 == 0 { number } else { 7 };
            let stage = if number % 3 == 0 { format!("stage {number}") } else { "raw".to_owned() };
            assert_eq!((row.number, row.quality, &row.stage), (number, quality, &stage));
        }
        assert!(stored.is_sorted_by_key(|row| row.id));
        let there = Reading::select().filter(Reading::NUMBER.ge(0)).order_by(Reading::ID).all(&tx).await?;
        assert!(there == stored);
        Reading::delete().filter(Reading::NUMBER.ge(0)).execute(&tx).await?;
    }
    tx.commit().await?;
    db.close().await
}

/// Returns the number of statements that all connections have prepared or found in their cache.
fn statements_taken(db: &Database) -> u64 {
    db.metrics().connections.iter().map(|connection| connection.cache_hits + connection.cache_misses).sum()
}

#[tokio::test]
async fn rows_need_one_statement_for_each_set_of_columns() -> Result<()> {
    let db = readings().await?;
    for rows in [100, 1_000] {
        let given = |number: i64| NewReading {
            quality: (number % 2 == 0).then_some(number),
            stage: (number % 3 == 0).then(|| format!("stage {number}")),
            ..reading(number)
        };
        let before = statements_taken(&db);
        let outcome = Reading::insert_all((0..rows).map(given)).execute(&db).await?;
        assert_eq!((outcome.rows_affected as i64, statements_taken(&db) - before), (rows, 4));
        Reading::delete().filter(Reading::NUMBER.ge(0)).execute(&db).await?;

        let before = statements_taken(&db);
        let stored = Reading::insert_all((0..rows).map(given)).all(&db).await?;
        assert_eq!((stored.len() as i64, statements_taken(&db) - before), (rows, 4));
        // The keys are assigned in the order of the rows.
        assert!(stored.iter().zip(0..).all(|(row, number)| row.number == number));
        assert!(stored.is_sorted_by_key(|row| row.id));
        Reading::delete().filter(Reading::NUMBER.ge(0)).execute(&db).await?;

        let before = statements_taken(&db);
        let rows = Reading::insert_all((0..rows).map(given)).on_conflict(Reading::NUMBER).do_update();
        rows.set_excluded(Reading::LEVEL).execute(&db).await?;
        assert_eq!(statements_taken(&db) - before, 4);
        Reading::delete().filter(Reading::NUMBER.ge(0)).execute(&db).await?;
    }
    let rows = (0..1_000).map(|number| NewReading { quality: (number % 2 == 0).then_some(1), ..reading(number) });
    let before = statements_taken(&db);
    Reading::insert_stream(stream::iter(rows)).chunk(250).execute(&db).await?;
    assert_eq!(statements_taken(&db) - before, 4 * 2);
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "settings")]
struct Setting {
    #[column(primary_key, auto)]
    id: i64,
    #[column(default = 1)]
    a: i64,
    #[column(default = 1)]
    b: i64,
    #[column(default = 1)]
    c: i64,
    #[column(default = 1)]
    d: i64,
    #[column(default = 1)]
    e: i64,
    #[column(default = 1)]
    f: i64,
    #[column(default = 1)]
    g: i64,
}

#[tokio::test]
async fn rows_with_every_set_of_columns_are_stored_in_order() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Setting).await?;
    let given = |number: i64| {
        let column = |bit: i64| (((number * 37) >> bit) & 1 == 0).then_some(number);
        NewSetting { a: column(0), b: column(1), c: column(2), d: column(3), e: column(4), f: column(5), g: column(6) }
    };
    let value = |number: i64, bit: i64| if ((number * 37) >> bit) & 1 == 0 { number } else { 1 };
    let is_right = |row: &Setting, number: i64| {
        let columns = [row.a, row.b, row.c, row.d, row.e, row.f, row.g];
        columns.into_iter().zip(0..).all(|(column, bit)| column == value(number, bit))
    };
    let stored = Setting::insert_all((0..1_000).map(given)).all(&db).await?;
    assert!(stored.iter().zip(0..).all(|(row, number)| is_right(row, number) && row.id == number + 1));
    Setting::insert_all((0..10_000).map(given)).execute(&db).await?;
    Setting::insert_stream(stream::iter((0..1_000).map(given))).chunk(300).execute(&db).await?;
    let there = Setting::select().order_by(Setting::ID).all(&db).await?;
    let numbers = (0..1_000).chain(0..10_000).chain(0..1_000);
    assert_eq!(there.len(), 12_000);
    assert!(there.iter().zip(numbers).all(|(row, number)| is_right(row, number)));
    db.close().await
}

#[tokio::test]
async fn inserting_no_rows_succeeds() -> Result<()> {
    let db = items().await?;
    let tx = db.begin().await?;
    let none = || Vec::<NewItem>::new();
    assert_eq!(Item::insert_all(none()).execute(&tx).await?, Outcome::default());
    let mut told = Vec::new();
    let outcome = Item::insert_all(none()).progress(|rows| told.push(rows)).execute(&tx).await?;
    assert_eq!((outcome, told), (Outcome::default(), vec![]));
    assert_eq!(Item::insert_all(none()).all(&tx).await?, []);
    assert_eq!(Item::insert_stream(stream::iter(none())).execute(&tx).await?, Outcome::default());
    tx.commit().await?;
    assert_eq!(count(&db).await?, 0);
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(without_rowid)]
struct Word {
    #[column(primary_key)]
    text: String,
}

#[tokio::test]
async fn the_outcome_has_the_count_and_the_last_rowid() -> Result<()> {
    let db = items().await?;
    db.create(Word).await?;
    let words = |rows: i64| (0..rows).map(|number| Word { text: number.to_string() });
    for rows in [1, 10, 10_000] {
        let outcome = Item::insert_all((0..rows).map(item)).execute(&db).await?;
        let largest = sql!("select max(id) from {Item}").scalar::<i64>(&db).await?;
        assert_eq!((outcome.rows_affected as i64, outcome.last_insert_id), (rows, Some(largest)));
        let outcome = Word::insert_all(words(rows)).execute(&db).await?;
        assert_eq!((outcome.rows_affected as i64, outcome.last_insert_id), (rows, None));
        Word::delete().all_rows().execute(&db).await?;
        let outcome = Word::insert_stream(stream::iter(words(rows))).execute(&db).await?;
        assert_eq!((outcome.rows_affected as i64, outcome.last_insert_id), (rows, None));
        Word::delete().all_rows().execute(&db).await?;
        Item::delete().all_rows().execute(&db).await?;
        let outcome = Item::insert_stream(stream::iter((0..rows).map(item))).execute(&db).await?;
        let largest = sql!("select max(id) from {Item}").scalar::<i64>(&db).await?;
        assert_eq!((outcome.rows_affected as i64, outcome.last_insert_id), (rows, Some(largest)));
        Item::delete().all_rows().execute(&db).await?;
    }
    db.close().await
}

#[tokio::test]
async fn no_row_is_visible_before_all_are_inserted() -> Result<()> {
    let db = items().await?;
    let told = AtomicU64::new(0);
    let insert = Item::insert_all((0..20_000).map(item)).progress(|rows| told.store(rows, Ordering::Relaxed));
    let mut insert = pin!(insert.execute(&db));
    let mut midway = 0;
    while poll(insert.as_mut()).is_none() {
        let part = (1..20_000).contains(&told.load(Ordering::Relaxed));
        let seen = count(&db).await?;
        assert!(seen == 0 || seen == 20_000, "{seen} rows are seen");
        midway += u32::from(part && seen == 0);
    }
    assert!(midway > 0, "nobody looked midway");
    assert_eq!(count(&db).await?, 20_000);
    db.close().await
}

#[tokio::test]
async fn an_iterator_that_panics_leaves_nothing_open_and_nothing_inserted() -> Result<()> {
    let db = items().await?;
    let conn = db.connect().await?;
    for at in [0, 10, 9_000] {
        let panics =
            move || (0..).map(move |number| if number == at { panic!("the user's iterator") } else { item(number) });
        for ex in [&*db, &*conn] {
            let (on, also) = (ex.clone(), ex.clone());
            tokio::spawn(async move { Item::insert_all(panics()).execute(&on).await }).await.expect_err("it panics");
            tokio::spawn(async move { Item::insert_all(panics()).all(&also).await }).await.expect_err("it panics");
            assert!(!ex.in_transaction());
            assert_eq!(count(ex).await?, 0);
            Item::insert(item(-1)).timeout(LONG).one(ex).await?.remove(ex).await?;
        }
        let tx = conn.begin().await?;
        Item::insert(item(-1)).execute(&tx).await?;
        let on = tx.clone();
        tokio::spawn(async move { Item::insert_all(panics()).execute(&on).await }).await.expect_err("it panics");
        assert_eq!(numbers(&tx).await?, [-1]);
        tx.rollback().await?;
    }
    // A progress closure that panics leaves nothing open and nothing inserted either.
    let on = db.clone();
    let insert = || Item::insert_all((0..10_000).map(item)).progress(|_| panic!("the user's closure"));
    tokio::spawn(async move { insert().execute(&on).await }).await.expect_err("it panics");
    assert_eq!(count(&db).await?, 0);
    Item::insert(item(1)).timeout(LONG).execute(&db).await?;
    db.close().await
}

/// A timeout that is long enough for an insert to begin, but passes before it ends.
const A_WHILE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn an_insert_that_times_out_inserts_nothing() -> Result<()> {
    let db = items().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = Item::insert_all((0..).map(item)).timeout(A_WHILE).execute(ex).await.expect_err("it has no end");
        assert_eq!((error.kind(), error.row()), (&ErrorKind::Timeout, None), "{error:?}");
        let error = Item::insert_all((0..).map(item)).timeout(A_WHILE).all(ex).await.expect_err("it has no end");
        assert_eq!((error.kind(), error.row()), (&ErrorKind::Timeout, None), "{error:?}");
        assert_eq!(count(ex).await?, 0);
    }
    let tx = conn.begin().await?;
    Item::insert(item(-1)).execute(&tx).await?;
    let error = Item::insert_all((0..).map(item)).timeout(A_WHILE).execute(&tx).await.expect_err("it has no end");
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    drop(tx);
    // An insert that times out while it waits for its turn inserts nothing either.
    let held = hold(&db);
    for rows in [10, 10_000] {
        let waits = Item::insert_all((0..rows).map(item)).timeout(A_WHILE).execute(&db).await;
        assert_eq!(waits.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    }
    held.release().await?;
    db.run(|_| ()).await?;
    assert_eq!(count(&db).await?, 0);
    assert_eq!(Item::insert_all((0..10).map(item)).timeout(LONG).execute(&db).await?.rows_affected, 10);
    db.close().await
}

#[tokio::test]
async fn close_waits_for_rows_that_are_being_inserted() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = Database::open(directory.path().join("items.db")).await?;
    db.create(Item).await?;
    let began = AtomicU64::new(0);
    let insert = Item::insert_all((0..20_000).map(item)).progress(|rows| began.store(rows, Ordering::Relaxed));
    let mut insert = pin!(insert.execute(&db));
    while began.load(Ordering::Relaxed) == 0 {
        assert!(poll(insert.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    let closing = sent(db.clone().close());
    assert_eq!(insert.await?.rows_affected, 20_000);
    closing.await?;
    let late = Item::insert_all((0..20_000).map(item)).execute(&db).await.expect_err("closed");
    assert!(late.is_closed(), "{late:?}");
    let db = Database::open(db.path()).await?;
    assert_eq!(count(&db).await?, 20_000);
    db.close().await
}

#[tokio::test]
async fn close_ends_an_endless_insert_without_a_row() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("items.db");
    let db = Database::builder(&path).close_timeout(A_WHILE).open().await?;
    db.create(Item).await?;
    let began = AtomicU64::new(0);
    let insert = Item::insert_all((0..).map(item)).progress(|rows| began.store(rows, Ordering::Relaxed));
    let mut insert = pin!(insert.execute(&db));
    while began.load(Ordering::Relaxed) == 0 {
        assert!(poll(insert.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    let closing = tokio::spawn(db.clone().close());
    assert!(insert.await.expect_err("it was ended").is_closed());
    closing.await.expect("no panic")?;
    let db = Database::open(&path).await?;
    assert_eq!(count(&db).await?, 0);
    db.close().await
}

/// A stream of items whose numbers are sent through a channel.
struct Sent(mpsc::UnboundedReceiver<i64>);

impl Stream for Sent {
    type Item = NewItem;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<NewItem>> {
        self.0.poll_recv(context).map(|number| number.map(item))
    }
}

/// Polls a future until a condition holds that its polls bring about. The future must not end
/// before.
async fn poll_until<F: Future>(mut future: Pin<&mut F>, holds: impl Fn() -> bool) {
    while !holds() {
        assert!(poll(future.as_mut()).is_none(), "it has ended");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn chunks_of_a_stream_commit_one_by_one_and_a_waiting_stream_blocks_no_writes() -> Result<()> {
    let db = items().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let (sender, receiver) = mpsc::unbounded_channel();
        let told = Mutex::new(Vec::new());
        let tell = |rows| told.lock().expect("nobody panics there").push(rows);
        let mut insert = pin!(Item::insert_stream(Sent(receiver)).chunk(10).progress(tell).execute(ex));
        let told = || told.lock().expect("nobody panics there").clone();
        // No rows are sent to the thread while a chunk is being collected.
        (0..9).for_each(|number| sender.send(number).expect("it reads"));
        for _ in 0..3 {
            assert!(poll(insert.as_mut()).is_none());
        }
        assert_eq!(count(&db).await?, 0);
        (9..25).for_each(|number| sender.send(number).expect("it reads"));
        poll_until(insert.as_mut(), || told() == [10, 20]).await;
        assert!(poll(insert.as_mut()).is_none());
        assert_eq!(numbers(&db).await?, (0..20).collect::<Vec<_>>());
        // While the stream waits for the rest of a chunk, other tasks can write, even on the
        // connection of the stream.
        assert!(!ex.in_transaction());
        Item::insert(item(-1)).timeout(LONG).one(&db).await?.remove(&conn).await?;
        let tx = conn.begin().await?;
        Item::insert(item(-1)).timeout(LONG).execute(&tx).await?;
        tx.rollback().await?;
        drop(sender);
        let outcome = insert.await?;
        let largest = sql!("select max(id) from {Item}").scalar::<i64>(&db).await?;
        assert_eq!((outcome.rows_affected, outcome.last_insert_id), (25, Some(largest)));
        assert_eq!(told(), [10, 20, 25]);
        assert_eq!(numbers(&db).await?, (0..25).collect::<Vec<_>>());
        Item::delete().all_rows().execute(&db).await?;
    }
    db.close().await
}

#[tokio::test]
async fn an_error_in_a_stream_says_how_many_rows_are_committed() -> Result<()> {
    let db = readings().await?;
    let conn = db.connect().await?;
    for (what, change, is_right) in mistakes() {
        for (bad, committed) in [(0, 0), (9, 0), (20, 20), (35, 30)] {
            for ex in [&*db, &*conn] {
                let rows = stream::iter(but_one(bad, change));
                let mut told = 0;
                let insert = Reading::insert_stream(rows).chunk(10).progress(|rows| told = rows);
                let error = insert.execute(ex).await.expect_err("a bad row");
                assert!(is_right(error.kind()), "{what} {bad}: {error:?}");
                assert_eq!((error.row(), error.committed()), (Some(bad), Some(committed)), "{what}: {error:?}");
                let shown = error.to_string();
                let ending = format!(" ({committed} rows were committed before)");
                assert!(shown.starts_with(&format!("row {bad}: ")) && shown.ends_with(&ending), "{shown}");
                assert_eq!(told, committed);
                let there = Reading::select().filter(Reading::NUMBER.ge(0)).columns(Reading::NUMBER);
                assert_eq!(there.order_by(Reading::ID).all(ex).await?, (0..committed as i64).collect::<Vec<_>>());
                Reading::delete().filter(Reading::NUMBER.ge(0)).execute(ex).await?;
            }
        }
    }
    db.close().await
}

#[tokio::test]
async fn a_stream_in_a_transaction_is_committed_with_it() -> Result<()> {
    let db = items().await?;
    let tx = db.begin().await?;
    Item::insert_stream(stream::iter((0..25).map(item))).chunk(10).execute(&tx).await?;
    let bad = stream::iter((100..).map(|number| item(if number == 115 { 3 } else { number })));
    let error = Item::insert_stream(bad).chunk(10).execute(&tx).await.expect_err("3 is taken");
    assert_eq!((error.is_unique(), error.row(), error.committed()), (true, Some(15), Some(10)));
    assert!(tx.in_transaction());
    assert_eq!(count(&tx).await?, 35);
    tx.rollback().await?;
    assert_eq!(count(&db).await?, 0);
    db.close().await
}

#[tokio::test]
async fn a_chunk_has_a_thousand_rows_by_default_and_at_least_one() -> Result<()> {
    let db = items().await?;
    let rows = (0..2_500).collect::<Vec<i64>>();
    let mut told = Vec::new();
    // The stream may borrow its rows, as an iterator may.
    let borrowed = stream::iter(rows.iter().copied().map(item));
    Item::insert_stream(borrowed).progress(|rows| told.push(rows)).execute(&db).await?;
    assert_eq!(told, [1_000, 2_000, 2_500]);
    let mut told = Vec::new();
    let three = stream::iter((-3..0).map(item));
    Item::insert_stream(three).chunk(0).progress(|rows| told.push(rows)).execute(&db).await?;
    assert_eq!(told, [1, 2, 3]);
    let mut told = Vec::new();
    let many = stream::iter((10_000..20_000).map(item));
    Item::insert_stream(many).chunk(usize::MAX).progress(|rows| told.push(rows)).execute(&db).await?;
    assert_eq!(told, [10_000]);
    db.close().await
}

/// Drops the operation after 1, 2, 3… polls, each time on a fresh database with ten items, until
/// it ends before that. Checks each time that nothing is open and that the number of items is one
/// of `counts`.
fn at_every_poll<F, Fut, T>(name: &str, counts: &[u64], operation: F)
where
    F: Fn(Database, Connection) -> Fut,
    Fut: Future<Output = Result<T>>,
{
    for polls in 1..200 {
        let (db, conn) = block_on(async {
            let db = items().await?;
            Item::insert_all((0..10).map(item)).execute(&db).await?;
            let conn = db.connect().await?;
            Ok::<_, Error>((db, conn))
        })
        .expect("it opens");
        let ended = poll_times(operation(db.clone(), conn.clone()), polls);
        block_on(async {
            assert!(!conn.in_transaction(), "{name} at poll {polls}");
            // If a commit has begun, it is finished before the next write on the same connection:
            // the writer's, or the explicit one.
            let stored = Item::insert(item(-1)).timeout(LONG).one(&db).await?;
            stored.remove(&conn).await?;
            let there = count(&conn).await?;
            assert!(counts.contains(&there), "{name} at poll {polls}: {there} rows");
            assert_eq!(count(&db).await?, there, "{name} at poll {polls}: it was committed");
            db.connect().await?.close().await?;
            db.close().await
        })
        .unwrap_or_else(|error| panic!("{name} at poll {polls}: {error:?}"));
        if let Some(result) = ended {
            result.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            return;
        }
    }
    panic!("{name} never ends");
}

#[test]
fn an_insert_dropped_at_any_poll_inserts_all_or_nothing_and_leaves_nothing_open() {
    // The rows are sent to the database's thread in three messages.
    const ROWS: u64 = 9_000;
    let rows = || (100..100 + ROWS as i64).map(item);
    let all = [10, 10 + ROWS];
    at_every_poll("on the database", &all, |db, _| async move { Item::insert_all(rows()).execute(&db).await });
    at_every_poll("all", &all, |db, _| async move { Item::insert_all(rows()).all(&db).await });
    at_every_poll("on a connection", &all, |_, conn| async move { Item::insert_all(rows()).execute(&conn).await });
    at_every_poll("in a transaction", &[10, 11 + ROWS], |_, conn| async move {
        let both = |tx: aio_sql::Transaction| async move {
            Item::insert(item(50)).execute(&tx).await?;
            Item::insert_all(rows()).execute(&tx).await
        };
        conn.transaction(both).await
    });
    at_every_poll("that fails late", &[10], |_, conn| async move {
        let taken = rows().chain([item(3)]);
        assert!(Item::insert_all(taken).execute(&conn).await.expect_err("3 is taken").is_unique());
        Ok(())
    });
    at_every_poll("of a stream", &[10, 20, 30, 35], |db, _| async move {
        Item::insert_stream(stream::iter((100..125).map(item))).chunk(10).execute(&db).await
    });
}

/// Opens a database with a function `seen(x)` that returns `x` and counts its calls.
async fn counting(calls: &Arc<AtomicU64>, places: &Places) -> Result<Database> {
    let calls = Arc::clone(calls);
    let builder = places.on(Database::builder(":memory:").readers(1).max_connections(2));
    let builder = builder.on_connect(move |raw| {
        let calls = Arc::clone(&calls);
        raw.create_scalar_function("seen", 1, FunctionFlags::SQLITE_UTF8, move |context| {
            calls.fetch_add(1, Ordering::Relaxed);
            context.get::<i64>(0)
        })
    });
    let db = builder.open().await?;
    db.create(Item).await?;
    Ok(db)
}

const NUMBERS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)";

#[tokio::test]
async fn the_first_row_of_a_stream_comes_before_the_query_has_ended() -> Result<()> {
    let places = Places::default();
    let db = counting(&Arc::default(), &places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        places.here.close();
        let text = format!("{NUMBERS} select i + case when i = 500 then here() else 0 end from n");
        let mut stream = query(text).stream::<i64>(ex);
        let first = tokio::time::timeout(LONG, stream.next()).await;
        places.here.open();
        assert_eq!(first.expect("it comes at once").expect("a row")?, 1);
        let mut rows = 1;
        while let Some(row) = stream.next().await {
            row?;
            rows += 1;
        }
        assert_eq!(rows, 200_000);
    }
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_only_a_few_batches_ahead_of_its_reader() -> Result<()> {
    let calls = Arc::new(AtomicU64::new(0));
    let db = counting(&calls, &Places::default()).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        calls.store(0, Ordering::Relaxed);
        let mut stream = query(format!("{NUMBERS} select seen(i) from n")).stream::<i64>(ex);
        assert_eq!(stream.next().await.expect("a row")?, 1);
        // A thousand other requests run meanwhile, so the thread has time to read ahead.
        for _ in 0..1_000 {
            db.run(|_| ()).await?;
        }
        let (mut rows, mut furthest) = (1, calls.load(Ordering::Relaxed));
        while let Some(row) = stream.next().await {
            rows += 1;
            assert_eq!(row?, rows);
            furthest = furthest.max(calls.load(Ordering::Relaxed) - rows as u64);
        }
        assert_eq!((rows, calls.load(Ordering::Relaxed)), (200_000, 200_000));
        assert!(furthest <= 20_000, "{furthest} rows were in memory");
    }
    db.close().await
}

#[tokio::test]
async fn a_stream_that_is_dropped_stops_its_query() -> Result<()> {
    let calls = Arc::new(AtomicU64::new(0));
    let db = counting(&calls, &Places::default()).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select seen(i) from n";
        let mut stream = query(endless).stream::<i64>(ex);
        for number in 1..=10 {
            assert_eq!(stream.next().await.expect("a row")?, number);
        }
        drop(stream);
        // This query needs the thread on which the stream's query ran, so the answer shows that
        // the stream's query has ended.
        assert_eq!(query("select seen(7)").timeout(LONG).scalar::<i64>(ex).await?, 7);
        let after = calls.load(Ordering::Relaxed);
        assert_eq!(query("select seen(8)").timeout(LONG).scalar::<i64>(ex).await?, 8);
        assert_eq!(calls.load(Ordering::Relaxed), after + 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_stream_of_inserted_rows_returns_them_after_the_commit() -> Result<()> {
    let places = Places::default();
    let db = counting(&Arc::default(), &places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let text = format!("insert into item (number) {NUMBERS} select i from n where i <= 5000 returning number");
        let mut stream = query(text).stream::<i64>(ex);
        places.commit.close();
        let mut first = sent(stream.next());
        places.commit.until(1);
        // The thread waits before the commit. It has collected all rows, and has sent none.
        assert!(poll(first.as_mut()).is_none());
        assert_eq!(count(&db).await?, 0);
        places.commit.open();
        assert_eq!(first.await.expect("a row")?, 1);
        // The write was committed although the other rows have not been read.
        assert_eq!(count(&db).await?, 5_000);
        let mut rows = 1;
        while let Some(row) = stream.next().await {
            rows += 1;
            assert_eq!(row?, rows);
        }
        assert_eq!(rows, 5_000);
        Item::delete().all_rows().execute(&db).await?;
    }
    // A write whose commit fails returns the error and no row.
    sql!("create table child (id integer references item (id) deferrable initially deferred)").execute(&db).await?;
    let mut stream = query("insert into child values (1), (2) returning id").stream::<i64>(&db);
    let error = stream.next().await.expect("an end").expect_err("no such item");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error:?}");
    assert!(stream.next().await.is_none());
    db.close().await
}

#[tokio::test]
async fn an_error_about_no_particular_row_has_no_index() -> Result<()> {
    let db = items().await?;
    let (sender, receiver) = mpsc::unbounded_channel();
    let told = AtomicU64::new(0);
    let mut insert = pin!(
        Item::insert_stream(Sent(receiver)).chunk(10).progress(|rows| told.store(rows, Ordering::Relaxed)).execute(&db)
    );
    (0..10).for_each(|number| sender.send(number).unwrap());
    while told.load(Ordering::Relaxed) == 0 {
        assert!(poll(insert.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    db.clone().close().await?;
    (10..20).for_each(|number| sender.send(number).unwrap());
    drop(sender);
    let error = insert.await.unwrap_err();
    assert_eq!((error.kind(), error.committed(), error.row()), (&ErrorKind::Closed, Some(10), None), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_index_of_a_failed_stream_row_counts_all_rows() -> Result<()> {
    let db = items().await?;
    db.execute_script("create trigger t before insert on item when new.number < 0 begin select raise(ignore); end")
        .await?;
    Item::insert(item(7)).execute(&db).await?;
    let rows = stream::iter((-15..20).map(item));
    let error = Item::insert_stream(rows).chunk(10).execute(&db).await.unwrap_err();
    // The row with the number 7 has the index 22 in the whole stream.
    assert_eq!((error.row(), error.committed()), (Some(22), Some(5)), "{error:?}");
    db.close().await
}

#[derive(Table, Clone, Debug)]
struct Stamp {
    #[column(primary_key, auto)]
    id: i64,
    note: String,
    #[column(created_at)]
    created: std::time::SystemTime,
}

#[tokio::test]
async fn each_chunk_of_a_stream_has_its_own_current_time() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Stamp).await?;
    let mut taken = Vec::new();
    let rows = (0..3).map(|n| {
        taken.push(std::time::SystemTime::now());
        NewStamp { note: n.to_string() }
    });
    Stamp::insert_stream(stream::iter(rows)).chunk(1).execute(&db).await?;
    let stamps = Stamp::select().order_by(Stamp::ID).all(&db).await?;
    // Each chunk has its own time: it is later than that of the chunk before, and not earlier than
    // the moment at which the stream returned the row before.
    assert!(stamps.iter().skip(1).zip(&taken).all(|(stamp, before)| stamp.created >= *before));
    assert!(stamps[1].created > stamps[0].created && stamps[2].created > stamps[1].created);
    Ok(())
}
