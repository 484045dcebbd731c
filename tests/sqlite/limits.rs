//! Bounds of the size of the write-ahead log, while reads overlap and after large writes.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aio_sql::{Database, Durability, Result, TransactionMode, query, sql};

use crate::hold::{Item, LONG, Places, item, until};

const LIMIT: u64 = 4 << 20;

async fn open(path: &Path) -> Result<Database> {
    let builder = Database::builder(path).readers(2).durability(Durability::Off).wal_limit(LIMIT).timeout(LONG);
    let db = Places::default().open(builder).await?;
    sql!("create table wide (id integer primary key, bytes blob)").execute(&db).await?;
    write(&db, 500).await?;
    Ok(db)
}

/// Writes this many rows of about 1 KiB.
async fn write(db: &Database, rows: i64) -> Result<()> {
    let text = "insert into wide (bytes) with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) select randomblob(1000) from n";
    query(text).bind(rows).execute(db).await.map(drop)
}

fn log_of(db: &Database) -> u64 {
    let mut log = db.path().as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).map_or(0, |metadata| metadata.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_reads_do_not_let_the_log_exceed_twice_its_limit() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // These four tasks read without pause, so that their reads overlap.
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (db, over, reads) = (db.clone(), Arc::clone(&over), Arc::clone(&reads));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    if reader % 2 == 0 {
                        sql!("select sum(length(bytes)) from wide").scalar::<i64>(&db).await?;
                    } else {
                        let mut stream = sql!("select bytes from wide").stream::<Vec<u8>>(&db);
                        while let Some(row) = stream.next().await {
                            assert_eq!(row?.len(), 1000);
                        }
                    }
                    reads.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, aio_sql::Error>(())
            })
        })
        .collect();
    let mut largest = 0;
    for round in 0..400 {
        write(&db, 50).await?;
        // Keeps the size of the table, and so the duration of each read, constant.
        sql!("delete from wide where id in (select id from wide order by id limit 50)").execute(&db).await?;
        largest = largest.max(log_of(&db));
        // Writes do not wait for reads. So every fourth round waits until a read has ended, so
        // that the reads keep up on a busy machine too.
        let seen = reads.load(Ordering::Relaxed);
        if round % 4 == 0 {
            until("a read ends", || reads.load(Ordering::Relaxed) > seen).await;
        }
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.expect("no panic")?;
    }
    assert!(largest < 2 * LIMIT, "the log has grown to {largest} bytes");
    assert!(largest > LIMIT / 2, "nothing has put it to the test: {largest} bytes");
    assert!(db.metrics().checkpoints > 5, "{:?}", db.metrics());
    db.close().await
}

#[tokio::test]
async fn an_unread_stream_lets_the_log_grow_without_blocking_others() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let mut stream = sql!("select bytes from wide").stream::<Vec<u8>>(&db);
    stream.next().await.expect("a row")?;
    for number in 0..90 {
        write(&db, 100).await?;
        Item::insert(item(number)).execute(&db).await?;
    }
    assert!(log_of(&db) > 2 * LIMIT, "the stream still needs what is in it");
    // New reads wait because the log is too long, but only for a limited time.
    for _ in 0..5 {
        assert_eq!(Item::select().count(&db).await?, 90);
        write(&db, 100).await?;
    }
    let mut rows = 1;
    while let Some(row) = stream.next().await {
        assert_eq!(row?.len(), 1000);
        rows += 1;
    }
    assert_eq!(rows, 500, "it sees the table as it was");
    drop(stream);
    // No read needs the old content of the write-ahead log any more, so the log is begun anew.
    let mut writes = 0;
    loop {
        write(&db, 10).await?;
        assert_eq!(Item::select().count(&db).await?, 90);
        if db.metrics().wal_bytes < LIMIT {
            break;
        }
        writes += 1;
        assert!(writes < 1000, "{:?}", db.metrics());
    }
    db.close().await
}

#[tokio::test]
async fn a_log_grown_by_one_insert_shrinks_without_readers() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    write(&db, 60_000).await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    // The log also shrinks after a large write in an explicit transaction.
    db.transaction(|tx| async move {
        query("insert into wide (bytes) select bytes from wide limit 30000").execute(&tx).await.map(drop)
    })
    .await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 90_500);
    db.close().await
}

#[tokio::test]
async fn a_log_grown_by_a_rolled_back_write_shrinks() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let tx = db.begin().await?;
    query("insert into wide (bytes) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select randomblob(1000) from n")
        .execute(&tx)
        .await?;
    assert!(log_of(&db) > 2 * LIMIT, "SQLite keeps what is not committed yet in the log");
    tx.rollback().await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    // The log also shrinks after a large write that fails at its last row.
    let text = "insert into wide (id, bytes) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select case i when 20000 then 1 else i + 1000 end, randomblob(1000) from n";
    query(text).execute(&db).await.expect_err("there is a row 1");
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 500);
    db.close().await
}

#[tokio::test]
async fn a_log_shrinks_when_its_last_read_has_ended() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let reading = db.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&reading).await?, 500);
    write(&db, 20_000).await?;
    assert!(log_of(&db) > 2 * LIMIT, "it is still read");
    // This read waits until the running one has ended, or until a time limit has passed.
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 20_500);
    assert!(log_of(&db) > 2 * LIMIT, "it is still read");
    reading.rollback().await?;
    // The log shrinks although no write follows.
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    db.close().await
}

#[tokio::test]
async fn a_log_shrinks_some_time_after_a_read_of_another_process() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = open(&path).await?;
    let raw = aio_sql::rusqlite::Connection::open(&path).expect("it opens");
    raw.execute_batch("begin; select count(*) from wide").expect("it reads");
    write(&db, 20_000).await?;
    Item::insert(item(1)).execute(&db).await?;
    assert!(log_of(&db) > 2 * LIMIT, "it is still read");
    raw.execute_batch("rollback").expect("it ends");
    for number in 0.. {
        Item::insert(item(number + 2)).execute(&db).await?;
        if log_of(&db) <= 2 * LIMIT {
            break;
        }
        assert!(number < 5_000, "{:?}", db.metrics());
    }
    drop(raw);
    db.close().await
}
