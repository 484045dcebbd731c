//! Replicas that cannot be used: the reads run on another one, or on the primary.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use aio_sql::{Database, Result, TransactionMode, query};
use futures_lite::future::poll_once;

use super::pair::{Pair, address_in, settings, until};
use super::{Author, is_on_standby};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_under_load_run_on_the_primary_while_the_replica_is_down_and_none_fails() -> Result<()> {
    let mut pair = Pair::start();
    let name = pair.create_database().await?;
    let db = pair.builder(&name).replica_connections(8).open().await?;
    assert!(is_on_standby(&db.on_replica()).await?);
    let must_end = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..32)
        .map(|number| {
            let (db, must_end) = (db.clone(), Arc::clone(&must_end));
            tokio::spawn(async move {
                while !must_end.load(Ordering::Relaxed) {
                    match number % 4 {
                        0 => {
                            let count = async |tx: aio_sql::Transaction| Author::select().count(&tx).await;
                            assert_eq!(db.retry_transaction_with(TransactionMode::ReadOnly, count).await?, 2);
                        }
                        1 => assert_eq!(Author::select().all(&db.on_replica()).await?.len(), 2),
                        _ => assert_eq!(Author::find(1).one(&db.on_replica()).await?.id, 1),
                    }
                }
                Ok(())
            })
        })
        .collect();
    let reads = || db.metrics().replica_reads;
    let fallbacks = || db.metrics().replica_fallbacks;
    for _ in 0..2 {
        let before = reads();
        until("reads run on the replica", async || reads() > before + 100).await;
        pair.standby.kill();
        let before = fallbacks();
        until("reads run on the primary", async || fallbacks() > before + 100).await;
        let [replica] = &db.replicas().await?[..] else { panic!("one replica") };
        assert!(replica.error.is_some() && !replica.is_used && replica.lag.is_none(), "{replica:?}");
        pair.standby.restart();
    }
    until("reads run on the replica again", async || is_on_standby(&db.on_replica()).await.unwrap()).await;
    must_end.store(true, Ordering::Relaxed);
    for reader in readers {
        let ended: Result<()> = reader.await.unwrap();
        ended?;
    }
    db.close().await
}

#[tokio::test]
async fn of_two_replicas_each_has_connections_and_one_takes_over_from_the_other() -> Result<()> {
    let mut pair = Pair::start();
    let name = pair.create_database().await?;
    let other = pair.primary.start_standby(&settings());
    let db = pair.builder(&name).replica(address_in(&other, &name)).open().await?;
    // Both transactions are open at the same time, so that each has a connection.
    let (one, two) = (db.begin_with(TransactionMode::ReadOnly).await?, db.begin_with(TransactionMode::ReadOnly).await?);
    let port = "select inet_server_port()";
    let ports = [query(port).scalar::<i32>(&one).await?, query(port).scalar::<i32>(&two).await?];
    assert_ne!(ports[0], ports[1]);
    one.rollback().await?;
    two.rollback().await?;
    pair.standby.kill();
    for _ in 0..20 {
        let port: i32 = query(port).scalar(&db.on_replica()).await?;
        assert_eq!(port, i32::from(other.port()));
    }
    assert_eq!(db.metrics().replica_fallbacks, 0, "the primary was not needed");
    pair.standby.restart();
    until("the replica is used again", async || db.replicas().await.unwrap()[0].is_used).await;
    db.close().await
}

#[tokio::test]
async fn a_read_that_a_replica_cancels_runs_on_the_primary() -> Result<()> {
    // Whoever is in the way of what the standby has to apply is cancelled at once.
    let pair = Pair::start_with(&settings().line("max_standby_streaming_delay = 0"));
    let name = pair.create_database().await?;
    let db = pair.builder(&name).replica_connections(2).open().await?;
    assert!(is_on_standby(&db.on_replica()).await?);
    let text = "select pg_is_in_recovery(), case when pg_is_in_recovery() then pg_sleep(30)::text end
        from author limit 1";
    let reads = db.on_replica();
    let mut read = Box::pin(query(text).one::<(bool, Option<String>)>(&reads));
    until("the replica sleeps", async || {
        assert!(poll_once(&mut read).await.is_none());
        pair.standby.run("select from pg_stat_activity where wait_event = 'PgSleep' limit 1").len() == 1
    })
    .await;
    // The replica has to take the lock, too, which the read stands in the way of.
    db.transaction(|tx| async move { tx.execute_script("lock table author in access exclusive mode").await }).await?;
    assert!(!read.await?.0, "it ran on the primary");
    assert!(db.replicas().await?[0].fallbacks > 0);
    until("other reads run on the replica", async || is_on_standby(&reads).await.unwrap()).await;
    db.close().await
}

#[tokio::test]
async fn a_replica_that_cannot_be_reached_costs_few_attempts_and_no_read() -> Result<()> {
    let pair = Pair::shared();
    let name = pair.create_database().await?;
    // It accepts connections and closes them.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let db = Database::builder(address_in(&pair.primary, &name))
        .replica(format!("postgres://postgres@127.0.0.1:{port}/{name}"))
        .open()
        .await?;
    for _ in 0..500 {
        assert_eq!(Author::select().count(&db.on_replica()).await?, 2);
    }
    let attempts = attempts.load(Ordering::Relaxed);
    assert!(attempts > 0 && attempts < 100, "{attempts} attempts");
    until("the reads are counted", async || db.metrics().replica_fallbacks == 500).await;
    db.close().await
}
