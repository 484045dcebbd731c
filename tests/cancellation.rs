//! Dropped futures: a request that has not begun never runs, a read stops, a write is finished,
//! and the next statement on the connection is not affected.

use std::future::Future;
use std::pin::Pin;

use aio_sql::{Database, Executor, Result, query, sql};

use hold::{ENDLESS, Item, LONG, Places, hold, item, numbers, poll, send_and_drop, sent};

mod hold;

/// Opens a database with one writer, one reader and at most two explicit connections, so that a
/// lost connection is noticed.
async fn open(places: &Places) -> Result<Database> {
    places.open(Database::builder(":memory:").readers(1).max_connections(2)).await
}

/// Checks that the connection of an executor is free: it answers a short query.
async fn answers(ex: &Executor) -> Result<()> {
    let counted =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) select count(*) from n";
    assert_eq!(query(counted).timeout(LONG).scalar::<i64>(ex).await?, 500);
    Ok(())
}

/// Checks the database after a future was dropped: no transaction is open, every connection can be
/// used, and the table has the expected numbers.
async fn is_whole(db: &Database, expected: &[i64]) -> Result<()> {
    answers(db).await?;
    assert_eq!(numbers(db).await?, expected);
    let (one, other) = (db.connect().await?, db.connect().await?);
    for (number, ex) in [(-1, &**db), (-2, &*one), (-3, &*other)] {
        assert!(!ex.in_transaction());
        let stored = Item::insert(item(number)).timeout(LONG).one(ex).await?;
        stored.remove(ex).await?;
    }
    assert_eq!(numbers(&one).await?, expected);
    one.close().await?;
    other.close().await
}

type Sent = Pin<Box<dyn Future<Output = ()> + Send>>;
type Write = Box<dyn Fn(Executor, i64) -> Sent>;

/// Returns an endless read for each way of running one.
fn endless_reads(ex: &Executor) -> Vec<(&'static str, Sent)> {
    let rows = ENDLESS.replace("sum(i)", "i");
    let (all, one, optional, scalar) =
        (query(rows.clone()), query(ENDLESS), query(ENDLESS), query(format!("select exists ({ENDLESS})")));
    let (all, one) = (all.all::<i64>(ex), one.one::<Option<i64>>(ex));
    let (optional, scalar) = (optional.optional::<Option<i64>>(ex), scalar.scalar::<bool>(ex));
    let mut stream = query(rows).stream::<i64>(ex);
    let read = ex.clone();
    vec![
        ("all", Box::pin(async move { drop(all.await) })),
        ("one", Box::pin(async move { drop(one.await) })),
        ("optional", Box::pin(async move { drop(optional.await) })),
        ("scalar", Box::pin(async move { drop(scalar.await) })),
        ("stream", Box::pin(async move { while stream.next().await.is_some() {} })),
        (
            "run_read",
            Box::pin(async move {
                let _ = read.run_read(|raw| raw.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))).await;
            }),
        ),
    ]
}

#[tokio::test]
async fn a_dropped_endless_read_is_stopped_and_its_connection_answers() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    for ex in [&*db, &*conn, &*tx] {
        for (how, read) in endless_reads(ex) {
            places.here.forget();
            let read = sent(read);
            places.here.until(1);
            drop(read);
            answers(ex).await.unwrap_or_else(|error| panic!("{how} on {ex:?}: {error}"));
        }
    }
    // The transaction is still usable.
    Item::insert(item(2)).execute(&tx).await?;
    tx.commit().await?;
    conn.close().await?;
    is_whole(&db, &[1, 2]).await?;
    db.close().await
}

#[tokio::test]
async fn a_stream_that_is_dropped_between_two_rows_is_stopped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        // The query returns 100,000 rows, more than a stream is ahead of its reader, and then runs
        // for days without another row.
        let mut stream = query(ENDLESS.replace("sum(i)", "i") + " where i < 100000 or i < 0").stream::<i64>(ex);
        for row in 0..10 {
            assert_eq!(stream.next().await.expect("a row")?, row);
        }
        drop(stream);
        answers(ex).await?;
    }
    conn.close().await?;
    is_whole(&db, &[]).await?;
    db.close().await
}

#[tokio::test]
async fn dropping_a_read_in_a_user_function_returns_at_once_and_its_connection_later() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    for ex in [&*db, &*tx] {
        places.here.close();
        let read = sent(sql!("select here() + 1").scalar::<i64>(ex));
        places.here.until(1);
        drop(read);
        let mut next = sent(sql!("select 2").timeout(LONG).scalar::<i64>(ex));
        assert!(poll(next.as_mut()).is_none());
        places.here.open();
        assert_eq!(next.await?, 2);
    }
    tx.commit().await?;
    conn.close().await?;
    is_whole(&db, &[]).await?;
    db.close().await
}

/// A generator of evenly distributed numbers, which are the same in every run of the test.
struct Spread(u64);

