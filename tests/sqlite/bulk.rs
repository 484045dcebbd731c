//! Thousands of rows: what only SQLite has, or what is counted by a function of the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, ErrorKind, Result, Table, query, sql};
use futures_lite::stream;

use crate::hold::{Item, LONG, Places, count, item, poll, sent};
use readings::*;

#[path = "../bulk/readings.rs"]
mod readings;

async fn items() -> Result<Database> {
    let db = Database::builder(":memory:").readers(1).max_connections(2).open().await?;
    db.create(Item).await?;
    Ok(db)
}

/// Returns the number of statements that all connections have prepared or found in their cache.
fn statements_taken(db: &Database) -> u64 {
    db.metrics().connections.iter().map(|connection| connection.cache_hits + connection.cache_misses).sum()
}

#[tokio::test]
async fn rows_need_one_statement_for_each_set_of_columns() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await?;
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
