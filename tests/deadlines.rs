//! Timeouts: of statements, and of everything that waits for a connection or a lock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aio_sql::{Batch, Database, Error, ErrorKind, Executor, Migration, Result, TransactionMode, query, rusqlite, sql};

use hold::{
    ENDLESS, ENDLESS_WRITE, Item, LONG, Places, hold, hold_reader, item, numbers, poll, send_and_drop, sent, until,
};

mod hold;

/// A timeout that soon passes.
const SOON: Duration = Duration::from_millis(30);

/// A timeout that passes during a test, but is long enough for a statement to begin on a busy
/// machine.
const A_WHILE: Duration = Duration::from_millis(400);

async fn open(places: &Places) -> Result<Database> {
    let db = places.open(Database::builder(":memory:").readers(1).max_connections(2)).await?;
    Item::insert_all([item(1), item(2)]).execute(&db).await?;
    Ok(db)
}

#[track_caller]
fn is_timeout<T: std::fmt::Debug>(result: Result<T>, words: &[&str]) -> Error {
    let error = result.expect_err("its time is up");
    assert_eq!(error.kind(), &ErrorKind::Timeout, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
    error
}

/// Checks that the executor answers a read and a write, which shows that neither its connection
/// nor the write lock is still in use.
async fn answers(ex: &Executor) -> Result<()> {
    assert_eq!(sql!("select 3").timeout(LONG).scalar::<i64>(ex).await?, 3);
    let stored = Item::insert(item(-1)).timeout(LONG).one(ex).await?;
    stored.remove(ex).await
}

#[tokio::test]
async fn a_read_past_its_timeout_is_stopped() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        is_timeout(query(ENDLESS).timeout(SOON).scalar::<i64>(ex).await, &["30.0ms"]);
        answers(ex).await?;
        let rows = ENDLESS.replace("sum(i)", "i");
        is_timeout(query(&*rows).timeout(SOON).all::<i64>(ex).await, &[]);
        answers(ex).await?;
        // A stream whose first row does not come in time returns the error, and no row.
        let error = query(ENDLESS).timeout(SOON).stream::<i64>(ex).next().await.expect("an end");
        is_timeout(error, &[]);
        answers(ex).await?;
    }
    db.close().await
}

#[tokio::test]
async fn the_timeout_of_a_stream_ends_with_its_first_row() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut stream = query(ENDLESS.replace("sum(i)", "i")).timeout(LONG).stream::<i64>(&conn);
    stream.next().await.expect("a row")?;
    drop(stream);
    let text = "with recursive n(i) as (select 0 union all select i + 1 from n where i < 20000) select i from n";
    let mut stream = query(text).timeout(Duration::from_secs(1)).stream::<i64>(&conn);
    assert_eq!(stream.next().await.expect("a row")?, 0);
    // This statement is sent later than the stream's and with the same timeout, so when it has
    // timed out, the stream's timeout has passed too.
    let held = hold(&db);
    is_timeout(sql!("delete from item").timeout(Duration::from_secs(1)).execute(&db).await, &[]);
    held.release().await?;
    let mut rows = 1;
    while let Some(row) = stream.next().await {
        assert_eq!(row?, rows);
        rows += 1;
    }
    assert_eq!(rows, 20_001);
    db.close().await
}

#[tokio::test]
async fn a_read_past_its_timeout_leaves_the_transaction_open() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let tx = db.begin().await?;
    Item::insert(item(3)).execute(&tx).await?;
    is_timeout(query(ENDLESS).timeout(SOON).scalar::<i64>(&tx).await, &[]);
    Item::insert(item(4)).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [1, 2, 3, 4]);
    db.close().await
}

type Statement = Pin<Box<dyn Future<Output = Result<u64>> + Send>>;

