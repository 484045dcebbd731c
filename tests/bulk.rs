//! Thousands of rows: inserts from iterators and streams, and reading rows as a stream.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use aio_sql::future::Stream;
use aio_sql::{Database, Dialect, ErrorKind, Executor, Outcome, Result, Table, query};
use futures_lite::stream;
use servers::on_every_database;
use tokio::sync::mpsc;

use dropped::Address;
use hold::{Item, LONG, NewItem, Places, count, item, numbers, poll, sent};
use readings::*;

#[cfg(feature = "json")]
#[path = "bulk/large_values.rs"]
mod large_values;
#[path = "bulk/readings.rs"]
mod readings;

mod dropped;
mod hold;

/// The maximum number of rows that are sent to the thread of a connection in one message.
fn rows_of_a_message(db: &Database) -> u64 {
    if db.dialect() == Dialect::Sqlite { 4 * 1024 } else { 64 * 1024 }
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

#[on_every_database]
async fn the_error_has_the_index_of_the_failed_row_and_no_row_is_inserted(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn the_index_of_a_failed_row_counts_rows_of_all_column_sets(db: Database) -> Result<()> {
    fill(&db).await?;
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

/// Triggers that refuse rows, before and after they are inserted.
const REFUSALS: [&str; 2] = [
    "create trigger before_insert before insert on item when new.number = -1 begin select raise(abort, 'no'); end;
     create trigger after_insert after insert on item when new.number = -2 begin select raise(abort, 'no'); end",
    "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
     create trigger before_insert before insert on item for each row when (new.number = -1) execute function refuse();
     create trigger after_insert after insert on item for each row when (new.number = -2) execute function refuse()",
];

#[on_every_database]
async fn a_row_that_a_trigger_refuses_has_its_index(db: Database) -> Result<()> {
    db.create(Item).await?;
    db.execute_script(REFUSALS[usize::from(db.dialect() != Dialect::Sqlite)]).await?;
    for bad in [0, 700, 4_500] {
        for refused in [-1, -2] {
            let rows = || (0..5_000).map(|number| item(if number == bad { refused } else { number }));
            let mut failed = vec![
                Item::insert_all(rows()).execute(&db).await.map(drop),
                Item::insert_all(rows()).all(&db).await.map(drop),
            ];
            let tx = db.begin().await?;
            failed.push(Item::insert_all(rows()).execute(&tx).await.map(drop));
            for error in failed.into_iter().map(|result| result.expect_err("a row is refused")) {
                assert_eq!(*error.kind(), ErrorKind::Raised { message: "no".into() }, "{error:?}");
                assert_eq!(error.row(), Some(bad as usize), "{refused}: {error:?}");
            }
            tx.commit().await?;
            assert_eq!(count(&db).await?, 0);
        }
    }
    db.close().await
}

#[on_every_database]
async fn a_failed_row_leaves_the_transaction_open_with_its_earlier_changes(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn an_iterator_is_read_only_three_messages_ahead_of_the_writes(db: Database) -> Result<()> {
    const ROWS: u64 = 1_000_000;
    // Two messages have been sent, and the next one is built.
    let most = 3 * rows_of_a_message(&db);
    db.create(Item).await?;
    let (taken, told) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let rows = (0..ROWS as i64).map(|number| {
        taken.fetch_add(1, Ordering::Relaxed);
        item(number)
    });
    let outcome = Item::insert_all(rows)
        .progress(|written| {
            let ahead = taken.load(Ordering::Relaxed) - written;
            assert!(ahead <= most, "{ahead} rows wait in memory");
            told.lock().expect("nobody panics there").push(written);
        })
        .execute(&db)
        .await?;
    assert_eq!(outcome.rows_affected, ROWS);
    let told = told.into_inner().expect("nobody panics there");
    assert!(
        told.len() as u64 >= ROWS / rows_of_a_message(&db) && told.is_sorted_by(|before, after| before < after),
        "{} times",
        told.len()
    );
    assert_eq!(told.last(), Some(&ROWS));
    assert_eq!(count(&db).await?, ROWS);
    db.close().await
}

#[on_every_database]
async fn progress_grows_and_ends_at_the_total_wherever_it_runs(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn rows_may_be_borrowed_and_come_from_anything_that_iterates(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn rows_with_different_default_columns_are_stored_in_order(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn rows_with_every_set_of_columns_are_stored_in_order(db: Database) -> Result<()> {
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

#[on_every_database]
async fn inserting_no_rows_succeeds(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn no_row_is_visible_before_all_are_inserted(db: Database) -> Result<()> {
    db.create(Item).await?;
    let (told, rows) = (AtomicU64::new(0), 5 * rows_of_a_message(&db));
    let insert = Item::insert_all((0..rows as i64).map(item)).progress(|rows| told.store(rows, Ordering::Relaxed));
    let mut insert = pin!(insert.execute(&db));
    let mut midway = 0;
    while poll(insert.as_mut()).is_none() {
        let part = (1..rows).contains(&told.load(Ordering::Relaxed));
        let seen = count(&db).await?;
        assert!(seen == 0 || seen == rows, "{seen} rows are seen");
        midway += u32::from(part && seen == 0);
    }
    assert!(midway > 0, "nobody looked midway");
    assert_eq!(count(&db).await?, rows);
    db.close().await
}

#[on_every_database]
async fn an_iterator_that_panics_leaves_nothing_open_and_nothing_inserted(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn an_insert_that_times_out_inserts_nothing(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
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
    let held = places.hold(&db);
    for rows in [10, 10_000] {
        let waits = Item::insert_all((0..rows).map(item)).timeout(A_WHILE).execute(&db).await;
        assert_eq!(waits.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    }
    held.release().await?;
    assert_eq!(count(&db).await?, 0);
    assert_eq!(Item::insert_all((0..10).map(item)).timeout(LONG).execute(&db).await?.rows_affected, 10);
    db.close().await
}

#[on_every_database]
async fn close_waits_for_rows_that_are_being_inserted(address: Address) -> Result<()> {
    // So many that they are sent in several messages to every database.
    const ROWS: i64 = 100_000;
    let directory = tempfile::tempdir().expect("a directory");
    let path = address.in_file(&directory);
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    let began = AtomicU64::new(0);
    let insert = Item::insert_all((0..ROWS).map(item)).progress(|rows| began.store(rows, Ordering::Relaxed));
    let mut insert = pin!(insert.execute(&db));
    while began.load(Ordering::Relaxed) == 0 {
        assert!(poll(insert.as_mut()).is_none());
        tokio::task::yield_now().await;
    }
    let closing = sent(db.clone().close());
    // The insert ends first, and is acknowledged.
    assert_eq!(insert.await?.rows_affected, ROWS as u64);
    closing.await?;
    let late = Item::insert_all((0..ROWS).map(item)).execute(&db).await.expect_err("closed");
    assert!(late.is_closed(), "{late:?}");
    let db = Database::open(&path).await?;
    assert_eq!(count(&db).await?, ROWS as u64);
    db.close().await
}

#[on_every_database]
async fn close_ends_an_endless_insert_without_a_row(address: Address) -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = address.in_file(&directory);
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

#[on_every_database]
async fn chunks_of_a_stream_commit_one_by_one_and_a_waiting_stream_blocks_no_writes(db: Database) -> Result<()> {
    db.create(Item).await?;
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
        assert_eq!(insert.await?.rows_affected, 25);
        assert_eq!(told(), [10, 20, 25]);
        assert_eq!(numbers(&db).await?, (0..25).collect::<Vec<_>>());
        Item::delete().all_rows().execute(&db).await?;
    }
    db.close().await
}

#[on_every_database]
async fn an_error_in_a_stream_says_how_many_rows_are_committed(db: Database) -> Result<()> {
    fill(&db).await?;
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

#[on_every_database]
async fn a_stream_in_a_transaction_is_committed_with_it(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn a_chunk_has_a_thousand_rows_by_default_and_at_least_one(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[on_every_database]
async fn an_insert_dropped_at_any_poll_inserts_all_or_nothing_and_leaves_nothing_open(address: Address) -> Result<()> {
    let numbered = |number| dropped::NewItem { number };
    // The rows are sent to the database's thread in three messages; for PostgreSQL, in one.
    const ROWS: u64 = 9_000;
    let rows = || (2_000..2_000 + ROWS as i64).map(numbered);
    let all = [10, 10 + ROWS];
    // In two messages also for PostgreSQL.
    address.at_every_poll("of more rows", &[10, 40_010], |db, _| async move {
        dropped::Item::insert_all((2_000..42_000).map(numbered)).execute(&db).await
    });
    address.at_every_poll("on the database", &all, |db, _| async move {
        dropped::Item::insert_all(rows()).execute(&db).await
    });
    address.at_every_poll("all", &all, |db, _| async move { dropped::Item::insert_all(rows()).all(&db).await });
    address.at_every_poll("on a connection", &all, |_, conn| async move {
        dropped::Item::insert_all(rows()).execute(&conn).await
    });
    address.at_every_poll("in a transaction", &[10, 11 + ROWS], |_, conn| async move {
        let both = |tx: aio_sql::Transaction| async move {
            dropped::Item::insert(numbered(50)).execute(&tx).await?;
            dropped::Item::insert_all(rows()).execute(&tx).await
        };
        conn.transaction(both).await
    });
    address.at_every_poll("that fails late", &[10], |_, conn| async move {
        let taken = rows().chain([numbered(3)]);
        assert!(dropped::Item::insert_all(taken).execute(&conn).await.expect_err("3 is taken").is_unique());
        Ok(())
    });
    address.at_every_poll("of a stream", &[10, 20, 30, 35], |db, _| async move {
        dropped::Item::insert_stream(stream::iter((100..125).map(numbered))).chunk(10).execute(&db).await
    });
    Ok(())
}

const NUMBERS: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)";

#[on_every_database]
async fn the_first_row_of_a_stream_comes_before_the_query_has_ended(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let conn = db.connect().await?;
    // A PostgreSQL server sends rows when it has 8 KiB of them.
    let held = if places.is_sqlite() { 500 } else { 5_000 };
    for ex in [&*db, &*conn] {
        places.here.close();
        let text = format!("{NUMBERS} select i + case when i = {held} then here() else 0 end from n");
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

#[on_every_database]
async fn an_error_about_no_particular_row_has_no_index(db: Database) -> Result<()> {
    db.create(Item).await?;
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

#[derive(Table, Clone, Debug)]
struct Stamp {
    #[column(primary_key, auto)]
    id: i64,
    note: String,
    #[column(created_at)]
    created: std::time::SystemTime,
}

#[on_every_database]
async fn each_chunk_of_a_stream_has_its_own_current_time(db: Database) -> Result<()> {
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
