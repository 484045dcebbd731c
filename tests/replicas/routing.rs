//! Which reads run on a replica, and that they are like others there.

use std::time::Duration;

use aio_sql::{Batch, Database, ErrorKind, Result, TransactionMode, query, sql};
use futures_lite::StreamExt;
use futures_lite::future::poll_once;

use super::anywhere::refuses_writes;
use super::pair::{Pair, address_in, until};
use super::{Author, Book, is_on_standby};

#[tokio::test]
async fn reads_that_say_so_and_read_only_transactions_run_on_the_replica_and_nothing_else_does() -> Result<()> {
    let pair = Pair::shared();
    let db = pair.builder(&pair.create_database().await?).open().await?;
    assert!(is_on_standby(&db.on_replica()).await?);
    assert!(!is_on_standby(&db).await?);
    for (mode, expected) in [
        (TransactionMode::ReadOnly, true),
        (TransactionMode::RepeatableRead, false),
        (TransactionMode::Serializable, false),
        (TransactionMode::Deferred, false),
    ] {
        let tx = db.begin_with(mode).await?;
        assert_eq!(is_on_standby(&tx).await?, expected, "{mode:?}");
        assert_eq!(is_on_standby(&tx.on_replica()).await?, expected, "{mode:?}");
        tx.commit().await?;
    }
    let tx = db.begin().await?;
    assert!(!is_on_standby(&tx).await?);
    drop(tx);
    let conn = db.connect().await?;
    assert!(!is_on_standby(&conn.on_replica()).await?);
    let tx = conn.begin_with(TransactionMode::ReadOnly).await?;
    assert!(!is_on_standby(&tx).await?, "the connection has the newest state");
    drop((tx, conn));
    db.close().await
}

#[tokio::test]
async fn every_verb_that_reads_runs_on_the_replica() -> Result<()> {
    let pair = Pair::shared();
    let db = pair.builder(&pair.create_database().await?).open().await?;
    let reads = db.on_replica();
    let mut count = 0;
    let mut has_run = async |what: &str| {
        count += 1;
        // A thread counts a request after it has answered it.
        until(what, async || db.replicas().await.unwrap()[0].reads == count).await;
    };
    assert_eq!(Author::find(2).one(&reads).await?.name, "Jane Austen");
    has_run("find").await;
    assert_eq!(Author::select().count(&reads).await?, 2);
    has_run("count").await;
    assert_eq!(Book::select().with(Author).all(&reads).await?[0].1.name, "Jane Austen");
    has_run("with").await;
    assert_eq!(sql!("select name from author where id = {1}").scalar::<String>(&reads).await?, "Mary Shelley");
    has_run("sql!").await;
    assert_eq!(Author::select().stream(&reads).count().await, 2);
    has_run("stream").await;
    let (authors, books): (Vec<Author>, Vec<Book>) =
        Batch::new().all(Author::select()).all(Book::select()).run(&reads).await?;
    assert_eq!((authors.len(), books.len()), (2, 1));
    has_run("batch").await;
    assert_eq!(Author::select().order_by(Author::ID).page(1).all(&reads).await?.rows.len(), 1);
    has_run("page").await;
    let metrics = db.metrics();
    assert_eq!((metrics.replica_reads, metrics.replica_fallbacks), (count, 0));
    assert!(metrics.to_prometheus().contains(&format!("aio_sql_replica_reads_total {count}\n")));
    db.close().await
}

#[tokio::test]
async fn a_replica_refuses_what_writes_also_if_it_is_a_primary() -> Result<()> {
    let pair = Pair::shared();
    let name = pair.create_database().await?;
    let primary = address_in(&pair.primary, &name);
    let itself = Database::builder(&primary).replica(&primary).open().await?;
    itself.execute_script("create sequence tickets").await?;
    pair.catch_up();
    for db in [pair.builder(&name).open().await?, itself] {
        refuses_writes(&db).await?;
        // Only the server knows that this writes.
        let error = query("select nextval('tickets')").scalar::<i64>(&db.on_replica()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error:?}");
        let tx = db.begin_with(TransactionMode::ReadOnly).await?;
        let error = query("select nextval('tickets')").scalar::<i64>(&tx).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error:?}");
        tx.rollback().await?;
        assert_eq!(Author::select().count(&db.on_replica()).await?, 2);
        assert!(db.metrics().replica_reads > 0);
        assert_eq!(db.metrics().replica_fallbacks, 0);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn reads_that_wait_for_a_connection_to_a_replica_go_out_together() -> Result<()> {
    let pair = Pair::shared();
    let db = pair.builder(&pair.create_database().await?).replica_connections(2).open().await?;
    let reads = db.on_replica();
    Author::find(1).one(&reads).await?;
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let reads = reads.clone();
            tokio::spawn(async move { Author::find(1 + number % 2).one(&reads).await })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap()?.id, 1 + number as i64 % 2);
    }
    let metrics = db.metrics();
    assert!(metrics.pipelines > 0, "{metrics:?}");
    until("all are counted", async || db.metrics().replica_reads == 201).await;
    db.close().await
}

#[tokio::test]
async fn a_read_on_a_replica_ends_with_its_deadline_and_its_future() -> Result<()> {
    let pair = Pair::shared();
    let name = pair.create_database().await?;
    let db = pair.builder(&name).replica_connections(2).open().await?;
    let reads = db.on_replica();
    assert!(is_on_standby(&reads).await?);
    let sleeping = format!("select from pg_stat_activity where datname = '{name}' and wait_event = 'PgSleep' limit 1");
    let sleep = || query("select pg_sleep(600)::text");
    let late = sleep().timeout(Duration::from_millis(50)).execute(&reads).await.unwrap_err();
    assert_eq!(*late.kind(), ErrorKind::Timeout, "{late:?}");
    let mut dropped = Box::pin(sleep().execute(&reads));
    until("the replica sleeps", async || {
        assert!(poll_once(&mut dropped).await.is_none());
        pair.standby.run(&sleeping).len() == 1
    })
    .await;
    drop(dropped);
    until("the statement was cancelled", async || pair.standby.run(&sleeping).is_empty()).await;
    assert!(is_on_standby(&reads).await?, "the only connection goes on");
    db.close().await
}

#[tokio::test]
async fn closing_the_database_closes_the_connections_to_its_replicas() -> Result<()> {
    let pair = Pair::shared();
    let name = pair.create_database().await?;
    let db = pair.builder(&name).open().await?;
    let tx = db.begin_with(TransactionMode::ReadOnly).await?;
    assert!(is_on_standby(&tx).await?);
    tx.commit().await?;
    assert!(is_on_standby(&db.on_replica()).await?);
    let reads = db.on_replica();
    db.close().await?;
    assert!(is_on_standby(&reads).await.unwrap_err().is_closed());
    assert!(db.begin_with(TransactionMode::ReadOnly).await.unwrap_err().is_closed());
    let sessions = format!("select from pg_stat_activity where datname = '{name}'");
    until("the sessions have ended", async || pair.standby.run(&sessions).is_empty()).await;
    Ok(())
}

#[tokio::test]
async fn an_address_of_a_replica_that_is_wrong_is_reported_when_the_database_is_opened() -> Result<()> {
    let pair = Pair::shared();
    let address = address_in(&pair.primary, "postgres");
    let error = Database::builder(&address).replica("postgres://u:secret@db:x/app").open().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error:?}");
    assert!(error.to_string().contains("replica"), "{error}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    let builder = Database::builder(&address).replica("postgres://u:secret@db/app");
    assert!(!format!("{builder:?}").contains("secret"));
    Ok(())
}
