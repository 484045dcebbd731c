//! Connection threads of SQLite: closures that get their connections, functions of the program,
//! the files of a database, and settings.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, ErrorKind, Result, Table, query, sql};

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn items(rows: usize) -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    Item::insert_all((0..rows).map(|row| NewItem { text: format!("item {row}") })).execute(&db).await?;
    Ok(db)
}

/// Polls a future once, and drops it.
async fn poll_once(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// Polls a future once, and checks that it is pending. The first poll sends the request.
async fn is_sent(mut future: Pin<&mut impl Future>) {
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Blocks the thread of an executor, for a database the writer's, until the sender is used or
/// dropped.
async fn hold(ex: &aio_sql::Executor) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<()>>) {
    let (sender, receiver) = mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let ex = ex.clone();
    let running = tokio::spawn(async move {
        ex.run(move |_| {
            let _ = began.send(());
            let _ = receiver.recv();
        })
        .await
    });
    begun.await.expect("it has begun");
    (sender, running)
}

#[tokio::test]
async fn a_statement_whose_future_is_dropped_before_its_turn_never_runs() -> Result<()> {
    let db = items(0).await?;
    for ex in [(*db).clone(), (*db.connect().await?).clone()] {
        let (release, held) = hold(&ex).await;
        poll_once(Item::insert(NewItem { text: "dropped".into() }).execute(&ex)).await;
        let ran = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ran);
        poll_once(ex.run(move |_| flag.store(true, Ordering::Relaxed))).await;
        poll_once(ex.execute_script("insert into item (text) values ('dropped')")).await;
        drop(release);
        held.await.expect("no panic")?;
        assert_eq!(Item::select().count(&db).await?, 0);
        ex.run(|_| ()).await?;
        assert!(!ran.load(Ordering::Relaxed));
        // The requests that were dropped do not affect the next one.
        Item::insert(NewItem { text: "kept".into() }).execute(&ex).await?;
        assert_eq!(Item::delete().all_rows().execute(&ex).await?.rows_affected, 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_write_that_has_begun_is_finished_even_if_its_future_is_dropped() -> Result<()> {
    let db = items(0).await?;
    let (began, begun) = tokio::sync::oneshot::channel();
    let (release, receiver) = mpsc::channel::<()>();
    {
        let running = db.run(move |raw| {
            let _ = began.send(());
            let _ = receiver.recv();
            raw.execute("insert into item (text) values ('kept')", []).map(drop)
        });
        let mut running = pin!(running);
        is_sent(running.as_mut()).await;
        begun.await.expect("it has begun");
    }
    drop(release);
    // The writer runs its requests in order, so it has finished the write when it runs this one.
    db.run(|_| ()).await?;
    assert_eq!(Item::select().count(&db).await?, 1);
    db.close().await
}

#[tokio::test]
async fn a_panic_in_run_is_an_error_of_its_caller_only() -> Result<()> {
    let db = items(1).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = ex.run(|_| panic!("the user's {}", "code")).await.expect_err("it panicked");
        assert_eq!(error.kind(), &ErrorKind::Panic);
        assert!(error.to_string().contains("the user's code"), "{error}");
        let error = ex
            .run(|raw| {
                raw.execute_batch("begin; delete from item").expect("it deletes");
                panic!("in a transaction");
            })
            .await
            .expect_err("it panicked");
        assert_eq!(error.kind(), &ErrorKind::Panic);
        assert_eq!(Item::select().count(ex).await?, 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_panic_in_a_transaction_leaves_it_open_and_usable() -> Result<()> {
    let db = items(1).await?;
    let tx = db.begin().await?;
    Item::insert(NewItem { text: "before".into() }).execute(&tx).await?;
    assert_eq!(tx.run(|_| panic!("oh")).await.expect_err("a panic").kind(), &ErrorKind::Panic);
    Item::insert(NewItem { text: "after".into() }).execute(&tx).await?;
    tx.commit().await?;
    assert_eq!(Item::select().count(&db).await?, 3);
    db.close().await
}

/// A panic payload whose drop panics again, with another such payload.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            match self.0 {
                0 => panic!("the payload's drop"),
                more => std::panic::panic_any(Bomb(more - 1)),
            }
        }
    }
}

#[tokio::test]
async fn a_panic_whose_payload_panics_too_is_an_error_and_the_thread_survives() -> Result<()> {
    let db = items(1).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = ex.run(|_| std::panic::panic_any(Bomb(1))).await.expect_err("it panics");
        assert_eq!(error.kind(), &ErrorKind::Panic, "{error:?}");
        Item::insert(NewItem { text: "after".into() }).execute(ex).await?;
    }
    assert_eq!(Item::select().count(&db).await?, 3);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn user_functions_are_on_every_connection_and_their_panics_are_errors() -> Result<()> {
    let db = Database::builder(":memory:")
        .on_connect(|raw| {
            let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
            raw.create_scalar_function("twice", 1, flags, |context| Ok(context.get::<i64>(0)? * 2))?;
            raw.create_scalar_function("fails", 0, flags, |_| -> Result<i64, _> { panic!("in a function") })
        })
        .open()
        .await?;
    db.create(Item).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        assert_eq!(sql!("select twice(21)").scalar::<i64>(ex).await?, 42);
        sql!("select fails()").scalar::<i64>(ex).await.expect_err("it panics");
        sql!("insert into item (text) values (fails())").execute(ex).await.expect_err("it panics");
        sql!("insert into item (text) values (twice(1))").execute(ex).await?;
    }
    assert_eq!(Item::select().count(&db).await?, 2);
    db.close().await
}