impl Spread {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[tokio::test]
async fn stopping_a_read_never_stops_the_next_statement() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = db.begin().await?;
    let mut spread = Spread(7);
    for turn in 0..2_000 {
        let ex = [&*db, &*conn, &*tx][turn % 3];
        // The read ends at about the time at which it is dropped.
        let rows = 1 + spread.next(400) as i64;
        let text = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select count(*) from n";
        let mut read = sent_or_answered(query(text).bind(rows).scalar::<i64>(ex));
        for _ in 0..spread.next(6) {
            for _ in 0..spread.next(2_000) {
                std::hint::spin_loop();
            }
            if read.as_mut().is_some_and(|read| poll(read.as_mut()).is_some()) {
                read = None;
            }
        }
        drop(read);
        // The query runs long enough for SQLite to check for an interrupt.
        let next = query(text).bind(200).scalar::<i64>(ex).await;
        assert_eq!(next.unwrap_or_else(|error| panic!("turn {turn} on {ex:?}: {error:?}")), 200);
    }
    tx.rollback().await?;
    conn.close().await?;
    is_whole(&db, &[]).await?;
    db.close().await
}

/// Polls a future once. Returns the future, or `None` if it was ready.
fn sent_or_answered<F: Future>(future: F) -> Option<Pin<Box<F>>> {
    let mut future = Box::pin(future);
    poll(future.as_mut()).is_none().then_some(future)
}

#[tokio::test]
async fn stopping_a_read_never_stops_a_later_write() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut spread = Spread(11);
    for number in 0..500 {
        let rows = 1 + spread.next(400) as i64;
        let text = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select count(*) from n";
        let read = sent_or_answered(query(text).bind(rows).scalar::<i64>(&conn));
        for _ in 0..spread.next(4_000) {
            std::hint::spin_loop();
        }
        // The write is sent before the read is dropped, so that the write begins at about the time
        // at which the read is stopped.
        let write = sent_or_answered(Item::insert_all((0..5).map(|row| item(number * 5 + row))).execute(&conn));
        drop(read);
        if let Some(write) = write {
            assert_eq!(write.await?.rows_affected, 5);
        }
    }
    conn.close().await?;
    is_whole(&db, &(0..2_500).collect::<Vec<_>>()).await?;
    db.close().await
}

#[tokio::test]
async fn a_queued_write_never_runs_when_its_future_is_dropped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let held = hold(&db);
    let first = sent(Item::insert(item(1)).execute(&db));
    send_and_drop(Item::insert(item(2)).execute(&db));
    send_and_drop(Item::insert_all([item(3), item(4)]).execute(&db));
    send_and_drop(db.execute_script("insert into item (number) values (5)"));
    // The writes of an explicit connection wait for the write lock, and not in the writer's queue.
    send_and_drop(Item::insert(item(6)).execute(&conn));
    send_and_drop(conn.begin());
    let last = sent(Item::insert(item(7)).execute(&db));
    answers(&conn).await?;
    held.release().await?;
    assert_eq!((first.await?.rows_affected, last.await?.rows_affected), (1, 1));
    conn.close().await?;
    is_whole(&db, &[1, 7]).await?;
    db.close().await
}

#[tokio::test]
async fn a_running_write_of_many_rows_is_finished_when_its_future_is_dropped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    // After the call of `here()` the statement still runs long enough for SQLite to check for an
    // interrupt.
    let text = "insert into item (number) with recursive n(i) as (select here() union all select i + 1 from n where i < 999) select ? + i from n";
    let mut rows = 0;
    for ex in [&*db, &*conn] {
        places.here.close();
        let write = sent(query(text).bind(rows).execute(ex));
        places.here.until(1);
        drop(write);
        places.here.open();
        rows += 1_000;
        db.run(|_| ()).await?;
        assert_eq!(Item::select().count(ex).await?, rows as u64, "on {ex:?}");
        // A write in a transaction is finished too, and the transaction stays open. So is a write
        // in a group, and the group's other writes are committed with it.
        let tx = conn.begin().await?;
        places.here.close();
        let write = sent(query(text).bind(rows).execute(&tx));
        places.here.until(1);
        drop(write);
        places.here.open();
        rows += 1_000;
        assert_eq!(Item::select().count(&tx).await?, rows as u64);
        tx.commit().await?;
        let held = hold(&db);
        let before = sent(Item::insert(item(-rows)).execute(&db));
        let write = sent(query(text).bind(rows).execute(&db));
        let behind = sent(Item::insert(item(-rows - 1)).execute(&db));
        places.here.close();
        held.release().await?;
        places.here.until(1);
        drop(write);
        places.here.open();
        assert_eq!((before.await?.rows_affected, behind.await?.rows_affected), (1, 1));
        rows += 1_000;
        assert_eq!(Item::delete().filter(Item::NUMBER.lt(0)).execute(&db).await?.rows_affected, 2);
        assert_eq!(Item::select().count(ex).await?, rows as u64);
        assert_eq!(db.metrics().undone_groups, 0);
    }
    conn.close().await?;
    is_whole(&db, &(0..rows).collect::<Vec<_>>()).await?;
    db.close().await
}