/// Returns statements of several kinds that write, with this timeout. Each future returns the
/// number of rows.
fn writes(ex: &Executor, timeout: Duration) -> Vec<Statement> {
    let insert = Item::insert(item(3)).timeout(timeout).execute(ex);
    let many = Item::insert_all([item(4), item(5)]).timeout(timeout).execute(ex);
    let update = Item::update().set(Item::NUMBER, 9).filter(Item::ID.eq(1)).timeout(timeout).execute(ex);
    let delete = Item::delete().filter(Item::ID.eq(2)).timeout(timeout).execute(ex);
    let raw = sql!("insert into item (number) values (6)").timeout(timeout).execute(ex);
    let returning = sql!("insert into item (number) values (7) returning id").timeout(timeout).all::<i64>(ex);
    let stream = sql!("insert into item (number) values (8) returning id").timeout(timeout).stream::<i64>(ex);
    let executes = [insert, update, delete, raw];
    let mut all: Vec<Statement> = executes
        .into_iter()
        .map(|execute| Box::pin(async move { Ok(execute.await?.rows_affected) }) as Statement)
        .collect();
    all.push(Box::pin(async move { Ok(many.await?.rows_affected) }));
    all.push(Box::pin(async move { Ok(returning.await?.len() as u64) }));
    all.push(Box::pin(async move {
        let mut stream = stream;
        let mut rows = 0;
        while let Some(row) = stream.next().await {
            row?;
            rows += 1;
        }
        Ok(rows)
    }));
    all
}

#[tokio::test]
async fn a_queued_write_past_its_timeout_never_runs() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    // The statement waits in the writer's queue or, on an explicit connection, for the write lock.
    for ex in [&*db, &*conn] {
        let held = hold(&db);
        for write in writes(ex, SOON) {
            is_timeout(write.await, &["30.0ms"]);
        }
        held.release().await?;
        db.run(|_| ()).await?;
        assert_eq!(numbers(ex).await?, [1, 2], "{ex:?}");
        answers(ex).await?;
    }
    db.close().await
}

#[tokio::test]
async fn a_queued_read_past_its_timeout_never_runs() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let held = hold_reader(&db);
    places.here.close();
    is_timeout(Item::select().timeout(SOON).all(&db).await, &["30.0ms"]);
    is_timeout(Item::select().timeout(SOON).count(&db).await, &[]);
    is_timeout(sql!("select here()").timeout(SOON).scalar::<i64>(&db).await, &[]);
    held.release().await?;
    // If the last statement had run, the reader would wait in `here()` and would not answer.
    answers(&db).await?;
    places.here.open();
    db.close().await
}

#[tokio::test]
async fn a_statement_queued_behind_another_has_its_own_timeout() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let held = hold(&conn);
    let waits = sent(Item::select().count(&conn));
    is_timeout(Item::select().timeout(SOON).count(&conn).await, &[]);
    held.release().await?;
    assert_eq!(waits.await?, 2);
    db.close().await
}

#[tokio::test]
async fn a_database_has_a_default_timeout_for_statements() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").readers(1).timeout(A_WHILE)).await?;
    is_timeout(query(ENDLESS).scalar::<i64>(&db).await, &["400.0ms"]);
    let conn = db.connect().await?;
    let held = hold(&conn);
    let late = sent(Item::insert(item(2)).timeout(LONG).execute(&db));
    is_timeout(Item::insert(item(1)).execute(&db).await, &["400.0ms"]);
    is_timeout(Item::select().all(&conn).await, &["400.0ms"]);
    // The closure that blocks the connection cannot be stopped, so it ends with its result
    // although the timeout has passed.
    held.release().await?;
    late.await?;
    assert_eq!(numbers(&db).await?, [2]);
    db.close().await
}