#[tokio::test]
async fn close_runs_what_is_queued_and_then_refuses() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("items.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    let (release, held) = hold(&db).await;
    let mut sent = Vec::new();
    for number in 0..10 {
        let mut insert = Box::pin(Item::insert(NewItem { text: number.to_string() }).execute(&db));
        is_sent(insert.as_mut()).await;
        sent.push(insert);
    }
    let mut closing = Box::pin(db.clone().close());
    is_sent(closing.as_mut()).await;
    let refused = Item::insert(NewItem { text: "late".into() }).execute(&db).await;
    assert_eq!(refused.expect_err("closed").kind(), &ErrorKind::Closed);
    drop(release);
    held.await.expect("no panic")?;
    for insert in sent {
        insert.await?;
    }
    closing.await?;
    assert!(!directory.path().join("items.db-wal").exists(), "the log has been written back");
    let db = Database::open(&path).await?;
    assert_eq!(Item::select().count(&db).await?, 10);
    db.close().await
}

#[tokio::test]
async fn close_rolls_back_what_is_left_open() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("items.db");
    let db = Database::builder(&path).close_timeout(Duration::from_millis(50)).open().await?;
    db.create(Item).await?;
    let tx = db.begin().await?;
    Item::insert(NewItem { text: "open".into() }).execute(&tx).await?;
    db.clone().close().await?;
    assert_eq!(tx.commit().await.expect_err("closed").kind(), &ErrorKind::Closed);
    drop(db);
    let db = Database::open(&path).await?;
    assert_eq!(Item::select().count(&db).await?, 0);
    db.close().await
}

#[tokio::test]
async fn a_dropped_database_closes_without_anyone_waiting() -> Result<()> {
    let db = items(3).await?;
    let folder = db.path().parent().expect("a folder").to_owned();
    assert!(folder.exists());
    let (release, held) = hold(&db).await;
    drop(db);
    // The task that `hold` has started has its own handle of the database.
    assert!(folder.exists());
    drop(release);
    held.await.expect("no panic")?;
    let gone = std::time::Instant::now();
    while folder.exists() && gone.elapsed().as_secs() < 10 {
        std::thread::yield_now();
    }
    assert!(!folder.exists());
    Ok(())
}

#[tokio::test]
async fn files_left_by_a_dead_process_are_removed() -> Result<()> {
    let db = items(1).await?;
    let folder = db.path().parent().expect("a folder").to_owned();
    let left = folder.with_file_name(format!("aio-sql-left-{}", std::process::id()));
    std::fs::create_dir(&left).expect("a folder");
    std::fs::write(left.join("memory.db"), "data").expect("a file");
    std::fs::write(left.with_extension("lock"), "").expect("a file");
    let other = Database::memory().await?;
    assert!(!left.exists() && !left.with_extension("lock").exists());
    assert!(folder.exists() && folder.with_extension("lock").exists(), "a database that is open stays");
    other.close().await?;
    db.close().await?;
    assert!(!folder.exists() && !folder.with_extension("lock").exists());
    Ok(())
}

#[tokio::test]
async fn an_explicit_connection_that_run_has_used_is_not_pooled() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    let conn = db.connect().await?;
    conn.run(|raw| raw.execute_batch("create temp table mine (id integer); pragma cache_size = 77"))
        .await?
        .expect("it runs");
    conn.close().await?;
    let conn = db.connect().await?;
    let tables = query("select count(*) from sqlite_temp_schema").scalar::<i64>(&conn).await?;
    assert_eq!(tables, 0);
    assert_ne!(query("pragma cache_size").scalar::<i64>(&conn).await?, 77);
    db.close().await
}

#[tokio::test]
async fn a_connection_that_plain_sql_has_changed_is_not_pooled() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    let conn = db.connect().await?;
    sql!("pragma foreign_keys = off").execute(&conn).await?;
    sql!("create temp table item (id integer)").execute(&conn).await?;
    conn.close().await?;
    let conn = db.connect().await?;
    assert!(sql!("pragma foreign_keys").scalar::<bool>(&conn).await?);
    assert_eq!(query("select count(*) from sqlite_temp_schema").scalar::<i64>(&conn).await?, 0);
    db.close().await
}

#[tokio::test]
async fn extreme_settings_do_not_panic() -> Result<()> {
    let db = Database::builder(":memory:")
        .busy_timeout(Duration::MAX)
        .acquire_timeout(Duration::ZERO)
        .max_connections(1 << 20)
        .open()
        .await?;
    assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
    db.close().await
}
