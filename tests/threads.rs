//! The threads of a database: their number, their end, and panics on them.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;
use std::{env, fs, thread};

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, ErrorKind, Executor, Result, query, sql};

use hold::{ENDLESS, Item, LONG, Places, hold, item, sent, until};

mod hold;

/// The lock that each test holds while it runs, because it counts the threads of the process.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    let alone = ALONE.lock().await;
    // A thread is visible for a moment after it has reported its end.
    until("the threads of the test before end", || threads().is_empty()).await;
    alone
}

/// Returns the names of the threads of databases, of which the system keeps the first fifteen
/// bytes. Threads that serve the whole process are left out.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("a directory");
    // A thread that ends during the listing has no name any more.
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let of_process = |name: &String| name.starts_with("aio-sql opener") || name.starts_with("aio-sql timer");
    names.map(|name| name.trim().to_owned()).filter(|name| name.starts_with("aio-sql") && !of_process(name)).collect()
}

async fn in_use() -> Result<Database> {
    let db = Places::default().open(Database::builder(":memory:").readers(3).max_connections(8)).await?;
    let conns = [db.connect().await?, db.connect().await?];
    for ex in [&*db, &*conns[0], &*conns[1]] {
        Item::insert(item(threads().len() as i64)).execute(ex).await.ok();
        Item::select().count(ex).await?;
    }
    db.transaction(|tx| async move { Item::select().count(&tx).await }).await?;
    assert!(threads().len() >= 6, "{:?}", threads());
    Ok(db)
}

#[tokio::test]
async fn no_thread_outlives_a_database_that_was_closed() -> Result<()> {
    let _alone = alone().await;
    let (one, other) = (in_use().await?, in_use().await?);
    let left_open = one.connect().await?;
    let tx = one.begin().await?;
    tx.commit().await?;
    one.close().await?;
    other.close().await?;
    // A thread is visible for a moment after it has reported its end.
    until("the threads end", || threads().is_empty()).await;
    assert!(left_open.is_closed());
    Ok(())
}

#[tokio::test]
async fn the_threads_of_a_database_that_was_dropped_end_by_themselves() -> Result<()> {
    let _alone = alone().await;
    let db = in_use().await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    Item::insert(item(1_000)).execute(&tx).await?;
    let mut stream = query(ENDLESS.replace("sum(i)", "i")).stream::<i64>(&db);
    stream.next().await.expect("a row")?;
    drop(db);
    drop((tx, conn, stream));
    until("the threads end", || threads().is_empty()).await;
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_dropped_before_it_is_open_leaves_no_thread() -> Result<()> {
    let _alone = alone().await;
    for _ in 0..20 {
        hold::send_and_drop(Database::memory());
    }
    until("the threads end", || threads().is_empty()).await;
    Database::builder("/nowhere/app.db").open().await.expect_err("no such directory");
    until("the threads end", || threads().is_empty()).await;
    Ok(())
}

#[tokio::test]
async fn a_thread_that_has_served_a_connection_serves_the_next() -> Result<()> {
    let _alone = alone().await;
    let builder = Database::builder(":memory:").max_connections(1).on_connect(|raw| {
        raw.create_scalar_function("thread", 0, FunctionFlags::SQLITE_UTF8, |_| {
            Ok(format!("{:?}", thread::current().id()))
        })
    });
    let db = builder.open().await?;
    let mut seen = BTreeSet::new();
    for round in 0..60 {
        let name: String = match round % 2 {
            0 => {
                let conn = db.connect().await?;
                let name = sql!("select thread()").scalar(&conn).await?;
                conn.close().await?;
                name
            }
            _ => db.transaction(|tx| async move { sql!("select thread()").scalar(&tx).await }).await?,
        };
        seen.insert(name);
    }
    // A connection that is opened before the thread of the last one is ready for reuse gets a new
    // thread.
    assert!(seen.len() < 30, "{} threads for 60 connections", seen.len());
    assert!(threads().len() < 32);
    db.close().await?;
    until("the threads end", || threads().is_empty()).await;
    Ok(())
}

#[tokio::test]
async fn helper_threads_end_when_they_have_no_work() -> Result<()> {
    let _alone = alone().await;
    let db = Places::default().open(Database::builder(":memory:").readers(1)).await?;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = query(ENDLESS.replace("sum(i)", "i")).stream::<i64>(&db);
        stream.next().await.expect("a row")?;
        streams.push(stream);
    }
    assert_eq!(Item::select().count(&db).await?, 0);
    assert!(threads().len() > 5, "{:?}", threads());
    drop(streams);
    until("the helpers end", || threads().len() == 2).await;
    db.close().await
}