#[tokio::test]
async fn a_write_past_its_timeout_has_written_nothing() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for text in [
            ENDLESS_WRITE.to_owned(),
            format!("{ENDLESS_WRITE} returning id"),
            // This statement has inserted rows when it is stopped.
            ENDLESS_WRITE.replace("7 from n where i < 0 or i = 5", "i + 100 from n"),
            format!("update item set number = ({ENDLESS}) where id = 2"),
            format!("delete from item where id = 1 or number = ({ENDLESS})"),
        ] {
            is_timeout(query(&*text).timeout(SOON).execute(ex).await, &["30.0ms"]);
            assert_eq!(numbers(ex).await?, [1, 2], "{text}");
            answers(ex).await?;
        }
    }
    db.close().await
}

#[tokio::test]
async fn a_write_past_its_timeout_ends_its_transaction() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    Item::insert(item(3)).execute(&tx).await?;
    let error = query(ENDLESS_WRITE.replace("7 from n where i < 0 or i = 5", "i + 100 from n"))
        .timeout(A_WHILE)
        .execute(&tx)
        .await
        .expect_err("its time is up");
    assert!(matches!(error.kind(), ErrorKind::Timeout), "{error:?}");
    for error in [
        Item::insert(item(4)).execute(&tx).await.expect_err("it is over"),
        Item::select().count(&tx).await.expect_err("it is over"),
        tx.commit().await.expect_err("it is over"),
    ] {
        assert_eq!(error.kind(), &ErrorKind::RolledBack, "{error}");
    }
    assert_eq!(numbers(&db).await?, [1, 2]);
    answers(&conn).await?;
    db.close().await
}

#[tokio::test]
async fn the_lock_of_another_process_is_waited_for_until_the_deadline() -> Result<()> {
    let places = Places::default();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    // Only the timeout ends the wait, because the busy timeout is long.
    let db = places.open(Database::builder(&path).busy_timeout(Duration::from_secs(600)).max_connections(2)).await?;
    let conn = db.connect().await?;
    let other = rusqlite::Connection::open(&path).expect("it opens");
    other.execute_batch("begin immediate; insert into item (number) values (10)").expect("it has the lock");
    for ex in [&*db, &*conn] {
        for write in writes(ex, SOON) {
            is_timeout(write.await, &["30.0ms"]);
        }
        assert!(numbers(ex).await?.is_empty());
    }
    // Several statements that wait for the lock together are all stopped.
    let held = hold(&db);
    let together: Vec<_> = (20..25).map(|number| sent(Item::insert(item(number)).timeout(SOON).execute(&db))).collect();
    held.release().await?;
    for write in together {
        is_timeout(write.await, &["30.0ms"]);
    }
    let waits = sent(Item::insert(item(11)).execute(&db));
    other.execute_batch("commit").expect("it commits");
    waits.await?;
    Item::insert(item(12)).execute(&conn).await?;
    assert_eq!(numbers(&db).await?, [10, 11, 12]);
    db.close().await
}

