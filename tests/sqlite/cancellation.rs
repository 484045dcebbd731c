//! Dropped futures of what only SQLite has: closures that get its connection, functions of the
//! program, writes that wait for the write lock, and groups.

use aio_sql::{Database, Executor, Result, query, sql};

use crate::hold::{ENDLESS, Item, LONG, Places, hold, item, numbers, poll, send_and_drop, sent};

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

#[tokio::test]
async fn a_dropped_closure_that_reads_is_stopped_and_its_connection_answers() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    for ex in [&*db, &*conn, &*tx] {
        places.here.forget();
        let read = sent(ex.run_read(|raw| raw.query_row(ENDLESS, [], |row| row.get::<_, i64>(0))));
        places.here.until(1);
        drop(read);
        answers(ex).await.unwrap_or_else(|error| panic!("on {ex:?}: {error}"));
    }
    tx.commit().await?;
    conn.close().await?;
    is_whole(&db, &[1]).await?;
    db.close().await
}

#[tokio::test]
async fn a_committing_closure_is_finished_when_its_future_is_dropped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for (number, ex) in [(1, &*db), (2, &*conn)] {
        places.commit.close();
        let write = sent(ex.run(move |raw| raw.execute("insert into item (number) values (?)", [number])));
        places.commit.until(1);
        drop(write);
        places.commit.open();
        db.run(|_| ()).await?;
        assert_eq!(numbers(&db).await?, (1..=number).collect::<Vec<_>>(), "on {ex:?}");
    }
    conn.close().await?;
    is_whole(&db, &[1, 2]).await?;
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

#[tokio::test]
async fn a_write_that_waits_for_the_write_lock_never_runs_when_its_future_is_dropped() -> Result<()> {
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
async fn a_running_write_in_a_group_is_finished_when_its_future_is_dropped() -> Result<()> {
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
