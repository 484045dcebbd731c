//! What stays bounded: the write-ahead log beside reads that overlap, and memory beside streams
//! that nobody reads.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aio_sql::{Database, Durability, Result, TransactionMode, query, sql};

use hold::{Item, LONG, Places, item, until};

mod hold;

const LIMIT: u64 = 4 << 20;

async fn open(path: &Path) -> Result<Database> {
    let builder = Database::builder(path).readers(2).durability(Durability::Off).wal_limit(LIMIT).timeout(LONG);
    let db = Places::default().open(builder).await?;
    sql!("create table wide (id integer primary key, bytes blob)").execute(&db).await?;
    write(&db, 500).await?;
    Ok(db)
}

/// So many rows of about a KiB.
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
async fn reads_that_overlap_do_not_let_the_log_grow_past_twice_its_limit() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // At every moment one of them reads.
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
        // So that the table, and with it each read, stays as it is.
        sql!("delete from wide where id in (select id from wide order by id limit 50)").execute(&db).await?;
        largest = largest.max(log_of(&db));
        // Writes are not held back. The reads keep up with them here, however much else the
        // machine has to do.
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
async fn a_stream_that_is_never_read_lets_the_log_grow_and_all_goes_on() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let mut stream = sql!("select bytes from wide").stream::<Vec<u8>>(&db);
    stream.next().await.expect("a row")?;
    for number in 0..90 {
        write(&db, 100).await?;
        Item::insert(item(number)).execute(&db).await?;
    }
    assert!(log_of(&db) > 2 * LIMIT, "the stream still needs what is in it");
    // Reads are held back for a while, and then no more.
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
    // Nothing needs the log any more, and it is begun anew.
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
async fn a_log_that_one_insert_has_made_long_is_short_again_when_nobody_reads() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    write(&db, 60_000).await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    // So it is in a transaction of its own, and where statements commit together.
    db.transaction(|tx| async move {
        query("insert into wide (bytes) select bytes from wide limit 30000").execute(&tx).await.map(drop)
    })
    .await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 90_500);
    db.close().await
}

#[tokio::test]
async fn a_log_that_a_write_has_made_long_which_was_undone_is_short_again() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let tx = db.begin().await?;
    query("insert into wide (bytes) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select randomblob(1000) from n")
        .execute(&tx)
        .await?;
    assert!(log_of(&db) > 2 * LIMIT, "SQLite keeps what is not committed yet in the log");
    tx.rollback().await?;
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    // So it is where a statement fails by its last row, and where one is stopped.
    let text = "insert into wide (id, bytes) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) select case i when 20000 then 1 else i + 1000 end, randomblob(1000) from n";
    query(text).execute(&db).await.expect_err("there is a row 1");
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 500);
    db.close().await
}

#[tokio::test]
async fn a_log_that_somebody_reads_is_short_when_the_read_has_ended() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = open(&directory.path().join("app.db")).await?;
    let reading = db.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&reading).await?, 500);
    write(&db, 20_000).await?;
    assert!(log_of(&db) > 2 * LIMIT, "it is still read");
    // Reads are held back until the one under way has ended, or is waited for no longer.
    assert_eq!(sql!("select count(*) from wide").scalar::<i64>(&db).await?, 20_500);
    assert!(log_of(&db) > 2 * LIMIT, "it is still read");
    reading.rollback().await?;
    // Nobody writes.
    until("the log is short", || log_of(&db) <= 2 * LIMIT).await;
    db.close().await
}

#[tokio::test]
async fn a_log_that_another_process_reads_is_short_some_time_after_that_has_ended() -> Result<()> {
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

/// What the process has of the system's memory, in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a file");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

#[tokio::test]
async fn streams_that_nobody_reads_keep_no_one_from_reading_and_are_not_collected() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").readers(2).max_connections(4).timeout(LONG)).await?;
    // 32 MiB each.
    let text =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 16000) select zeroblob(2000) from n";
    let conn = db.connect().await?;
    let before = memory();
    let mut streams: Vec<_> = (0..12).map(|_| query(text).stream::<Vec<u8>>(&db)).collect();
    streams.push(query(text).stream::<Vec<u8>>(&conn));
    for stream in &mut streams {
        assert_eq!(stream.next().await.expect("a row")?.len(), 2000);
    }
    for number in 0..100 {
        Item::insert(item(number)).execute(&db).await?;
        assert_eq!(Item::select().count(&db).await?, number as u64 + 1);
    }
    let grown = memory().saturating_sub(before);
    assert!(grown < 100, "{grown} MiB");
    // What was begun is there to the end, and the others were not in its way.
    let mut last = streams.pop().expect("a stream");
    let mut rows = 1;
    while let Some(row) = last.next().await {
        row?;
        rows += 1;
    }
    assert_eq!(rows, 16_000);
    drop(streams);
    assert_eq!(Item::select().count(&conn).await?, 100);
    db.close().await
}