#[tokio::test]
async fn a_dropped_write_stops_waiting_for_the_lock_of_another_process() -> Result<()> {
    let places = Places::default();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = places.open(Database::builder(&path).busy_timeout(Duration::from_millis(200))).await?;
    let other = rusqlite::Connection::open(&path).expect("it opens");
    other.execute_batch("begin immediate").expect("it has the lock");
    send_and_drop(Item::insert(item(1)).execute(&db));
    let error = Item::insert(item(2)).execute(&db).await.expect_err("the lock is held");
    assert_eq!(error.kind(), &ErrorKind::Busy, "{error}");
    other.execute_batch("commit").expect("it commits");
    answers(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_write_that_times_out_during_its_commit_reports_its_result() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let mut expected = vec![1, 2];
    for ex in [&*db, &*conn] {
        for many in [false, true] {
            let number = expected.len() as i64 + 1;
            places.commit.close();
            let rows: Vec<_> = (number..=number + i64::from(many)).collect();
            let insert = match many {
                true => Item::insert_all(rows.iter().copied().map(item)),
                false => Item::insert_all([item(number)]),
            };
            let mut write = sent(insert.timeout(A_WHILE).execute(ex));
            places.commit.until(1);
            // This delete is sent later than the insert and with the same timeout, so when it has
            // timed out, the timeout of the insert has passed too.
            is_timeout(Item::delete().all_rows().timeout(A_WHILE).execute(ex).await, &[]);
            assert!(poll(write.as_mut()).is_none());
            places.commit.open();
            assert_eq!(write.await?.rows_affected, rows.len() as u64);
            expected.extend(rows);
            assert_eq!(numbers(ex).await?, expected);
            answers(ex).await?;
        }
    }
    db.close().await
}

#[tokio::test]
async fn group_members_that_time_out_during_the_commit_report_their_results() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let held = hold(&db);
    places.commit.close();
    let time = Duration::from_secs(1);
    let group: Vec<_> = (3..6).map(|number| sent(Item::insert(item(number)).timeout(time).execute(&db))).collect();
    held.release().await?;
    places.commit.until(1);
    is_timeout(Item::delete().all_rows().timeout(time).execute(&db).await, &[]);
    places.commit.open();
    for write in group {
        assert_eq!(write.await?.rows_affected, 1);
    }
    assert_eq!(numbers(&db).await?, [1, 2, 3, 4, 5]);
    db.close().await
}

#[tokio::test]
async fn waiting_for_a_reader_ends_after_the_acquire_timeout() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").readers(1).acquire_timeout(A_WHILE)).await?;
    places.here.close();
    let busy = sent(sql!("select here() as busy").scalar::<i64>(&db));
    places.here.until(1);
    is_timeout(
        Item::select().all(&db).await,
        &["waited 400.0ms for a connection to read with", "`aio-sql reader 1` has run `select here() as busy` for"],
    );
    places.here.open();
    assert_eq!(busy.await?, 0);
    answers(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_write_that_waits_for_its_own_tasks_transaction_times_out_and_names_its_location() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").acquire_timeout(A_WHILE)).await?;
    let conn = db.connect().await?;
    let place = concat!("in the transaction begun at ", file!(), ":");
    let words = &["waited 400.0ms for the write lock", "`aio-sql connection ", place, "write through it (`&tx`)"];
    let line = line!() + 1;
    let tx = db.begin().await?;
    let error = is_timeout(Item::insert(item(1)).execute(&db).await, words);
    assert!(error.to_string().contains(&format!("{place}{line}:")), "{error}");
    is_timeout(Item::insert(item(1)).execute(&conn).await, words);
    is_timeout(conn.begin().await, words);
    is_timeout(db.begin().await, words);
    is_timeout(db.transaction(|_| async { Ok(()) }).await, words);
    tx.commit().await?;
    let closure = db.transaction(|_| async { Ok(Item::insert(item(1)).execute(&db).await) }).await?;
    is_timeout(closure, words);
    assert!(numbers(&db).await?.is_empty());
    answers(&db).await?;
    answers(&conn).await?;
    db.close().await
}

#[tokio::test]
async fn a_write_that_waits_for_a_deferred_transaction_is_told_where_that_was_begun() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").acquire_timeout(A_WHILE)).await?;
    let line = line!() + 1;
    let tx = db.begin_with(TransactionMode::Deferred).await?;
    Item::insert(item(1)).execute(&tx).await?;
    let place = format!("in the transaction begun at {}:{line}:", file!());
    is_timeout(Item::insert(item(2)).execute(&db).await, &["for the write lock", &place]);
    tx.rollback().await?;

    // A later statement on the same connection is not taken for a part of the transaction.
    let conn = db.connect().await?;
    conn.begin_with(TransactionMode::Deferred).await?.rollback().await?;
    places.here.close();
    let busy = sent(sql!("insert into item (number) select here()").execute(&conn));
    places.here.until(1);
    let error = is_timeout(Item::insert(item(2)).execute(&db).await, &["for the write lock", "`aio-sql connection"]);
    assert!(!error.to_string().contains("transaction begun at"), "{error}");
    places.here.open();
    busy.await?;
    db.close().await
}

