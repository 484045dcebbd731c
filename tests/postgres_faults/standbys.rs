//! Commits that wait for a standby, and whose wait is cancelled: the server then reports success,
//! although the standby does not have what was written. Nothing is acknowledged before it has.

use std::ops::RangeInclusive;
use std::pin::Pin;
use std::time::{Duration, Instant};

use aio_sql::{Batch, Database, ErrorKind, Result, query};
use futures_lite::future::poll_once;
use servers::postgres::Server;

use super::server::{address_in, primary_and_standby};
use super::{Entry, create_table, entry};

type Write = Pin<Box<dyn Future<Output = Result<()>>>>;

fn write<T: 'static>(write: impl Future<Output = Result<T>> + 'static) -> Write {
    Box::pin(async { write.await.map(drop) })
}

/// The session that waits for a standby.
const WAITING: &str = "select pid from pg_stat_activity where wait_event = 'SyncRep'";

/// Polls the writes. Returns whether one of them was answered.
async fn is_answered(writes: &mut [Write]) -> bool {
    let mut is_answered = false;
    for write in writes {
        is_answered |= poll_once(write).await.is_some();
    }
    is_answered
}

/// Waits until the server has cancelled so many waits for a standby, and a session waits for one.
///
/// # Panics
/// Panics if a write was answered meanwhile.
async fn wait_for_session(primary: &Server, cancelled: usize, writes: &mut [Write]) {
    let begin = Instant::now();
    loop {
        assert!(!is_answered(writes).await, "a write was answered, and the standby does not have it");
        // No session waits while the log is written.
        let count = primary.log().matches("canceling wait for synchronous replication").count();
        if count >= cancelled && primary.run(WAITING).len() == 1 {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "a commit waits for the standby");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn cancel_wait(primary: &Server) {
    let cancelled = primary.run(&format!("select pg_cancel_backend(pid) from ({WAITING}) as waiting"));
    assert_eq!(cancelled.len(), 1);
}

/// Lets inserts of the numbers wait together for the only connection of a handle. The last one has
/// the timeout.
async fn begin_group(
    db: &Database,
    primary: &Server,
    numbers: RangeInclusive<i64>,
    timeout: Option<Duration>,
) -> Result<Vec<Write>> {
    let direct = Database::builder(address_in(primary, "postgres")).connections(2).open().await?;
    let holder = direct.connect().await?;
    query("select pg_advisory_lock(7)::text").execute(&holder).await?;
    let mut busy = Box::pin(query("select pg_advisory_xact_lock_shared(7)::text").execute(db));
    assert!(poll_once(&mut busy).await.is_none());
    let waiting = "select from pg_locks where locktype = 'advisory' and not granted limit 1";
    primary.wait_until("the connection is busy", waiting);
    let last = *numbers.end();
    let insert = |number| match timeout.filter(|_| number == last) {
        Some(timeout) => write(Entry::insert(entry(number)).timeout(timeout).execute(db)),
        None => write(Entry::insert(entry(number)).execute(db)),
    };
    let mut writes: Vec<Write> = numbers.map(insert).collect();
    assert!(!is_answered(&mut writes).await);
    query("select pg_advisory_unlock(7)").execute(&holder).await?;
    busy.await?;
    Ok(writes)
}

/// Lets writes share a commit while the standby is paused, and `cancel` the wait of this commit.
async fn cancel_group(timeout: Option<Duration>, cancel: impl FnOnce(&Server)) -> Result<()> {
    let (mut primary, mut standby) = primary_and_standby();
    let db = Database::builder(address_in(&primary, "postgres")).connections(2).open().await?;
    create_table(&db).await?;
    Entry::insert(entry(1)).execute(&db).await?;
    // With the first group, the handle finds out that the server has such commits.
    for write in begin_group(&db, &primary, 2..=3, None).await? {
        write.await?;
    }
    standby.pause();
    let mut writes = begin_group(&db, &primary, 4..=8, timeout).await?;
    wait_for_session(&primary, 0, &mut writes).await;
    drop(writes.remove(0));
    cancel(&primary);
    wait_for_session(&primary, 1, &mut writes).await;
    standby.resume();
    for write in writes {
        write.await?;
    }
    assert_eq!(db.metrics().groups, 2, "the writes have shared a commit");
    primary.kill();
    standby.promote();
    let db = Database::open(address_in(&standby, "postgres")).await?;
    let numbers: Vec<i64> = query("select number from entry order by number").all(&db).await?;
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    Ok(())
}

#[tokio::test]
async fn a_late_write_of_a_group_lets_none_be_acknowledged_before_the_standby_has_it() -> Result<()> {
    // The write has begun by then, and is waited for.
    cancel_group(Some(Duration::from_secs(1)), |_| ()).await
}

#[tokio::test]
async fn an_administrator_who_cancels_the_commit_of_a_group_lets_none_be_acknowledged_before_the_standby_has_it()
-> Result<()> {
    cancel_group(None, cancel_wait).await
}

#[tokio::test]
async fn a_write_whose_wait_for_the_standby_is_cancelled_has_an_unknown_outcome() -> Result<()> {
    let (primary, mut standby) = primary_and_standby();
    let db = Database::builder(address_in(&primary, "postgres")).connections(4).open().await?;
    create_table(&db).await?;
    standby.pause();
    let tx = db.begin().await?;
    Entry::insert(entry(1)).execute(&tx).await?;
    let timeout = Duration::from_secs(600);
    let script = "insert into entry (number, text) values (6, 'x'); insert into entry (number, text) values (60, 'x')";
    let shared = db.clone();
    let insert_and_read = Batch::new().execute(Entry::insert(entry(3))).all(Entry::select());
    let writes = [
        write(tx.commit()),
        write(Entry::insert(entry(2)).execute(&db)),
        write(insert_and_read.run(&db)),
        write(Entry::insert(entry(4)).timeout(timeout).one(&db)),
        write(Entry::insert_all((0..200).map(|_| entry(5))).execute(&db)),
        write(async move { shared.execute_script(script).await }),
        write(Entry::update().set(Entry::TEXT, "y").filter(Entry::NUMBER.eq(2)).execute(&db)),
    ];
    for (number, write) in writes.into_iter().enumerate() {
        let mut write = [write];
        wait_for_session(&primary, number, &mut write).await;
        cancel_wait(&primary);
        let [write] = write;
        let error = write.await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown, "{number}: {error:?}");
        assert!(error.to_string().contains("standby"), "{error}");
    }
    standby.resume();
    let count = |number: i64| Entry::select().filter(Entry::NUMBER.eq(number)).count(&db);
    for number in [1, 2, 3, 4, 6] {
        assert_eq!(count(number).await?, 1, "{number}");
    }
    assert_eq!((count(5).await?, count(60).await?), (200, 0));
    Ok(())
}
