//! Dropped futures: a request that has not begun never runs, a read stops, a write is finished,
//! and the next statement on the connection is not affected.

use std::future::Future;
use std::pin::Pin;

use aio_sql::{Database, Executor, Result, Sql, query, sql};
use servers::on_every_database;

use hold::{ENDLESS, Item, LONG, Places, item, numbers, poll, send_and_drop, sent, settle};

mod hold;

/// Opens a database with as few threads as possible and at most two explicit connections, so that
/// a lost connection is noticed.
async fn open(places: &Places) -> Result<Database> {
    places.open(places.builder()).await
}

/// A query that counts up to a number.
fn counted(rows: i64) -> Sql {
    sql!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select count(*) from n")
}

/// Checks that the connection of an executor is free: it answers a short query.
async fn answers(ex: &Executor) -> Result<()> {
    assert_eq!(counted(500).timeout(LONG).scalar::<i64>(ex).await?, 500);
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
    vec![
        ("all", Box::pin(async move { drop(all.await) })),
        ("one", Box::pin(async move { drop(one.await) })),
        ("optional", Box::pin(async move { drop(optional.await) })),
        ("scalar", Box::pin(async move { drop(scalar.await) })),
        ("stream", Box::pin(async move { while stream.next().await.is_some() {} })),
    ]
}

#[on_every_database]
async fn a_dropped_endless_read_is_stopped_and_its_connection_answers(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for (how, read) in endless_reads(ex) {
            places.here.forget();
            let read = sent(read);
            places.here.until(1);
            drop(read);
            answers(ex).await.unwrap_or_else(|error| panic!("{how} on {ex:?}: {error}"));
        }
    }
    conn.close().await?;
    is_whole(&db, &[]).await?;
    db.close().await
}

// PostgreSQL takes a cancelled query for an error, which ends the transaction.
#[on_every_database(except postgres = RolledBack)]
async fn a_dropped_endless_read_leaves_its_transaction_usable(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    for (_, read) in endless_reads(&tx) {
        places.here.forget();
        let read = sent(read);
        places.here.until(1);
        drop(read);
        answers(&tx).await?;
    }
    Item::insert(item(2)).execute(&tx).await?;
    tx.commit().await?;
    is_whole(&db, &[1, 2]).await?;
    db.close().await
}

// PostgreSQL takes a cancelled query for an error, which ends the transaction.
#[on_every_database(except postgres = RolledBack)]
async fn a_dropped_stream_without_end_leaves_its_transaction_usable(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    let mut stream = query(ENDLESS.replace("sum(i)", "i")).stream::<i64>(&tx);
    assert_eq!(stream.next().await.expect("a row")?, 0);
    drop(stream);
    answers(&tx).await?;
    tx.commit().await?;
    is_whole(&db, &[1]).await?;
    db.close().await
}