#[tokio::test]
async fn a_running_write_is_finished_when_its_future_is_dropped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut expected = Vec::new();
    for (number, ex) in [(1, &*db), (2, &*conn)] {
        places.here.close();
        let write = sent(query("insert into item (number) values (here() + ?)").bind(number).execute(ex));
        places.here.until(1);
        drop(write);
        places.here.open();
        answers(ex).await?;
        expected.push(number);
        // If `ex` is the database, `answers` has used a reader and not the writer. The writer runs
        // its requests in order, so it has finished the write when it runs this one.
        db.run(|_| ()).await?;
        assert_eq!(numbers(&db).await?, expected);
    }
    // A write whose future is dropped in a transaction is finished as a part of the transaction.
    let tx = conn.begin().await?;
    places.here.close();
    let write = sent(sql!("insert into item (number) values (here() + 3)").execute(&tx));
    places.here.until(1);
    drop(write);
    places.here.open();
    assert_eq!(numbers(&tx).await?, [1, 2, 3]);
    tx.commit().await?;
    conn.close().await?;
    is_whole(&db, &[1, 2, 3]).await?;
    db.close().await
}

#[tokio::test]
async fn a_committing_write_is_finished_when_its_future_is_dropped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let writes: Vec<(&str, Write)> = vec![
        (
            "one row",
            Box::new(|ex, number| Box::pin(async move { drop(Item::insert(item(number)).execute(&ex).await) })),
        ),
        (
            "several rows",
            Box::new(|ex, number| Box::pin(async move { drop(Item::insert_all([item(number)]).execute(&ex).await) })),
        ),
        (
            "returning",
            Box::new(|ex, number| {
                let write = query("insert into item (number) values (?) returning id").bind(number).all::<i64>(&ex);
                Box::pin(async move { drop(write.await) })
            }),
        ),
        (
            "a transaction",
            Box::new(|ex, number| {
                Box::pin(async move {
                    let tx = ex.begin().await.expect("it begins");
                    Item::insert(item(number)).execute(&tx).await.expect("it inserts");
                    let _ = tx.commit().await;
                })
            }),
        ),
        (
            "run",
            Box::new(|ex, number| {
                Box::pin(async move {
                    let _ = ex
                        .run(move |raw| raw.execute("insert into item (number) values (?)", [number]))
                        .await
                        .expect("it runs");
                })
            }),
        ),
    ];
    let mut number = 0;
    for ex in [&*db, &*conn] {
        for (what, write) in &writes {
            number += 1;
            places.commit.close();
            let write = tokio::spawn(write(ex.clone(), number));
            // One of the writes is a transaction, which needs several polls until it commits, so
            // this thread must not block.
            let commit = places.commit.clone();
            tokio::task::spawn_blocking(move || commit.until(1)).await.expect("no panic");
            write.abort();
            assert!(write.await.expect_err("it was dropped").is_cancelled(), "{what}");
            places.commit.open();
            db.run(|_| ()).await?;
            assert_eq!(numbers(&db).await?, (1..=number).collect::<Vec<_>>(), "{what} on {ex:?}");
        }
    }
    conn.close().await?;
    is_whole(&db, &(1..=number).collect::<Vec<_>>()).await?;
    db.close().await
}

#[tokio::test]
async fn members_of_a_group_that_are_dropped_while_it_runs_are_committed_with_it() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    for at_commit in [false, true] {
        let before = numbers(&db).await?;
        let base = before.len() as i64;
        let held = hold(&db);
        let place = if at_commit { &places.commit } else { &places.here };
        place.close();
        let mut sent: Vec<_> = (1..=3)
            .map(|number| {
                let text = "insert into item (number) values (? + here())";
                Some(sent(query(text).bind(base + number).execute(&db)))
            })
            .collect();
        held.release().await?;
        place.until(1);
        // At `here()` the first write has begun. Before the commit, all three have run.
        sent[0] = None;
        if at_commit {
            sent[2] = None;
        }
        place.open();
        for write in sent.into_iter().flatten() {
            assert_eq!(write.await?.rows_affected, 1);
        }
        let expected: Vec<_> = before.into_iter().chain(base + 1..=base + 3).collect();
        is_whole(&db, &expected).await?;
    }
    db.close().await
}

#[tokio::test]
async fn a_commit_whose_future_is_dropped_before_its_turn_rolls_back() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    // The commit is queued behind a read that is held.
    places.here.close();
    let read = sent(sql!("select here()").scalar::<i64>(&tx));
    places.here.until(1);
    send_and_drop(tx.commit());
    places.here.open();
    assert_eq!(read.await?, 0);
    assert!(!conn.in_transaction());
    conn.close().await?;
    is_whole(&db, &[]).await?;
    db.close().await
}
