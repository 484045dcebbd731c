//! Servers that end and start again under load, and sessions that are ended: no row that was
//! acknowledged is lost, none is there twice, and the database works again.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aio_sql::{Batch, Database, ErrorKind, Result, query};
use tokio::task::JoinHandle;

use super::server::{address_in, durable, shared};
use super::{Entry, create_table, entry, is_long, server};

/// The number of tasks that write. There are many, so that their inserts wait for a connection
/// together and share commits.
const WRITERS: usize = 32;

/// What the writers have found out about their rows.
#[derive(Default)]
pub(super) struct Ledger {
    next: AtomicI64,
    acknowledged: Mutex<Vec<i64>>,
    /// Those that certainly were not written.
    refused: Mutex<Vec<i64>>,
    unknown: AtomicUsize,
    must_end: AtomicBool,
}

impl Ledger {
    fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

/// Writes rows in every way until the ledger says that it is enough.
async fn write(db: Database, ledger: Arc<Ledger>, kind: usize) {
    while !ledger.must_end.load(Ordering::Relaxed) {
        let number = ledger.next.fetch_add(1, Ordering::Relaxed);
        let result = match kind % 8 {
            0 | 4 | 5 => Entry::insert(entry(number)).execute(&db).await.map(drop),
            1 => Batch::new().execute(Entry::insert(entry(number))).run(&db).await.map(drop),
            2 => Entry::insert_all([entry(number)]).timeout(Duration::from_secs(600)).execute(&db).await.map(drop),
            3 => {
                let transaction = async |tx: aio_sql::Transaction| {
                    Entry::select().limit(3).all(&tx).await?;
                    Entry::insert(entry(number)).execute(&tx).await.map(drop)
                };
                db.retry_transaction(transaction).await
            }
            _ => {
                let one = Entry::insert(entry(number)).timeout(Duration::from_secs(600)).one(&db).await;
                one.map(|stored| assert_eq!(stored.number, number))
            }
        };
        match result {
            Ok(()) => ledger.acknowledged.lock().unwrap().push(number),
            Err(error) if *error.kind() == ErrorKind::OutcomeUnknown => {
                ledger.unknown.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                let is_loss = matches!(error.kind(), ErrorKind::Disconnected | ErrorKind::CannotOpen)
                    || *error.kind() == ErrorKind::RolledBack && error.is_transient();
                assert!(is_loss, "{error:?}");
                ledger.refused.lock().unwrap().push(number);
            }
        }
    }
}

pub(super) fn start(db: &Database) -> (Arc<Ledger>, Vec<JoinHandle<()>>) {
    start_writers(db, WRITERS)
}

/// Starts this number of tasks that write.
pub(super) fn start_writers(db: &Database, count: usize) -> (Arc<Ledger>, Vec<JoinHandle<()>>) {
    let ledger = Arc::<Ledger>::default();
    let writers = (0..count).map(|kind| tokio::spawn(write(db.clone(), Arc::clone(&ledger), kind)));
    let writers = writers.collect();
    (ledger, writers)
}

/// Waits until the writers have written some more rows.
pub(super) async fn go_on(ledger: &Ledger, rows: usize) {
    let (before, begin) = (ledger.acknowledged(), Instant::now());
    while ledger.acknowledged() < before + rows {
        assert!(begin.elapsed() < Duration::from_secs(60), "the database works again");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Ends the writers, and checks that exactly those rows are there of which that was said.
pub(super) async fn check(db: &Database, ledger: &Ledger, writers: Vec<JoinHandle<()>>) -> Result<()> {
    ledger.must_end.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let mut numbers: Vec<i64> = query("select number from entry order by number").all(db).await?;
    let rows = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), rows, "no row is there twice");
    let (acknowledged, refused) = (ledger.acknowledged.lock().unwrap(), ledger.refused.lock().unwrap());
    let lost: Vec<_> = acknowledged.iter().filter(|number| numbers.binary_search(number).is_err()).collect();
    assert!(lost.is_empty(), "rows that were acknowledged are lost: {lost:?}");
    let wrong: Vec<_> = refused.iter().filter(|number| numbers.binary_search(number).is_ok()).collect();
    assert!(wrong.is_empty(), "rows that were refused are there: {wrong:?}");
    println!(
        "{} acknowledged, {} refused, {} unknown",
        acknowledged.len(),
        refused.len(),
        ledger.unknown.load(Ordering::Relaxed)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_are_ended_under_load_lose_nothing_and_repeat_nothing() -> Result<()> {
    let name = server::create_database().await?;
    let db = Database::builder(address_in(shared(), &name)).connections(8).open().await?;
    create_table(&db).await?;
    let admin = Database::builder(address_in(shared(), "postgres")).connections(2).open().await?;
    let (ledger, writers) = start(&db);
    let mut ended = 0;
    for _ in 0..if is_long() { 500 } else { 30 } {
        go_on(&ledger, 20).await;
        let end = format!(
            "select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity where datname = '{name}'"
        );
        ended += query(end).scalar::<i64>(&admin).await?;
    }
    go_on(&ledger, 20).await;
    println!("{ended} sessions were ended");
    check(&db, &ledger, writers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_under_load_loses_nothing_and_repeats_nothing() -> Result<()> {
    let mut server = durable();
    let db = Database::builder(address_in(&server, "postgres")).connections(8).open().await?;
    create_table(&db).await?;
    let (ledger, writers) = start(&db);
    for _ in 0..if is_long() { 20 } else { 2 } {
        go_on(&ledger, 50).await;
        server.stop();
        server.restart();
    }
    go_on(&ledger, 50).await;
    check(&db, &ledger, writers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_under_load_loses_nothing_and_repeats_nothing() -> Result<()> {
    let mut server = durable();
    let db = Database::builder(address_in(&server, "postgres")).connections(8).open().await?;
    create_table(&db).await?;
    let (ledger, writers) = start(&db);
    let kills = if is_long() { 200 } else { 3 };
    for _ in 0..kills {
        go_on(&ledger, 400).await;
        server.kill();
        server.restart();
    }
    go_on(&ledger, 50).await;
    println!("{kills} kills");
    check(&db, &ledger, writers).await
}

#[tokio::test]
async fn an_open_transaction_ends_with_its_session_and_says_why() -> Result<()> {
    let name = server::create_database().await?;
    let db = Database::builder(address_in(shared(), &name)).connections(4).open().await?;
    create_table(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    Entry::insert(entry(1)).execute(&tx).await?;
    let pid: i32 = query("select pg_backend_pid()").scalar(&tx).await?;
    query(format!("select pg_terminate_backend({pid}, 10000)")).execute(&db).await?;
    let lost = Entry::insert(entry(2)).execute(&tx).await.unwrap_err();
    assert_eq!(*lost.kind(), ErrorKind::Disconnected, "{lost:?}");
    for error in [Entry::insert(entry(3)).execute(&tx).await.unwrap_err(), tx.commit().await.unwrap_err()] {
        assert_eq!(*error.kind(), ErrorKind::RolledBack, "{error:?}");
        assert!(error.is_transient(), "the cause is the loss: {error:?}");
    }
    // The connection is a new one, with the same handle.
    Entry::insert(entry(4)).execute(&conn).await?;
    assert_eq!(query("select number from entry").all::<i64>(&db).await?, [4]);
    Ok(())
}