#[on_every_database]
async fn a_stream_that_is_dropped_between_two_rows_is_stopped(places: Places) -> Result<()> {
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

/// A generator of evenly distributed numbers, which are the same in every run of the test.
struct Spread(u64);

impl Spread {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

#[on_every_database]
async fn stopping_a_read_never_stops_the_next_statement(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = db.begin().await?;
    let mut executors = vec![&*db, &*conn];
    if places.is_sqlite() {
        // On PostgreSQL, a stopped read ends its transaction.
        executors.push(&*tx);
    }
    let mut spread = Spread(7);
    // On a server, each stop is a connection of its own.
    for turn in 0..if places.is_sqlite() { 2_000 } else { 300 } {
        let ex = executors[turn % executors.len()];
        // The read ends at about the time at which it is dropped.
        let rows = 1 + spread.next(400) as i64;
        let mut read = sent_or_answered(counted(rows).scalar::<i64>(ex));
        for _ in 0..spread.next(6) {
            for _ in 0..spread.next(2_000) {
                std::hint::spin_loop();
            }
            if read.as_mut().is_some_and(|read| poll(read.as_mut()).is_some()) {
                read = None;
            }
        }
        drop(read);
        // The query runs long enough for SQLite to check for an interrupt, and for a server to
        // take a cancel request.
        let rows = if places.is_sqlite() { 200 } else { 20_000 };
        let next = counted(rows).scalar::<i64>(ex).await;
        assert_eq!(next.unwrap_or_else(|error| panic!("turn {turn} on {ex:?}: {error:?}")), rows);
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

#[on_every_database]
async fn stopping_a_read_never_stops_a_later_write(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut spread = Spread(11);
    // The write takes as long as a server needs to take a cancel request.
    let (turns, written) = if places.is_sqlite() { (500, 5) } else { (100, 2_000) };
    for number in 0..turns {
        let rows = 1 + spread.next(400) as i64;
        let read = sent_or_answered(counted(rows).scalar::<i64>(&conn));
        for _ in 0..spread.next(4_000) {
            std::hint::spin_loop();
        }
        // The write is sent before the read is dropped, so that the write begins at about the time
        // at which the read is stopped.
        let rows = (0..written).map(|row| item(number * written + row));
        let write = sent_or_answered(Item::insert_all(rows).execute(&conn));
        drop(read);
        if let Some(write) = write {
            assert_eq!(write.await?.rows_affected, written as u64);
        }
    }
    conn.close().await?;
    is_whole(&db, &(0..turns * written).collect::<Vec<_>>()).await?;
    db.close().await
}

#[on_every_database]
async fn a_queued_write_never_runs_when_its_future_is_dropped(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut expected = Vec::new();
    for (base, ex) in [(0, &*db), (10, &*conn)] {
        let held = places.hold(ex);
        let first = sent(Item::insert(item(base + 1)).execute(ex));
        send_and_drop(Item::insert(item(base + 2)).execute(ex));
        send_and_drop(Item::insert_all([item(base + 3), item(base + 4)]).execute(ex));
        send_and_drop(ex.execute_script("insert into item (number) values (5)"));
        let last = sent(Item::insert(item(base + 7)).execute(ex));
        held.release().await?;
        assert_eq!((first.await?.rows_affected, last.await?.rows_affected), (1, 1));
        expected.extend([base + 1, base + 7]);
    }
    conn.close().await?;
    is_whole(&db, &expected).await?;
    db.close().await
}

#[on_every_database]
async fn a_running_write_of_many_rows_is_finished_when_its_future_is_dropped(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    // After the call of `here()` the statement still runs long enough to be interrupted.
    let write = |rows: i64| {
        sql!(
            "insert into item (number) with recursive n(i) as (select here() union all select i + 1 from n where i < 999) select {rows} + i from n"
        )
    };
    let mut rows = 0;
    for ex in [&*db, &*conn] {
        places.here.close();
        let running = sent(write(rows).execute(ex));
        places.here.until(1);
        drop(running);
        places.here.open();
        rows += 1_000;
        settle(ex).await?;
        assert_eq!(Item::select().count(ex).await?, rows as u64, "on {ex:?}");
        // A write in a transaction is finished too, and the transaction stays open.
        let tx = conn.begin().await?;
        places.here.close();
        let running = sent(write(rows).execute(&tx));
        places.here.until(1);
        drop(running);
        places.here.open();
        rows += 1_000;
        assert_eq!(Item::select().count(&tx).await?, rows as u64);
        tx.commit().await?;
    }
    conn.close().await?;
    is_whole(&db, &(0..rows).collect::<Vec<_>>()).await?;
    db.close().await
}

#[on_every_database]
async fn a_running_write_is_finished_when_its_future_is_dropped(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut expected = Vec::new();
    for (number, ex) in [(1, &*db), (2, &*conn)] {
        places.here.close();
        let write = sent(sql!("insert into item (number) values (here() + {number})").execute(ex));
        places.here.until(1);
        drop(write);
        places.here.open();
        settle(ex).await?;
        expected.push(number);
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

#[on_every_database]
async fn a_committing_write_is_finished_when_its_future_is_dropped(places: Places) -> Result<()> {
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
                let write = sql!("insert into item (number) values ({number}) returning id").all::<i64>(&ex);
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
            settle(ex).await?;
            assert_eq!(numbers(&db).await?, (1..=number).collect::<Vec<_>>(), "{what} on {ex:?}");
        }
    }
    conn.close().await?;
    is_whole(&db, &(1..=number).collect::<Vec<_>>()).await?;
    db.close().await
}

#[on_every_database]
async fn a_commit_whose_future_is_dropped_before_its_turn_rolls_back(places: Places) -> Result<()> {
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
