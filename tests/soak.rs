//! Many tasks for a while: none fails, none starves, and memory stays bounded.
//!
//! A short run takes some seconds. The command for a long run is
//!
//! ```sh
//! AIO_SQL_SECONDS=60 cargo test --release --test soak -- --nocapture
//! ```

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs};

use aio_sql::{Database, Result, Table, query};

#[derive(Table, Clone, Debug)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    task: i64,
    text: String,
}

fn entry(task: i64) -> NewEntry {
    NewEntry { task, text: "x".repeat(100) }
}

fn seconds() -> Duration {
    Duration::from_secs(env::var("AIO_SQL_SECONDS").map_or(3, |text| text.parse().unwrap()))
}

/// Returns the resident memory of the process in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// The number of calls of one kind, and the duration of the longest.
#[derive(Default)]
struct Waits {
    calls: AtomicU64,
    longest: AtomicU64,
}

impl Waits {
    async fn timed<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let began = Instant::now();
        let answer = call.await;
        self.longest.fetch_max(began.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        answer
    }

    fn told(&self, what: &str) {
        let (calls, longest) = (self.calls.load(Ordering::Relaxed), self.longest.load(Ordering::Relaxed));
        println!("{what}: {calls} calls, the longest {longest} ms");
    }
}

#[derive(Default)]
struct Load {
    over: AtomicBool,
    reads: Waits,
    writes: Waits,
    transactions: Waits,
    rows: AtomicU64,
}