/// The code of a child process; does nothing if the test below has not started the process. It
/// exits while some requests are queued, and others are running.
#[tokio::test]
async fn a_child_exits_with_queued_requests() -> Result<()> {
    let Some(path) = env::var_os("AIO_SQL_LEAVE") else { return Ok(()) };
    let places = Places::default();
    let db = places.open(Database::builder(path).readers(1)).await?;
    let conn = db.connect().await?;
    Item::insert(item(1)).execute(&db).await?;
    let (sender, receiver) = mpsc::channel::<()>();
    let held = hold(&db);
    for number in 10..20 {
        tokio::spawn(Item::insert(item(number)).execute(&db));
        tokio::spawn(Item::insert(item(100 + number)).execute(&conn));
    }
    places.here.close();
    tokio::spawn(sql!("select here()").scalar::<i64>(&db));
    places.here.until(0);
    tokio::task::yield_now().await;
    let never = sent(async move { conn.run_read(move |_| receiver.recv().is_ok()).await });
    // The closures that block threads are never released.
    std::mem::forget((sender, held, never));
    if env::var_os("AIO_SQL_EXIT").is_some() {
        std::process::exit(0);
    }
    Ok(())
}

#[test]
fn a_process_that_exits_with_queued_requests_leaves_an_intact_file() {
    for exits in [false, true] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("app.db");
        let mut command = Command::new(env::current_exe().expect("a test binary"));
        command.args(["a_child_exits_with_queued_requests", "--exact"]).env("AIO_SQL_LEAVE", &path);
        if exits {
            command.env("AIO_SQL_EXIT", "1");
        }
        let mut child = command.stdout(Stdio::null()).spawn().expect("a process");
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a process") {
                break status;
            }
            if began.elapsed() > LONG {
                child.kill().expect("it is there");
                panic!("it does not end");
            }
            thread::yield_now();
        };
        assert!(status.success(), "{status}");
        let raw = aio_sql::rusqlite::Connection::open(&path).expect("it opens");
        let check = |text: &str| raw.query_row(text, [], |row| row.get::<_, String>(0)).expect("a row");
        assert_eq!(check("pragma integrity_check"), "ok");
        assert_eq!(check("select group_concat(number) from item where number < 10"), "1");
    }
}

#[tokio::test]
async fn a_panic_of_user_code_is_an_error_and_ends_no_thread() -> Result<()> {
    let _alone = alone().await;
    let db = Places::default().open(Database::builder(":memory:").readers(1).max_connections(2)).await?;
    let conn = db.connect().await?;
    Item::select().count(&db).await?;
    let before = threads();
    for ex in [&*db, &*conn] {
        let panicked = |error: aio_sql::Error| {
            assert_eq!(error.kind(), &ErrorKind::Panic, "{error}");
            assert!(error.to_string().contains("on purpose"), "{error}");
        };
        panicked(ex.run(|_| -> i64 { panic!("on purpose") }).await.expect_err("it panics"));
        panicked(ex.run_read(|_| -> i64 { panic!("on {}", "purpose") }).await.expect_err("it panics"));
        sql!("select panics()").scalar::<i64>(ex).await.expect_err("it panics");
        sql!("insert into item (number) values (panics())").execute(ex).await.expect_err("it panics");
        Item::insert(item(1)).one(ex).await?.remove(ex).await?;
    }
    assert_eq!(threads(), before);
    db.close().await
}

#[tokio::test]
async fn a_panic_in_a_hook_is_an_error_and_the_next_connection_is_opened_again() -> Result<()> {
    let _alone = alone().await;
    let panics = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&panics);
    let builder = Database::builder(":memory:").readers(1).max_connections(1);
    let builder = builder.on_connect(move |_| {
        assert!(!now.load(Ordering::SeqCst), "in the hook");
        Ok(())
    });
    let db = builder.open().await?;
    panics.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(db.connect().await.expect_err("it panics").kind(), &ErrorKind::Panic);
        assert_eq!(db.begin().await.expect_err("it panics").kind(), &ErrorKind::Panic);
        assert_eq!(sql!("select 1").scalar::<i64>(&db).await.expect_err("it panics").kind(), &ErrorKind::Panic);
    }
    panics.store(false, Ordering::SeqCst);
    db.create(Item).await?;
    let conn = db.connect().await?;
    for ex in [&*db as &Executor, &*conn] {
        assert_eq!(Item::select().count(ex).await?, 0);
    }
    db.close().await?;
    until("the threads end", || threads().is_empty()).await;
    Ok(())
}

#[tokio::test]
async fn helpers_are_started_again_after_the_first_have_ended() -> Result<()> {
    let _alone = alone().await;
    let db = Places::default().open(Database::builder(":memory:").readers(1)).await?;
    for round in 0..2 {
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = query(ENDLESS.replace("sum(i)", "i")).timeout(LONG).stream::<i64>(&db);
            let first = stream.next().await.expect("a row");
            first.unwrap_or_else(|error| panic!("in round {round}: {error}"));
            streams.push(stream);
        }
        drop(streams);
        until("the helpers end", || threads().len() == 2).await;
    }
    db.close().await
}

#[tokio::test]
async fn no_helper_is_started_while_the_reader_has_only_just_been_started() -> Result<()> {
    let _alone = alone().await;
    for round in 0..50 {
        let db = Database::builder(":memory:").readers(1).open().await?;
        sql!("select 1").scalar::<i64>(&db).await?;
        sql!("select 1").scalar::<i64>(&db).await?;
        let names: Vec<_> = db.metrics().connections.into_iter().map(|connection| connection.name).collect();
        assert!(!names.iter().any(|name| name.contains("helper")), "round {round}: {names:?}");
        db.close().await?;
    }
    Ok(())
}
