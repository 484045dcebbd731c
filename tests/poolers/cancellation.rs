//! Dropped queries and deadlines: the statement of this client ends, and never that of another.

use std::time::{Duration, Instant};

use aio_sql::{Database, ErrorKind, Result, query};
use futures_lite::future::poll_once;

use super::Tested;

/// Waits until this number of statements run that wait for a long time.
async fn until_waiting(direct: &Database, count: i64) -> Result<()> {
    let waiting = "select count(*) from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)%' \
                   and datname = current_database() and pid <> pg_backend_pid()";
    let begin = Instant::now();
    while query(waiting).scalar::<i64>(direct).await? != count {
        assert!(begin.elapsed() < Duration::from_secs(30), "{count} statements wait");
    }
    Ok(())
}

#[tokio::test]
async fn a_dropped_query_ends_and_its_session_serves_others() -> Result<()> {
    let tested = Tested::new(2);
    let direct =
        Database::open(super::server().address().replace("/postgres?", &format!("/{}?", tested.database))).await?;
    for address in tested.addresses() {
        let db = tested.open(&address).await?;
        for _ in 0..5 {
            let mut queries: Vec<_> =
                (0..2).map(|_| Box::pin(query("select 1 from pg_sleep(600)").execute(&db))).collect();
            for query in &mut queries {
                assert!(poll_once(query).await.is_none());
            }
            until_waiting(&direct, 2).await?;
            drop(queries);
            until_waiting(&direct, 0).await?;
            assert_eq!(query("select 1").scalar::<i64>(&db).await?, 1);
        }
        let late = query("select 1 from pg_sleep(600)").timeout(Duration::from_millis(30)).execute(&db).await;
        assert_eq!(*late.unwrap_err().kind(), ErrorKind::Timeout);
        until_waiting(&direct, 0).await?;
        db.close().await?;
    }
    direct.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_query_never_ends_that_of_another_client() -> Result<()> {
    let tested = Tested::new(3);
    for address in tested.addresses() {
        let (dropping, other) = (tested.open(&address).await?, tested.open(&address).await?);
        let others: Vec<_> = (0..4)
            .map(|_| {
                let db = other.clone();
                tokio::spawn(async move {
                    for _ in 0..100 {
                        query("select 1 from pg_sleep(0.002)").execute(&db).await?;
                    }
                    Ok::<_, aio_sql::Error>(())
                })
            })
            .collect();
        let mut dropped = 0;
        while !others.iter().all(tokio::task::JoinHandle::is_finished) {
            // Some are still on their way, some run, and some have just ended.
            let read = query("select 1 from pg_sleep(0.001)").execute(&dropping);
            drop(tokio::time::timeout(Duration::from_micros(200 * (dropped % 12)), read).await);
            dropped += 1;
        }
        for task in others {
            task.await.unwrap()?;
        }
        println!("{dropped} queries were dropped");
        dropping.close().await?;
        other.close().await?;
    }
    Ok(())
}