#[tokio::test]
async fn waiting_for_a_connection_ends_after_the_acquire_timeout() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").max_connections(1).acquire_timeout(A_WHILE)).await?;
    let conn = db.connect().await?;
    let words =
        &["waited 400.0ms for a connection: all 1 that `max_connections` allows are in use", "`aio-sql connection"];
    is_timeout(db.connect().await, words);
    is_timeout(db.begin().await, words);
    is_timeout(db.transaction(|_| async { Ok(()) }).await, words);
    answers(&conn).await?;
    conn.close().await?;
    db.connect().await?.close().await?;
    db.close().await
}

#[tokio::test]
async fn requests_that_time_out_keep_the_order_of_the_queue() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let held = hold(&db);
    let mut kept = Vec::new();
    let mut late = Vec::new();
    for number in 10..60 {
        match number % 5 {
            0 => late.push(sent(Item::insert(item(number)).timeout(SOON).execute(&db))),
            1 => send_and_drop(Item::insert(item(number)).execute(&db)),
            2 => send_and_drop(Item::insert_all([item(number), item(-number)]).execute(&db)),
            _ => kept.push((number, sent(Item::insert(item(number)).execute(&db)))),
        }
    }
    for write in late {
        is_timeout(write.await, &[]);
    }
    held.release().await?;
    let mut expected = vec![1, 2];
    for (number, write) in kept {
        assert_eq!(write.await?.rows_affected, 1);
        expected.push(number);
    }
    assert_eq!(numbers(&db).await?, expected);
    until("the queue is empty", || db.metrics().queued_writes == 0).await;
    db.close().await
}

#[tokio::test]
async fn requests_that_stop_waiting_for_the_write_lock_do_not_block_others() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").max_connections(8)).await?;
    let tx = db.begin().await?;
    let mut conns = Vec::new();
    for _ in 0..6 {
        conns.push(db.connect().await?);
    }
    let mut waiting: Vec<_> = (0..)
        .zip(&conns)
        .map(|(place, conn)| {
            let time = if place % 2 == 0 { SOON } else { LONG };
            (place, sent(Item::insert(item(place)).timeout(time).execute(conn)))
        })
        .collect();
    for (_, write) in waiting.extract_if(.., |(place, _)| *place % 2 == 0) {
        is_timeout(write.await, &[]);
    }
    tx.commit().await?;
    for (_, write) in waiting {
        assert_eq!(write.await?.rows_affected, 1);
    }
    // Each connection has its own thread, and the order in which the threads reach the write lock
    // is not known.
    let mut numbers = numbers(&db).await?;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 3, 5]);
    db.close().await
}

#[tokio::test]
async fn zero_and_maximum_timeouts_work() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let held = hold(&db);
        is_timeout(Item::insert(item(3)).timeout(Duration::ZERO).execute(ex).await, &[]);
        held.release().await?;
        assert_eq!(Item::select().timeout(Duration::MAX).count(ex).await?, 2);
        assert_eq!(Item::insert(item(3)).timeout(Duration::MAX).execute(ex).await?.rows_affected, 1);
        assert_eq!(Item::delete().filter(Item::NUMBER.eq(3)).execute(ex).await?.rows_affected, 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_deferred_transaction_waits_for_the_write_lock_until_the_timeout_of_its_first_write() -> Result<()> {
    let places = Places::default();
    let db = open(&places).await?;
    let holder = db.begin().await?;
    let tx = db.begin_with(TransactionMode::Deferred).await?;
    assert_eq!(numbers(&tx).await?, [1, 2]);
    is_timeout(Item::insert(item(3)).timeout(SOON).execute(&tx).await, &["30.0ms"]);
    // The transaction had not begun to write, and can still read.
    assert_eq!(numbers(&tx).await?, [1, 2]);
    holder.rollback().await?;
    Item::insert(item(4)).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [1, 2, 4]);
    db.close().await
}

