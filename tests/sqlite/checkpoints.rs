//! Checkpoints that the application runs while reads are open, such as streams that are not read
//! to their end.

use std::fs;
use std::time::Duration;

use aio_sql::{Database, ErrorKind, Result, sql};

use crate::hold::{Item, LONG, item, until};

/// Opens a database without automatic checkpoints, with enough items that a stream of them stays
/// open until they are read.
async fn open(directory: &tempfile::TempDir, busy_timeout: Duration) -> Result<Database> {
    let db = Database::builder(directory.path().join("app.db"))
        .readers(2)
        .busy_timeout(busy_timeout)
        .pragma("wal_autocheckpoint", 0)
        .open()
        .await?;
    db.create(Item).await?;
    Item::insert_all((0..50_000).map(item)).execute(&db).await?;
    Ok(db)
}

fn log_of(db: &Database) -> u64 {
    fs::metadata(db.path().with_file_name("app.db-wal")).unwrap().len()
}

/// Awaits a future, and fails the test if that takes too long.
async fn soon<T>(what: &str, does: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, does).await.unwrap_or_else(|_| panic!("{what} hangs"))
}

/// A timeout that never passes during a test.
const FOREVER: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_continue_while_a_checkpoint_waits_for_an_unread_stream() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = open(&directory, FOREVER).await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    // The stream's snapshot is older than this write, so the write stays in the write-ahead log
    // while the stream is open.
    Item::insert(item(-1)).execute(&db).await?;
    let checkpoint = tokio::spawn({
        let db = db.clone();
        async move { db.checkpoint().await }
    });
    for number in 2..200 {
        soon("a write", Item::insert(item(-number)).execute(&db)).await?;
        soon("a read", sql!("select 1").scalar::<i64>(&db)).await?;
    }
    soon("a transaction", db.transaction(|tx| async move { Item::insert(item(-200)).execute(&tx).await })).await?;
    assert!(!checkpoint.is_finished(), "the stream still reads from the log");
    assert!(log_of(&db) > 0);
    drop(stream);
    soon("the checkpoint", checkpoint).await.unwrap()?;
    assert_eq!(log_of(&db), 0);
    assert_eq!(Item::select().count(&db).await?, 50_200);
    soon("close", db.close()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_dropped_while_it_waits_ends() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = open(&directory, FOREVER).await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    Item::insert(item(-1)).execute(&db).await?;
    let checkpoint = tokio::spawn({
        let db = db.clone();
        async move { db.checkpoint().await }
    });
    // The checkpoint cannot empty the write-ahead log, but writes what it can into the file, which
    // grows.
    let path = db.path().to_owned();
    let before = fs::metadata(&path).unwrap().len();
    until("it has begun", || fs::metadata(&path).unwrap().len() > before).await;
    checkpoint.abort();
    assert!(checkpoint.await.unwrap_err().is_cancelled());
    soon("a write", Item::insert(item(-2)).execute(&db)).await?;
    drop(stream);
    // Whatever is left of the dropped checkpoint runs before these writes.
    for number in 3..50 {
        soon("a write", Item::insert(item(-number)).execute(&db)).await?;
    }
    assert!(log_of(&db) > 0, "nobody has emptied it");
    assert_eq!(db.metrics().checkpoints, 0);
    soon("close", db.close()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_waits_for_the_busy_timeout_and_no_longer() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    for busy_timeout in [Duration::ZERO, Duration::from_millis(100)] {
        let db = open(&directory, busy_timeout).await?;
        let mut stream = Item::select().stream(&db);
        stream.next().await.expect("a row")?;
        Item::insert(item(-1)).execute(&db).await?;
        let error = soon("the checkpoint", db.checkpoint()).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Busy, "{error}");
        drop(stream);
        db.drop(Item).await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_succeeds_while_reads_overlap() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = open(&directory, Duration::from_secs(20)).await?;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                loop {
                    sql!("select sum(number) from item where id < 2000").scalar::<i64>(&db).await.unwrap();
                }
            })
        })
        .collect();
    for number in 1..20 {
        Item::insert(item(-number)).execute(&db).await?;
        soon("the checkpoint", db.checkpoint()).await?;
    }
    for reader in readers {
        reader.abort();
        let _ = reader.await;
    }
    db.close().await
}
