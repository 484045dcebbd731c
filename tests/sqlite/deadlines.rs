//! Timeouts of what only SQLite has: the write lock, the lock of another process, commits that
//! cannot be stopped, groups, and the maintenance of a file.

use std::time::Duration;

use aio_sql::{Batch, Database, Error, ErrorKind, Executor, Migration, Result, TransactionMode, query, rusqlite, sql};

use crate::hold::{Item, LONG, Places, hold, item, numbers, poll, send_and_drop, sent, writes};

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
async fn a_write_that_waits_for_the_write_lock_past_its_timeout_never_runs() -> Result<()> {
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
async fn a_transaction_that_does_not_get_the_write_lock_in_time_is_not_retried() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").acquire_timeout(Duration::from_millis(200))).await?;
    let held = hold(&db);
    is_timeout(db.retry_transaction(|_| async { Ok(()) }).await, &["the write lock"]);
    held.release().await?;
    db.close().await
}
