//! Replicas that are behind.

use std::time::Duration;

use aio_sql::{Result, TransactionMode};

use super::pair::{Pair, until};
use super::{Author, NewAuthor, is_on_standby};

#[tokio::test]
async fn the_lag_of_a_replica_is_told_and_an_idle_primary_is_none() -> Result<()> {
    let pair = Pair::start();
    let name = pair.create_database().await?;
    let db = pair.builder(&name).open().await?;
    assert!(is_on_standby(&db.on_replica()).await?);
    // However long ago the last write was, a replica that has applied it is not behind.
    until("the replica is not behind", async || {
        let [replica] = &db.replicas().await.unwrap()[..] else { return false };
        (replica.lag, replica.lag_bytes) == (Some(Duration::ZERO), Some(0))
    })
    .await;
    pair.standby.run("select pg_wal_replay_pause()");
    Author::insert(NewAuthor { name: "Bram Stoker".into() }).execute(&db).await?;
    pair.wait_for_standby("pg_last_wal_receive_lsn()");
    let [replica] = &db.replicas().await?[..] else { panic!("one replica") };
    assert!(replica.lag.unwrap() > Duration::ZERO, "{replica:?}");
    assert!(replica.lag_bytes.unwrap() > 0, "{replica:?}");
    assert_eq!(replica.address, format!("postgres://postgres@127.0.0.1:{}/{name}", pair.standby.port()));
    assert!(replica.error.is_none() && replica.is_used);
    // Without a limit for the lag, reads show the old state.
    assert_eq!(Author::select().count(&db.on_replica()).await?, 2);
    assert_eq!(Author::select().count(&db).await?, 3);
    db.close().await
}

#[tokio::test]
async fn a_replica_that_is_further_behind_than_allowed_gets_no_reads_until_it_has_caught_up() -> Result<()> {
    let pair = Pair::start();
    let name = pair.create_database().await?;
    let open = || pair.builder(&name).max_replica_lag(Duration::ZERO).open();
    let early = open().await?;
    until("the replica is used", async || is_on_standby(&early.on_replica()).await.unwrap()).await;
    pair.standby.run("select pg_wal_replay_pause()");
    Author::insert(NewAuthor { name: "Bram Stoker".into() }).execute(&early).await?;
    pair.wait_for_standby("pg_last_wal_receive_lsn()");
    let late = open().await?;
    assert_eq!(Author::select().count(&late.on_replica()).await?, 3, "the replica is behind from the first read on");
    let tx = late.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(Author::select().count(&tx).await?, 3);
    tx.commit().await?;
    let [replica] = &late.replicas().await?[..] else { panic!("one replica") };
    assert!(!replica.is_used && replica.fallbacks > 0 && replica.error.is_none(), "{replica:?}");
    assert!(late.metrics().replica_fallbacks > 0);
    // What is known of the lag is soon too old to be relied on.
    until("the lag is noticed", async || Author::select().count(&early.on_replica()).await.unwrap() == 3).await;
    pair.standby.run("select pg_wal_replay_resume()");
    pair.catch_up();
    for db in [early, late] {
        until("the replica is used again", async || is_on_standby(&db.on_replica()).await.unwrap()).await;
        assert_eq!(Author::select().count(&db.on_replica()).await?, 3);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_replica_that_has_lost_its_primary_is_as_old_as_its_last_transaction() -> Result<()> {
    let mut pair = Pair::start();
    let name = pair.create_database().await?;
    let other = pair.primary.start_standby(&super::pair::settings());
    // The handle's primary is another standby, so that it can still be opened.
    let db = aio_sql::Database::builder(super::pair::address_in(&other, &name))
        .replica(super::pair::address_in(&pair.standby, &name))
        .open()
        .await?;
    until("the replica is not behind", async || db.replicas().await.unwrap()[0].lag == Some(Duration::ZERO)).await;
    pair.primary.kill();
    until("the replica does not know how old it is", async || {
        db.replicas().await.unwrap()[0].lag.is_some_and(|lag| lag > Duration::ZERO)
    })
    .await;
    db.close().await
}
