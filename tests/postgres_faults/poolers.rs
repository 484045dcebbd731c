//! A pooler that is killed, and a server that ends behind one, under load: no row that was
//! acknowledged is lost, none is there twice, and the database works again.

use aio_sql::{Database, Result};
use servers::postgres::{Pooler, PoolerSettings};

use super::kills::{check, go_on, start};
use super::server::durable;
use super::{create_table, is_long};

/// Fewer sessions than the library has connections.
fn settings() -> PoolerSettings {
    PoolerSettings::sessions(4)
}

fn addresses(pooler: &Pooler) -> [String; 2] {
    let address = pooler.address("postgres", "postgres");
    [format!("{address}&pooler=transaction"), address]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_killed_under_load_loses_nothing_and_repeats_nothing() -> Result<()> {
    let server = durable();
    let mut pooler = Pooler::start(&server, &settings());
    for address in addresses(&pooler) {
        let db = Database::builder(address).connections(8).open().await?;
        create_table(&db).await?;
        let (ledger, writers) = start(&db);
        for _ in 0..if is_long() { 100 } else { 3 } {
            go_on(&ledger, 200).await;
            pooler.kill();
            pooler.restart();
        }
        go_on(&ledger, 50).await;
        check(&db, &ledger, writers).await?;
        db.execute_script("drop table entry").await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_behind_a_pooler_under_load_loses_nothing_and_repeats_nothing() -> Result<()> {
    let mut server = durable();
    let pooler = Pooler::start(&server, &settings());
    for address in addresses(&pooler) {
        let db = Database::builder(address).connections(8).open().await?;
        create_table(&db).await?;
        let (ledger, writers) = start(&db);
        for round in 0..if is_long() { 60 } else { 4 } {
            go_on(&ledger, 100).await;
            if round % 2 == 0 {
                server.kill();
            } else {
                server.stop();
            }
            server.restart();
        }
        go_on(&ledger, 50).await;
        check(&db, &ledger, writers).await?;
        db.execute_script("drop table entry").await?;
        db.close().await?;
    }
    Ok(())
}