impl Load {
    /// Runs one task: it mostly reads, and now and then inserts a row or, in some tasks, two rows
    /// in a transaction.
    async fn task(&self, db: &Database, task: i64) -> Result<()> {
        for turn in 0.. {
            match (task + turn) % 10 {
                0 if task < 40 => {
                    let both = db.transaction(|tx| async move {
                        Entry::insert(entry(task)).execute(&tx).await?;
                        Entry::insert(entry(task)).execute(&tx).await
                    });
                    self.transactions.timed(both).await?;
                    self.rows.fetch_add(2, Ordering::Relaxed);
                }
                0 => {
                    self.writes.timed(Entry::insert(entry(task)).execute(db)).await?;
                    self.rows.fetch_add(1, Ordering::Relaxed);
                }
                _ => {
                    let id = (task * 7 + turn) % 1_000 + 1;
                    assert_eq!(self.reads.timed(Entry::find(id).one(db)).await?.id, id);
                }
            }
            if turn >= 2 && self.over.load(Ordering::Relaxed) {
                break;
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_tasks_are_all_served_with_bounded_memory() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::open(directory.path().join("app.db")).await?;
    db.create(Entry).await?;
    Entry::insert_all((0..1_000).map(entry)).execute(&db).await?;
    let (load, idle) = (Arc::new(Load::default()), memory());
    let tasks: Vec<_> = (0..10_000)
        .map(|task| {
            let (db, load) = (db.clone(), Arc::clone(&load));
            tokio::spawn(async move { load.task(&db, task).await })
        })
        .collect();
    // Caches fill in the first half. In the second half memory must not grow.
    let mut peaks = [0; 2];
    for peak in &mut peaks {
        let began = Instant::now();
        while began.elapsed() < seconds() / 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            *peak = memory().max(*peak);
        }
    }
    load.over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("no panic")?;
    }
    load.reads.told("reads");
    load.writes.told("writes");
    load.transactions.told("transactions");
    println!("memory: {idle} MiB idle, {} MiB in the first half, {} MiB in the second", peaks[0], peaks[1]);
    assert!(peaks[1] < peaks[0] + peaks[0] / 4 + 16, "it grows: {peaks:?} MiB");
    assert!(peaks[1] < idle + 400, "{} MiB above {idle} MiB", peaks[1] - idle);
    assert_eq!(Entry::select().count(&db).await?, 1_000 + load.rows.load(Ordering::Relaxed));
    assert_eq!(query("pragma integrity_check").scalar::<String>(&db).await?, "ok");
    db.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_keeps_its_snapshot_and_does_not_block_the_writer() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::open(directory.path().join("app.db")).await?;
    db.create(Entry).await?;
    Entry::insert_all((0..20_000).map(entry)).execute(&db).await?;
    let view = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
    let mut slow = Entry::select().stream(&view);
    let mut seen = 0;
    // Each row is read after some writes were answered. If a write waited for the reader, neither
    // would end.
    for write in 0..500 {
        Entry::insert(entry(-1)).execute(&db).await?;
        if write % 5 == 0 {
            assert_ne!(slow.next().await.expect("a row")?.task, -1);
            seen += 1;
        }
    }
    while let Some(row) = slow.next().await {
        assert_ne!(row?.task, -1);
        seen += 1;
    }
    assert_eq!(seen, 20_000);
    drop((slow, view));
    assert_eq!(Entry::select().count(&db).await?, 20_500);
    db.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_transaction_does_not_stop_the_readers() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::open(directory.path().join("app.db")).await?;
    db.create(Entry).await?;
    Entry::insert_all((0..100).map(entry)).execute(&db).await?;
    let conn = db.connect().await?;
    let tx = db.begin().await?;
    Entry::insert(entry(-1)).execute(&tx).await?;
    // A writer waits for the transaction, and readers do not wait behind that writer.
    let waiting = tokio::spawn(Entry::insert(entry(-2)).execute(&db));
    for _ in 0..200 {
        assert_eq!(Entry::select().count(&db).await?, 100);
        assert_eq!(Entry::select().count(&conn).await?, 100);
    }
    tx.commit().await?;
    waiting.await.expect("no panic")?;
    assert_eq!(Entry::select().count(&db).await?, 102);
    drop(conn);
    db.close().await
}
/// Reads the whole table again and again. While the reads of two tasks overlap without a gap, the
/// write-ahead log cannot be begun anew.
async fn scans(db: &Database, over: &AtomicBool) -> Result<u64> {
    let mut scans = 0;
    while !over.load(Ordering::Relaxed) {
        let mut rows = Entry::select().stream(db);
        let mut seen = 0;
        while let Some(row) = rows.next().await {
            row?;
            seen += 1;
        }
        assert_eq!(seen, 50_000);
        scans += 1;
    }
    Ok(scans)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_endless_readers_do_not_let_the_log_exceed_twice_its_limit() -> Result<()> {
    const MIB: u64 = 1 << 20;
    // A long run uses the default limit.
    let limit = if seconds() >= Duration::from_secs(30) { 64 * MIB } else { 8 * MIB };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let db = Database::builder(&path).readers(2).wal_limit(limit).open().await?;
    db.create(Entry).await?;
    for first in (0..50_000).step_by(1_000) {
        Entry::insert_all((first..first + 1_000).map(entry)).execute(&db).await?;
    }
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (db, over) = (db.clone(), Arc::clone(&over));
            tokio::spawn(async move { scans(&db, &over).await })
        })
        .collect();
    let log = path.with_extension("db-wal");
    let size = || fs::metadata(&log).map_or(0, |log| log.len());
    let (began, mut largest, mut writes) = (Instant::now(), 0, 0);
    // Writes so many pages that a write-ahead log that only grows would far exceed the limit.
    while began.elapsed() < seconds() || writes * 40 * 4096 < 4 * limit {
        // The rows are far apart, so that each changes a different page.
        let some = Entry::ID.is_in((0..40).map(|row| (writes as i64 * 40 + row) * 37 % 50_000 + 1));
        Entry::update().set(Entry::TEXT, "y".repeat(100)).filter(some).execute(&db).await?;
        writes += 1;
        largest = size().max(largest);
    }
    over.store(true, Ordering::Relaxed);
    let mut scans = 0;
    for reader in readers {
        scans += reader.await.expect("no panic")?;
    }
    println!("{writes} writes beside {scans} scans, the log had {} KiB at most", largest / 1024);
    assert!(largest < 2 * limit, "{} MiB", largest / MIB);
    assert_eq!(query("pragma integrity_check").scalar::<String>(&db).await?, "ok");
    db.close().await
}