#[tokio::test]
async fn a_transaction_ended_by_a_timeout_reports_it_and_may_be_retried() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:")).await?;
    let tx = db.begin().await?;
    let error =
        query(ENDLESS_WRITE).timeout(Duration::from_millis(300)).execute(&tx).await.expect_err("its time is up");
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    let error = tx.commit().await.expect_err("it is over");
    assert_eq!(error.kind(), &ErrorKind::RolledBack);
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).expect("a cause");
    assert_eq!(cause.kind(), &ErrorKind::Timeout, "{cause}");
    assert!(error.is_transient());
    db.close().await
}

#[tokio::test]
async fn a_dropped_write_is_still_stopped_by_its_timeout() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:")).await?;
    let write = sent(query(ENDLESS_WRITE).timeout(Duration::from_millis(300)).execute(&db));
    places.here.until(1);
    drop(write);
    Item::insert(item(1)).timeout(Duration::from_secs(5)).execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_timeout_does_not_change_what_a_statement_does() -> Result<()> {
    let mut wrong = Vec::new();
    for text in [
        "vacuum",
        "pragma user_version = 5",
        "pragma foreign_keys = off",
        "pragma wal_checkpoint(truncate)",
        "pragma optimize",
        "create table other (id integer)",
        "insert or fail into item (number) values (10), (1), (11)",
        "insert or rollback into item (number) values (10), (1), (11)",
        "insert into item (number) values (10), (11)",
        "reindex",
        "analyze",
        "with x as (select 10) insert into item (number) select * from x",
    ] {
        for own in [false, true] {
            if !own && text.contains("foreign_keys") {
                continue;
            }
            let mut left = Vec::new();
            for timeout in [None, Some(Duration::from_secs(30))] {
                let db = Places::default().open(Database::builder(":memory:")).await?;
                Item::insert(item(1)).execute(&db).await?;
                let conn = db.connect().await?;
                let ex = if own { &*conn } else { &*db };
                let statement = query(text);
                let statement = match timeout {
                    Some(timeout) => statement.timeout(timeout),
                    None => statement,
                };
                let answer = statement.execute(ex).await.map_err(|error| error.to_string());
                let on = sql!("pragma foreign_keys").scalar::<bool>(ex).await?;
                left.push(format!("{answer:?} {:?} {on}", numbers(&db).await?));
                db.close().await?;
            }
            if left[0] != left[1] {
                wrong.push(format!("{text}, on its own connection: {own}: {left:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Checks that queries and writes of rows time out, because the default timeout of the database is
/// zero.
async fn every_statement_is_late(ex: &Executor) {
    is_timeout(Item::select().all(ex).await, &[]);
    is_timeout(Item::insert(item(1)).execute(ex).await, &[]);
    is_timeout(Item::insert_all((0..5_000).map(item)).execute(ex).await, &[]);
    is_timeout(sql!("select 1").scalar::<i64>(ex).await, &[]);
    is_timeout(sql!("-- create\nwith x as (select 1) select * from x").scalar::<i64>(ex).await, &[]);
    is_timeout(sql!("select 1").stream::<i64>(ex).next().await.expect("an end"), &[]);
    is_timeout(Batch::new().execute(Item::insert(item(1))).run(ex).await, &[]);
    is_timeout(ex.run_read(|_| ()).await, &[]);
}

#[tokio::test]
async fn the_default_timeout_does_not_apply_to_schema_changes_and_maintenance() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::builder(&path).timeout(Duration::ZERO).open().await?;
    db.create(Item).await?;
    let step = ("more", "create table more (x); insert into more values (1), (2); create index more_x on more (x)");
    assert_eq!(
        db.migrate(&[Migration::from(step), Migration::new("none", "select 1").foreign_keys_off()])
            .await?
            .steps()
            .len(),
        2
    );
    let (conn, mut copies) = (db.connect().await?, 0);
    for ex in [&*db, &*conn] {
        every_statement_is_late(ex).await;
        ex.create_if_missing(Item).await?;
        ex.drop(Item).await?;
        ex.create_all(Item).await?;
        for text in [
            "create index item_number on item (number)",
            "/* so */ ALTER table more add column y",
            "reindex",
            "drop index item_number",
            "analyze",
            "vacuum",
            "pragma integrity_check",
            "pragma optimize",
        ] {
            query(text).execute(ex).await.map_err(|error| error_in(text, error))?;
        }
        sql!("create temp table t (x)").execute(ex).await.or_else(|error| match error.kind() {
            // Shared connections refuse temporary tables.
            ErrorKind::Usage => Ok(Default::default()),
            _ => Err(error),
        })?;
        ex.execute_script("insert into more (x) values (3); delete from more where x = 3").await?;
        Batch::new().execute(sql!("create table b (x)")).execute(sql!("drop table b")).run(ex).await?;
        let tx = ex.begin().await?;
        tx.execute_script("create table inside (x); insert into inside values (1)").await?;
        sql!("alter table more drop column y").execute(&tx).await?;
        tx.commit().await?;
        sql!("drop table inside").execute(ex).await?;
        every_statement_is_late(ex).await;
        copies += 1;
        db.backup(directory.path().join(format!("copy {copies}.db")), |_| ()).await?;
        db.integrity_check().await?;
        db.checkpoint().await?;
    }
    // A timeout that is set on a statement replaces the default timeout. It also applies to
    // changes of the schema and to maintenance.
    assert_eq!(Item::insert_all((0..5_000).map(item)).timeout(LONG).execute(&db).await?.rows_affected, 5_000);
    is_timeout(sql!("create index item_number on item (number)").timeout(Duration::ZERO).execute(&db).await, &[]);
    is_timeout(sql!("vacuum").timeout(Duration::ZERO).execute(&db).await, &[]);
    conn.close().await?;
    db.close().await
}

fn error_in(text: &str, error: Error) -> Error {
    Error::new(error.kind().clone(), format!("{text}: {error}"))
}

#[tokio::test]
async fn a_transaction_that_timed_out_is_not_retried() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").acquire_timeout(Duration::from_millis(200))).await?;
    let runs = AtomicUsize::new(0);
    // A statement of the transaction times out.
    let late = db.retry_transaction(|tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        async move { Item::insert(item(1)).timeout(Duration::ZERO).execute(&tx).await }
    });
    is_timeout(late.await, &[]);
    assert_eq!(runs.swap(0, Ordering::Relaxed), 1);
    // A timeout ends the transaction, and the next statement reports that it has ended.
    let ended = db.retry_transaction(|tx| {
        runs.fetch_add(1, Ordering::Relaxed);
        async move {
            let _ = query(ENDLESS_WRITE).timeout(SOON).execute(&tx).await;
            Item::select().count(&tx).await
        }
    });
    let error = ended.await.expect_err("its time is up");
    assert!(*error.kind() == ErrorKind::Timeout || *error.kind() == ErrorKind::RolledBack, "{error}");
    assert_eq!(runs.swap(0, Ordering::Relaxed), 1);
    // The transaction does not get the write lock in time.
    let held = hold(&db);
    is_timeout(db.retry_transaction(|_| async { Ok(()) }).await, &["the write lock"]);
    held.release().await?;
    // After other transient errors, such as `Busy`, the transaction is run again.
    let busy = db.retry_transaction(|_| {
        let run = runs.fetch_add(1, Ordering::Relaxed);
        async move { if run < 3 { Err(Error::new(ErrorKind::Busy, "once more")) } else { Ok(run) } }
    });
    assert_eq!(busy.await?, 3);
    db.close().await
}
