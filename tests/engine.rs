//! Connection threads: the order of requests, dropped futures, streams, panics, which connections
//! are pooled, and closing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, Error, ErrorKind, Result, Table, query, sql};

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
async fn statements_of_a_connection_run_in_the_order_in_which_they_were_sent() -> Result<()> {
    let db = items(0).await?;
    let conn = db.connect().await?;
    let (release, held) = hold(&conn).await;
    let mut sent = Vec::new();
    for number in 0..100 {
        let mut insert = Box::pin(Item::insert(NewItem { text: number.to_string() }).execute(&conn));
        is_sent(insert.as_mut()).await;
        sent.push(insert);
    }
    drop(release);
    held.await.expect("no panic")?;
    for insert in sent.into_iter().rev() {
        insert.await?;
    }
    let texts = Item::select().order_by(Item::ID).columns(Item::TEXT).all(&conn).await?;
    assert_eq!(texts, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
    db.close().await
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
async fn dropping_a_stream_stops_it_and_leaves_the_connection_usable() -> Result<()> {
    let db = items(20_000).await?;
    let conn = db.connect().await?;
    for _ in 0..5 {
        let mut stream = Item::select().stream(&conn);
        for _ in 0..10 {
            stream.next().await.expect("a row")?;
        }
        drop(stream);
        assert_eq!(sql!("select 1").scalar::<i64>(&conn).await?, 1);
    }
    db.close().await
}

#[tokio::test]
async fn a_loop_over_a_stream_may_use_the_same_transaction() -> Result<()> {
    let db = items(20_000).await?;
    let tx = db.begin().await?;
    let mut stream = Item::select().order_by(Item::ID).stream(&tx);
    let mut seen = 0;
    while let Some(item) = stream.next().await {
        let item = item?;
        seen += 1;
        if item.id % 1000 == 0 {
            Item::update().set(Item::TEXT, "seen").filter(Item::ID.eq(item.id)).execute(&tx).await?;
        }
    }
    assert_eq!(seen, 20_000);
    drop(stream);
    tx.commit().await?;
    assert_eq!(Item::select().filter(Item::TEXT.eq("seen")).count(&db).await?, 20);
    db.close().await
}

#[tokio::test]
async fn streams_on_every_reader_do_not_keep_others_from_reading() -> Result<()> {
    let db = items(20_000).await?;
    let mut streams = Vec::new();
    for _ in 0..8 {
        let mut stream = Item::select().stream(&db);
        stream.next().await.expect("a row")?;
        streams.push(stream);
    }
    assert_eq!(Item::select().count(&db).await?, 20_000);
    for mut stream in streams {
        let mut rows = 1;
        while let Some(row) = stream.next().await {
            row?;
            rows += 1;
        }
        assert_eq!(rows, 20_000);
    }
    db.close().await
}

#[tokio::test]
async fn a_reader_that_is_not_read_does_not_stop_the_writer() -> Result<()> {
    let db = items(20_000).await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    Item::insert(NewItem { text: "meanwhile".into() }).execute(&db).await?;
    drop(stream);
    assert_eq!(Item::select().count(&db).await?, 20_001);
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
async fn a_long_queue_loses_no_request() -> Result<()> {
    let db = items(0).await?;
    let (release, held) = hold(&db).await;
    let tasks: Vec<_> =
        (0..3000).map(|number| tokio::spawn(Item::insert(NewItem { text: number.to_string() }).execute(&db))).collect();
    tokio::task::yield_now().await;
    drop(release);
    held.await.expect("no panic")?;
    for task in tasks {
        task.await.expect("no panic")?;
    }
    assert_eq!(Item::select().count(&db).await?, 3000);
    db.close().await
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
async fn an_acknowledged_write_is_seen_by_every_later_read() -> Result<()> {
    let db = items(0).await?;
    for number in 1..=200 {
        Item::insert(NewItem { text: number.to_string() }).execute(&db).await?;
        assert_eq!(Item::select().count(&db).await?, number);
    }
    db.close().await
}

#[tokio::test]
async fn raw_writes_are_detected_whatever_their_first_word() -> Result<()> {
    let db = items(0).await?;
    sql!("with new(text) as (values ('a'), ('b')) insert into item (text) select text from new").execute(&db).await?;
    let texts: Vec<String> = sql!("with x as (select 1) select text from item order by id").all(&db).await?;
    assert_eq!(texts, ["a", "b"]);
    let ids: Vec<i64> = sql!("/* go */ insert into item (text) values ('c') returning id").all(&db).await?;
    assert_eq!(ids, [3]);
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
async fn closing_a_connection_frees_it_even_if_a_clone_exists() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    let conn = db.connect().await?;
    let clone = conn.clone();
    conn.close().await?;
    db.connect().await?.close().await?;
    drop(clone);
    db.close().await
}

#[tokio::test]
async fn close_waits_for_streams_and_ends_unread_ones() -> Result<()> {
    let db = Database::builder(":memory:").close_timeout(Duration::from_millis(100)).open().await?;
    db.create(Item).await?;
    Item::insert_all((0..20_000).map(|row| NewItem { text: format!("item {row}") })).execute(&db).await?;
    let conn = db.connect().await?;
    let mut streams = [Item::select().stream(&db), Item::select().stream(&conn)];
    for stream in &mut streams {
        stream.next().await.expect("a row")?;
    }
    db.close().await?;
    for mut stream in streams {
        let mut last = None;
        while let Some(row) = stream.next().await {
            last = Some(row);
        }
        let end = last.expect("rows that were on their way");
        let error = end.expect_err("it was ended");
        assert_eq!(error.kind(), &ErrorKind::Closed, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn close_waits_for_a_stream_that_is_read_and_for_an_open_transaction() -> Result<()> {
    let db = items(20_000).await?;
    let tx = db.begin().await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    let mut closing = pin!(db.clone().close());
    is_sent(closing.as_mut()).await;
    assert_eq!(Item::select().count(&db).await.expect_err("new work").kind(), &ErrorKind::Closed);
    let mut rows = 1;
    while let Some(row) = stream.next().await {
        row?;
        rows += 1;
    }
    assert_eq!(rows, 20_000);
    is_sent(closing.as_mut()).await;
    Item::insert(NewItem { text: "late, and not too late".into() }).execute(&tx).await?;
    tx.commit().await?;
    closing.await
}

#[tokio::test]
async fn a_begin_dropped_while_it_waits_does_not_block_the_connection() -> Result<()> {
    let db = items(1).await?;
    let holder = db.begin().await?;
    Item::insert(NewItem { text: "x".into() }).execute(&holder).await?;
    let conn = db.connect().await?;
    poll_once(conn.begin()).await;
    // If the connection's thread still waited for the write lock, it would not answer this query.
    assert_eq!(Item::select().count(&conn).await?, 1);
    holder.commit().await?;
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

#[tokio::test]
async fn a_second_close_is_done_at_once_on_whichever_clone() -> Result<()> {
    for at_once in [false, true] {
        let db = Database::memory().await?;
        sql!("create table t (x)").execute(&db).await?;
        let clone = db.clone();
        if at_once {
            let writes: Vec<_> =
                (0..20).map(|x| tokio::spawn(query("insert into t values (?)").bind(x).execute(&db))).collect();
            tokio::task::yield_now().await;
            let closing: Vec<_> = [&db, &clone, &db].into_iter().map(|db| tokio::spawn(db.close())).collect();
            for closing in closing {
                closing.await.expect("no panic")?;
            }
            for write in writes {
                let written = write.await.expect("no panic");
                assert!(written.is_ok() || *written.unwrap_err().kind() == ErrorKind::Closed);
            }
        } else {
            db.close().await?;
            db.close().await?;
            clone.close().await?;
        }
        assert!(db.is_closed() && clone.is_closed());
        for closed in [&db, &clone] {
            let error = sql!("select 1").scalar::<i64>(closed).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Closed, "{error}");
            assert_eq!(*closed.connect().await.unwrap_err().kind(), ErrorKind::Closed);
            assert_eq!(*closed.begin().await.unwrap_err().kind(), ErrorKind::Closed);
        }
        // Another close of a closed database does nothing.
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_second_close_of_a_connection_does_nothing() -> Result<()> {
    let db = Database::memory().await?;
    let conn = db.connect().await?;
    let clone = conn.clone();
    conn.close().await?;
    conn.close().await?;
    clone.close().await?;
    assert!(conn.is_closed() && clone.is_closed());
    assert_eq!(*sql!("select 1").scalar::<i64>(&conn).await.unwrap_err().kind(), ErrorKind::Closed);
    let other = db.connect().await?;
    db.close().await?;
    other.close().await?;
    conn.close().await
}

#[tokio::test]
async fn a_second_end_of_a_transaction_says_that_it_has_ended() -> Result<()> {
    let db = Database::memory().await?;
    sql!("create table t (x)").execute(&db).await?;
    let told = |error: Error| {
        assert_eq!(*error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.to_string().contains("committed or rolled back before"), "{error}");
    };
    let tx = db.begin().await?;
    let (second, third) = (tx.clone(), tx.clone());
    sql!("insert into t values (1)").execute(&tx).await?;
    tx.commit().await?;
    told(second.clone().commit().await.unwrap_err());
    told(second.rollback().await.unwrap_err());
    told(sql!("insert into t values (2)").execute(&third).await.unwrap_err());
    told(third.begin().await.unwrap_err());
    let tx = db.begin().await?;
    let clone = tx.clone();
    tx.rollback().await?;
    told(clone.commit().await.unwrap_err());
    assert_eq!(sql!("select count(*) from t").scalar::<i64>(&db).await?, 1);
    db.close().await
}
