//! Timeouts: of statements, and of everything that waits for a connection or a lock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aio_sql::{Batch, Database, Error, ErrorKind, Executor, Result, query, sql};
use servers::on_every_database;

use hold::{ENDLESS, ENDLESS_WRITE, Item, LONG, Places, item, numbers, send_and_drop, sent, until, writes};

mod hold;

/// A timeout that soon passes.
const SOON: Duration = Duration::from_millis(30);

/// A timeout that passes during a test, but is long enough for a statement to begin on a busy
/// machine.
const A_WHILE: Duration = Duration::from_millis(400);

async fn open(places: &Places) -> Result<Database> {
    let db = places.open(places.builder()).await?;
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

#[on_every_database]
async fn a_read_past_its_timeout_is_stopped(places: Places) -> Result<()> {
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

#[on_every_database]
async fn the_timeout_of_a_stream_ends_with_its_first_row(places: Places) -> Result<()> {
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
    let held = places.hold(&db);
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

#[on_every_database(except postgres = RolledBack)]
async fn a_read_past_its_timeout_leaves_the_transaction_open(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let tx = db.begin().await?;
    Item::insert(item(3)).execute(&tx).await?;
    is_timeout(query(ENDLESS).timeout(SOON).scalar::<i64>(&tx).await, &[]);
    Item::insert(item(4)).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [1, 2, 3, 4]);
    db.close().await
}

#[on_every_database]
async fn a_queued_write_past_its_timeout_never_runs(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let held = places.hold(ex);
        for write in writes(ex, SOON) {
            is_timeout(write.await, &["30.0ms"]);
        }
        held.release().await?;
        answers(ex).await?;
        assert_eq!(numbers(ex).await?, [1, 2], "{ex:?}");
    }
    db.close().await
}

#[on_every_database]
async fn a_queued_read_past_its_timeout_never_runs(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let held = places.hold_reader(&db);
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

#[on_every_database]
async fn a_statement_queued_behind_another_has_its_own_timeout(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    let held = places.hold(&conn);
    let waits = sent(Item::select().count(&conn));
    is_timeout(Item::select().timeout(SOON).count(&conn).await, &[]);
    held.release().await?;
    assert_eq!(waits.await?, 2);
    db.close().await
}

#[on_every_database]
async fn a_database_has_a_default_timeout_for_statements(places: Places) -> Result<()> {
    let db = places.open(places.builder().timeout(A_WHILE)).await?;
    is_timeout(query(ENDLESS).scalar::<i64>(&db).await, &["400.0ms"]);
    let held = places.hold(&db);
    let late = sent(Item::insert(item(2)).timeout(LONG).execute(&db));
    is_timeout(Item::insert(item(1)).execute(&db).await, &["400.0ms"]);
    held.release().await?;
    late.await?;
    let conn = db.connect().await?;
    let held = places.hold(&conn);
    is_timeout(Item::select().all(&conn).await, &["400.0ms"]);
    held.release().await?;
    assert_eq!(numbers(&db).await?, [2]);
    db.close().await
}

#[on_every_database]
async fn a_write_past_its_timeout_has_written_nothing(places: Places) -> Result<()> {
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

#[on_every_database]
async fn a_write_past_its_timeout_ends_its_transaction(places: Places) -> Result<()> {
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

#[on_every_database]
async fn waiting_for_a_thread_that_reads_ends_after_the_acquire_timeout(places: Places) -> Result<()> {
    let db = places.open(places.builder().acquire_timeout(A_WHILE)).await?;
    places.here.close();
    let busy = sent(sql!("select here() as busy").scalar::<i64>(&db));
    places.here.until(1);
    is_timeout(
        Item::select().all(&db).await,
        &["waited 400.0ms for a connection", "has run `select here() as busy` for"],
    );
    places.here.open();
    assert_eq!(busy.await?, 0);
    answers(&db).await?;
    db.close().await
}

#[on_every_database]
async fn waiting_for_a_connection_ends_after_the_acquire_timeout(places: Places) -> Result<()> {
    let db = places.open(places.builder().max_connections(1).acquire_timeout(A_WHILE)).await?;
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

#[on_every_database]
async fn requests_that_time_out_keep_the_order_of_the_queue(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let held = places.hold(&db);
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
    let metrics = || db.metrics();
    until("the queue is empty", || metrics().queued_writes + metrics().queued_reads == 0).await;
    db.close().await
}

#[on_every_database]
async fn zero_and_maximum_timeouts_work(places: Places) -> Result<()> {
    let db = open(&places).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let held = places.hold(ex);
        is_timeout(Item::insert(item(3)).timeout(Duration::ZERO).execute(ex).await, &[]);
        held.release().await?;
        assert_eq!(Item::select().timeout(Duration::MAX).count(ex).await?, 2);
        assert_eq!(Item::insert(item(3)).timeout(Duration::MAX).execute(ex).await?.rows_affected, 1);
        assert_eq!(Item::delete().filter(Item::NUMBER.eq(3)).execute(ex).await?.rows_affected, 1);
    }
    db.close().await
}

#[on_every_database]
async fn a_transaction_ended_by_a_timeout_reports_it_and_may_be_retried(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
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

#[on_every_database]
async fn a_dropped_write_is_still_stopped_by_its_timeout(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let write = sent(query(ENDLESS_WRITE).timeout(Duration::from_millis(300)).execute(&db));
    places.here.until(1);
    drop(write);
    Item::insert(item(1)).timeout(Duration::from_secs(5)).execute(&db).await?;
    db.close().await
}

#[on_every_database]
async fn a_transaction_that_timed_out_is_not_retried(places: Places) -> Result<()> {
    let db = places.open(places.builder().acquire_timeout(Duration::from_millis(200))).await?;
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
    // After other transient errors, such as `Busy`, the transaction is run again.
    let busy = db.retry_transaction(|_| {
        let run = runs.fetch_add(1, Ordering::Relaxed);
        async move { if run < 3 { Err(Error::new(ErrorKind::Busy, "once more")) } else { Ok(run) } }
    });
    assert_eq!(busy.await?, 3);
    db.close().await
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
}

#[on_every_database]
async fn the_default_timeout_does_not_apply_to_changes_of_the_schema(places: Places) -> Result<()> {
    let db = places.open(places.builder().timeout(Duration::ZERO)).await?;
    db.execute_script("create table more (x integer)").await?;
    assert_eq!(db.migrate(&[("step", "create table step (x integer)")]).await?.steps().len(), 1);
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        every_statement_is_late(ex).await;
        ex.create_if_missing(Item).await?;
        ex.drop(Item).await?;
        ex.create_all(Item).await?;
        for text in [
            "create index item_number on item (number)",
            "/* so */ ALTER table more add column y integer",
            "drop index item_number",
            "analyze",
            "vacuum",
        ] {
            let done = query(text).execute(ex).await;
            done.map_err(|error| Error::new(error.kind().clone(), format!("{text}: {error}")))?;
        }
        ex.execute_script("insert into more (x) values (3); delete from more where x = 3").await?;
        Batch::new().execute(sql!("create table b (x integer)")).execute(sql!("drop table b")).run(ex).await?;
        let tx = ex.begin().await?;
        tx.execute_script("create table inside (x integer); insert into inside values (1)").await?;
        sql!("alter table more drop column y").execute(&tx).await?;
        tx.commit().await?;
        sql!("drop table inside").execute(ex).await?;
        every_statement_is_late(ex).await;
    }
    // A timeout that is set on a statement replaces the default timeout. It also applies to
    // changes of the schema and to maintenance.
    assert_eq!(Item::insert_all((0..5_000).map(item)).timeout(LONG).execute(&db).await?.rows_affected, 5_000);
    is_timeout(sql!("create index item_number on item (number)").timeout(Duration::ZERO).execute(&db).await, &[]);
    is_timeout(sql!("vacuum").timeout(Duration::ZERO).execute(&db).await, &[]);
    db.close().await
}
