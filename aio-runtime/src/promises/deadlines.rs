//! Tests of deadlines: a late request is stopped or rolled back, and its error says so.

use super::polling::{poll_once, poll_until_reached, poll_until_reached_or_ready, with_little_time};
use super::*;
use crate::engine::sleep;
use crate::verb::Batch;

#[tokio::test]
async fn a_read_past_its_deadline_is_stopped() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let gate = script.gate("select 1");
        let error = query("select 1").timeout(time).execute(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Timeout);
        let begun = gate.is_reached();
        query("select 2").execute(&db).await.unwrap();
        begun.then(|| assert_eq!(script.log(), ["select 1: Interrupted", "select 2"]))
    })
    .await;
}

#[tokio::test]
async fn a_write_past_its_deadline_is_rolled_back() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let gate = script.gate("insert");
        let error = query("insert").timeout(time).execute(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Timeout);
        let begun = gate.is_reached();
        query("select").execute(&db).await.unwrap();
        // The commit has no effect, because the driver undoes a statement that is interrupted.
        begun.then(|| assert_eq!(script.log(), ["begin", "insert: Interrupted", "commit", "select"]))
    })
    .await;
}

#[tokio::test]
async fn a_batch_past_its_deadline_is_rolled_back_as_a_whole() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let conn = db.connect().await.unwrap();
        let batch = || Batch::new().execute(query("insert 1")).execute(query("insert 2")).timeout(time);
        let gate = script.gate("insert 2");
        let error = batch().run(&conn).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Timeout);
        let tx = conn.begin().await.unwrap();
        let again = batch().run(&tx).await.unwrap_err();
        assert_eq!(*again.kind(), ErrorKind::Timeout);
        query("insert 3").execute(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let alone = ["begin", "insert 1", "insert 2: Interrupted", "rollback"];
        let within = ["begin", "savepoint 1", "insert 1", "insert 2: Interrupted", "rollback to 1"];
        let after = ["insert 3", "commit"];
        gate.is_reached_by(2).then(|| assert_eq!(script.log(), [&alone[..], &within, &after].concat()))
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_has_begun_is_not_stopped_by_a_deadline() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let gate = script.gate("commit");
        let mut write = Box::pin(query("insert").timeout(time).execute(&db));
        if poll_until_reached_or_ready(&gate, &mut write).await.is_some() {
            return None;
        }
        // Alarms ring in order, so the alarm of the deadline has rung when this sleep ends.
        sleep(time).await;
        assert!(poll_once(&mut write).await.is_none(), "it waits for the commit");
        gate.open();
        write.await.unwrap();
        assert_eq!(script.log(), ["begin", "insert", "commit"]);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_batch_whose_statements_are_done_is_not_stopped_by_a_deadline() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let tx = db.begin().await.unwrap();
        let gate = script.gate("release 1");
        let batch = Batch::new().execute(query("insert 1")).execute(query("insert 2")).timeout(time);
        let mut batch = Box::pin(batch.run(&tx));
        if poll_until_reached_or_ready(&gate, &mut batch).await.is_some() {
            return None;
        }
        sleep(time).await;
        gate.open();
        batch.await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(script.log(), ["begin", "savepoint 1", "insert 1", "insert 2", "release 1", "commit"]);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_request_whose_deadline_passes_in_the_queue_never_begins() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for ex in [&*db, &*conn] {
        script.forget_log();
        let gate = script.gate("select 1");
        let first = poll_until_reached(&gate, query("select 1").execute(ex)).await;
        for text in ["select 2", "insert 2"] {
            let error = query(text).timeout(NO_TIME).execute(ex).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Timeout);
        }
        gate.open();
        first.await.unwrap();
        query("select 3").execute(ex).await.unwrap();
        assert_eq!(script.log(), ["select 1", "select 3"]);
    }
}

#[tokio::test]
async fn a_statement_without_a_timeout_has_the_default_one() {
    let (db, script) = open_with(1, |builder| builder.timeout(Duration::from_millis(1))).await;
    let gate = script.gate("select 1");
    let error = query("select 1").execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout);
    gate.open();
    let gate = script.gate("select 2");
    let mut longer = poll_until_reached(&gate, query("select 2").timeout(LONG).execute(&db)).await;
    sleep(Duration::from_millis(1)).await;
    assert!(poll_once(&mut longer).await.is_none(), "it has longer than the default");
    gate.open();
    longer.await.unwrap();
}

#[tokio::test]
async fn a_statement_past_its_deadline_leaves_the_transaction_usable() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        let tx = db.begin().await.unwrap();
        let gate = script.gate("insert 1");
        let error = query("insert 1").timeout(time).execute(&tx).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Timeout);
        query("insert 2").execute(&tx).await.unwrap();
        tx.commit().await.unwrap();
        gate.is_reached().then(|| assert_eq!(script.log(), ["begin", "insert 1: Interrupted", "insert 2", "commit"]))
    })
    .await;
}

#[tokio::test]
async fn requests_in_a_transaction_ended_by_a_deadline_report_the_timeout() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        script.always("insert 1", Answer::default().ending_the_transaction_when_stopped());
        let tx = db.begin().await.unwrap();
        let gate = script.gate("insert 1");
        let first = query("insert 1").timeout(time).execute(&tx).await.unwrap_err();
        let late = first.to_string();
        assert!(late.contains("it took longer than its timeout"), "{late}");
        gate.is_reached().then_some(())?;
        let later = query("insert 2").execute(&tx).await.unwrap_err();
        assert_eq!(*later.kind(), ErrorKind::RolledBack);
        assert!(later.to_string().contains("it took longer than its timeout"), "{later}");
        assert!(later.is_transient());
        let committed = tx.commit().await.unwrap_err();
        assert!(committed.to_string().contains("it took longer than its timeout"), "{committed}");
        assert_eq!(script.log(), ["begin", "insert 1: Interrupted"]);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn a_deadline_does_not_end_a_stream_that_has_returned_rows() {
    with_little_time(async |time| {
        let (db, script) = open().await;
        script.always("select", Answer::rows(3000));
        let gate = script.gate(Place::Row("select".into(), 2500));
        let mut stream = query("select").timeout(time).stream::<(i64, String)>(&db);
        stream.next().await.unwrap().ok()?;
        // If the deadline has passed before the first row was read, the test has to be run again.
        let stopped = |script: &Script| script.log() == ["select: Interrupted"];
        script.wait_until("it comes far or is stopped", |script| gate.is_reached() || stopped(script)).await;
        sleep(time).await;
        gate.open();
        let mut rows = 1;
        while let Some(row) = stream.next().await {
            row.ok()?;
            rows += 1;
        }
        assert_eq!(rows, 3000);
        Some(())
    })
    .await;
}
