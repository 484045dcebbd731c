//! Advisory locks: of connections of their own, and of transactions.

#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aio_sql::{AdvisoryLock, Database, ErrorKind, Result, query, sql};
use futures_lite::future::poll_once;
use servers::on_every_database;

mod polling;

use polling::poll_times;

/// The advisory locks of the test's sessions, held and waited for.
const HELD: &str = "select count(*) filter (where granted) from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and application_name = current_setting('application_name')";
const AWAITED: &str = "select count(*) filter (where not granted) from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and application_name = current_setting('application_name')";

/// The feature that is reported as unsupported behind a pooler, where each transaction may have
/// another session.
const POOLED: &str = "advisory locks of a session behind a pooler, which gives the session to others";

/// Returns an address under which the sessions of the test can be found.
fn named(address: &str) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    match address.starts_with("postgres") {
        true => format!("{address}&application_name=locks_{}", LAST.fetch_add(1, Ordering::Relaxed)),
        false => address.to_owned(),
    }
}

/// Waits until a query of the server returns this number.
async fn until(db: &Database, text: &str, number: i64) -> Result<()> {
    let begin = Instant::now();
    while query(text).scalar::<i64>(db).await? != number {
        assert!(begin.elapsed() < Duration::from_secs(30), "in vain it was waited for {number}: {text}");
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_lock_keeps_others_out_until_it_is_released(address: String) -> Result<()> {
    let address = named(&address);
    let (db, other) = (Database::open(&address).await?, Database::open(&address).await?);
    let lock = db.advisory_lock("exclusive").await?;
    assert!(lock.is_held().await?);
    assert!(other.try_advisory_lock("exclusive").await?.is_none());
    assert!(other.try_advisory_lock_shared("exclusive").await?.is_none());
    assert!(other.try_advisory_lock("another").await?.is_some());
    let waiting = tokio::spawn(async move { other.advisory_lock("exclusive").await });
    until(&db, AWAITED, 1).await?;
    lock.release().await?;
    let second = waiting.await.unwrap()?;
    assert!(second.is_held().await?);
    // A drop releases it as well, a moment later.
    drop(second);
    db.advisory_lock("exclusive").await?.release().await?;
    until(&db, HELD, 0).await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_shared_lock_is_shared_and_keeps_out_who_wants_it_alone(db: Database) -> Result<()> {
    let first = db.advisory_lock_shared("shared").await?;
    let second = db.advisory_lock_shared("shared").await?;
    let third = db.try_advisory_lock_shared("shared").await?.unwrap();
    assert!(db.try_advisory_lock("shared").await?.is_none());
    for lock in [first, second, third] {
        assert!(lock.is_held().await?);
        lock.release().await?;
    }
    db.try_advisory_lock("shared").await?.unwrap().release().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_key_is_a_number_or_a_text_which_other_programs_can_use_too(db: Database) -> Result<()> {
    for key in [i64::MIN, -5_000_000_000, -1, 0, 1, 5_000_000_000, i64::MAX] {
        let lock = db.advisory_lock(key).await?;
        assert!(lock.is_held().await?, "{key}");
        assert!(!sql!("select pg_try_advisory_xact_lock({key})").scalar::<bool>(&db).await?, "{key}");
        lock.release().await?;
    }
    for key in ["", "ünïcode", &"x".repeat(10_000)] {
        let lock = db.advisory_lock(key).await?;
        assert!(lock.is_held().await?);
        let free = sql!("select pg_try_advisory_xact_lock(hashtextextended({key}, 0))").scalar::<bool>(&db).await?;
        assert!(!free);
        lock.release().await?;
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn whoever_has_lost_the_connection_is_told_that_the_lock_is_gone(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    let kill = HELD.replace("count(*) filter (where granted)", "count(pg_terminate_backend(pid))");
    let lost = async |ask: bool| -> Result<AdvisoryLock> {
        let lock = db.advisory_lock("lost").await?;
        assert_eq!(query(&*kill).scalar::<i64>(&db).await?, 1);
        until(&db, HELD, 0).await?;
        // It stays lost, although its connection is replaced.
        for _ in 0..if ask { 3 } else { 0 } {
            assert!(!lock.is_held().await?);
        }
        Ok(lock)
    };
    for ask in [true, false] {
        let lock = lost(ask).await?;
        let other = db.try_advisory_lock("lost").await?.unwrap();
        assert_eq!(*lock.release().await.unwrap_err().kind(), ErrorKind::Disconnected);
        assert!(other.is_held().await?, "the release of a lost lock releases that of nobody else");
        other.release().await?;
    }
    let lock = db.advisory_lock("closed").await?;
    db.close().await?;
    assert!(!lock.is_held().await?);
    assert_eq!(*lock.release().await.unwrap_err().kind(), ErrorKind::Closed);
    Ok(())
}

#[on_every_database(except sqlite = Unsupported("advisory locks"))]
async fn a_lock_of_a_transaction_ends_with_it(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    for commit in [true, false] {
        let tx = db.begin().await?;
        tx.advisory_lock("of a transaction").await?;
        let other = db.begin().await?;
        tx.advisory_lock_shared(7).await?;
        assert!(!other.try_advisory_lock("of a transaction").await?);
        assert!(!other.try_advisory_lock(7).await?);
        assert!(other.try_advisory_lock_shared(7).await?);
        let nested = tx.begin().await?;
        assert!(nested.try_advisory_lock("of a nested one").await?);
        assert!(!other.try_advisory_lock("of a nested one").await?);
        nested.rollback().await?;
        assert!(other.try_advisory_lock("of a nested one").await?);
        match commit {
            true => tx.commit().await?,
            false => drop(tx),
        }
        other.advisory_lock("of a transaction").await?;
        other.rollback().await?;
        until(&db, HELD, 0).await?;
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"))]
async fn a_circle_of_transactions_that_wait_for_each_other_is_a_conflict(db: Database) -> Result<()> {
    let first = db.begin().await?;
    first.advisory_lock("circle 1").await?;
    let second = db.begin().await?;
    second.advisory_lock("circle 2").await?;
    let crossed = tokio::join!(first.advisory_lock("circle 2"), second.advisory_lock("circle 1"));
    let failed: Vec<_> = [crossed.0, crossed.1].into_iter().filter_map(Result::err).collect();
    assert!(matches!(&failed[..], [error] if *error.kind() == ErrorKind::Conflict), "{failed:?}");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_lock_whose_future_is_dropped_at_any_poll_is_stranded_nowhere(address: String) -> Result<()> {
    let address = named(&address);
    let db = Database::builder(&address).max_connections(3).open().await?;
    // Nobody has it.
    for polls in 1.. {
        let lock = poll_times(db.advisory_lock("dropped"), polls).transpose()?;
        let was_locked = lock.is_some();
        drop(lock);
        until(&db, HELD, 0).await?;
        if was_locked {
            break;
        }
    }
    // Somebody has it, so that the future is dropped while it waits.
    let holder = Database::open(&address).await?;
    for polls in 1..8 {
        let lock = holder.advisory_lock("dropped").await?;
        let waiting = async |polls| {
            let mut waiting = Box::pin(db.advisory_lock("dropped"));
            for _ in 0..polls {
                assert!(poll_once(&mut waiting).await.is_none(), "it is locked");
                tokio::task::yield_now().await;
            }
            if polls > 4 {
                // It has reached the server, also if that takes more polls.
                while query(AWAITED).scalar::<i64>(&holder).await? == 0 {
                    assert!(poll_once(&mut waiting).await.is_none(), "it is locked");
                }
            }
            Result::Ok(())
        };
        waiting(polls).await?;
        until(&holder, AWAITED, 0).await?;
        lock.release().await?;
        until(&holder, HELD, 0).await?;
    }
    // In transactions, too.
    for polls in 1.. {
        let tx = db.begin().await?;
        let locked = poll_times(tx.advisory_lock("dropped"), polls).transpose()?;
        drop(tx);
        until(&db, HELD, 0).await?;
        if locked.is_some() {
            break;
        }
    }
    holder.close().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_lock_that_is_granted_when_its_future_is_dropped_is_released(address: String) -> Result<()> {
    let address = named(&address);
    let (db, holder) = (Database::builder(&address).max_connections(1).open().await?, Database::open(&address).await?);
    for round in 0..40 {
        let lock = holder.advisory_lock("granted").await?;
        let mut waiting = Box::pin(db.advisory_lock("granted"));
        while query(AWAITED).scalar::<i64>(&holder).await? == 0 {
            assert!(poll_once(&mut waiting).await.is_none(), "it is locked");
        }
        // The release and the drop meet in one order or the other.
        let mut release = Box::pin(lock.release());
        for _ in 0..round % 8 {
            if poll_once(&mut release).await.is_some() {
                break;
            }
            std::thread::yield_now();
        }
        drop(waiting);
        drop(release);
        until(&holder, HELD, 0).await?;
        until(&holder, AWAITED, 0).await?;
        // The connection is given back as if it had just been opened.
        let conn = db.connect().await?;
        let held: i64 = sql!("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
            .scalar(&conn)
            .await?;
        assert_eq!(held, 0);
    }
    holder.close().await?;
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("advisory locks"), except pooler = Unsupported(super::POOLED))]
async fn a_lock_that_is_not_free_in_time_is_a_timeout_and_waited_for_no_longer(address: String) -> Result<()> {
    let address = named(&address);
    let holder = Database::open(&address).await?;
    let db = Database::builder(&address).timeout(Duration::from_millis(50)).open().await?;
    let lock = holder.advisory_lock("late").await?;
    assert_eq!(*db.advisory_lock("late").await.unwrap_err().kind(), ErrorKind::Timeout);
    let tx = db.begin().await?;
    assert_eq!(*tx.advisory_lock("late").await.unwrap_err().kind(), ErrorKind::Timeout);
    tx.rollback().await?;
    until(&holder, AWAITED, 0).await?;
    lock.release().await?;
    until(&holder, HELD, 0).await?;
    holder.close().await?;
    db.close().await
}
