//! A standby takes the place of the primary under load, with synchronous replication: the handle
//! finds it by itself, nothing that was acknowledged is lost, and nothing is there twice.

use aio_sql::{Database, Result, query};
use servers::postgres::Server;

use super::kills::{check, go_on, start_writers};
use super::server::{address_of_both, primary_and_standby, standby_on};
use super::{create_table, is_long};

/// The number of tasks that write.
const WRITERS: usize = 64;

async fn open(primary: &Server, standby: &Server) -> Result<Database> {
    // The standby is first, so that an address is not wrong only because of the order.
    let db = Database::builder(address_of_both([standby, primary])).connections(8).open().await?;
    create_table(&db).await?;
    Ok(db)
}

/// Lets a standby be promoted under load, after something was done to the primary. The old primary
/// is shut down at the end, so that no commit waits for a standby that does not come.
async fn promote_after(what: impl AsyncFnOnce(&mut Server)) -> Result<()> {
    let (mut primary, standby) = primary_and_standby();
    let db = open(&primary, &standby).await?;
    let (ledger, writers) = start_writers(&db, WRITERS);
    go_on(&ledger, 400).await;
    what(&mut primary).await;
    standby.promote();
    go_on(&ledger, 200).await;
    if primary.connect().is_ok() {
        primary.shut_down();
    }
    assert!(db.metrics().groups > 0, "writes have shared commits");
    check(&db, &ledger, writers).await?;
    let is_standby: bool = query("select pg_is_in_recovery()").scalar(&db).await?;
    assert!(!is_standby);
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_find_the_promoted_standby_after_the_primary_was_killed_and_nothing_is_lost() -> Result<()> {
    let waiting = "select where (select count(*) from pg_stat_activity where wait_event = 'SyncRep') > 1";
    let (mut primary, mut standby) = primary_and_standby();
    let db = open(&primary, &standby).await?;
    let (ledger, writers) = start_writers(&db, WRITERS);
    let rounds = if is_long() { 20 } else { 1 };
    for round in 1..=rounds {
        go_on(&ledger, 400).await;
        if round % 2 == 1 {
            // Whatever is acknowledged from now on without the standby is lost.
            standby.pause();
            primary.wait_until("commits wait for the standby", waiting);
        }
        primary.kill();
        standby.resume();
        standby.promote();
        go_on(&ledger, 200).await;
        if round < rounds {
            // The new primary gets a new standby in the place of the old primary.
            let port = primary.port();
            drop(primary);
            primary = standby;
            standby = standby_on(port, &primary);
            primary.wait_for_standbys();
        }
    }
    assert!(db.metrics().groups > 0, "writes have shared commits");
    println!("{rounds} promotions");
    check(&db, &ledger, writers).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_find_the_promoted_standby_after_the_primary_was_shut_down() -> Result<()> {
    promote_after(async |primary| primary.shut_down()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_find_the_promoted_standby_after_the_primary_has_become_read_only() -> Result<()> {
    promote_after(async |primary| {
        primary.run("alter system set default_transaction_read_only = on");
        primary.run("select pg_reload_conf()");
        let has_ended = "select where not exists (select from pg_stat_activity where backend_xid is not null)";
        primary.wait_until("the last transaction has ended", has_ended);
    })
    .await
}
