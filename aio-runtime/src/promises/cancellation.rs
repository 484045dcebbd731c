//! Tests of dropped futures: a queued request never begins, a read is stopped, a write runs to its
//! end, and an open transaction is rolled back.

use super::polling::{poll_pending, poll_times, poll_until_reached};
use super::*;

#[tokio::test]
async fn a_request_that_is_dropped_before_it_begins_never_begins() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for ex in [&*db, &*conn] {
        let gate = script.gate("select 1");
        let first = poll_until_reached(&gate, query("select 1").execute(ex)).await;
        for text in ["select 2", "insert 2"] {
            drop(poll_pending(query(text).execute(ex)).await);
        }
        drop(poll_pending(ex.execute_script("insert 3; insert 4")).await);
        gate.open();
        first.await.unwrap();
        query("select 5").execute(ex).await.unwrap();
    }
    assert_eq!(script.log(), ["select 1", "select 5", "select 1", "select 5"]);
}

#[tokio::test]
async fn a_dropped_read_is_stopped_and_its_connection_serves_the_next() {
    let (db, script) = open().await;
    // The gate stays closed, so the statement ends only if it is stopped.
    let gate = script.gate("select 1");
    drop(poll_until_reached(&gate, query("select 1").execute(&db)).await);
    query("select 2").execute(&db).await.unwrap();
    assert_eq!(script.log(), ["select 1: Interrupted", "select 2"]);
    assert_eq!(script.opened(), 1);
}

#[tokio::test]
async fn a_dropped_write_runs_to_its_end() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for ex in [&*db, &*conn] {
        script.forget_log();
        let gate = script.gate("insert");
        drop(poll_until_reached(&gate, query("insert").execute(ex)).await);
        let next = poll_pending(query("select").execute(ex)).await;
        gate.open();
        next.await.unwrap();
        assert_eq!(script.log(), ["insert", "select"]);
    }
}

#[tokio::test]
async fn a_stop_never_stops_the_next_request() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for round in 0..300 {
        let gate = script.gate("select 1");
        let stopped = poll_until_reached(&gate, query("select 1").execute(&conn)).await;
        let next_gate = script.gate("select 2");
        let next = poll_pending(query("select 2").execute(&conn)).await;
        // The gate opens, and so lets the read end, at about the same time as the read is stopped.
        // Then the next request begins.
        let opener = std::thread::spawn(move || gate.open());
        drop(stopped);
        next_gate.reached().await;
        opener.join().unwrap();
        next_gate.open();
        next.await.unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
    assert_eq!(script.opened(), 1);
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_before_anything_else_runs() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    let gate = script.gate("insert");
    let write = poll_until_reached(&gate, query("insert").execute(&tx)).await;
    drop((write, tx));
    let next = poll_pending(query("select").execute(&conn)).await;
    gate.open();
    next.await.unwrap();
    assert_eq!(script.log(), ["begin", "insert", "rollback", "select"]);
}

#[tokio::test]
async fn a_dropped_begin_leaves_no_transaction_open() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let gate = script.gate("begin");
    drop(poll_until_reached(&gate, conn.begin()).await);
    assert!(!conn.in_transaction());
    let next = poll_pending(query("select").execute(&conn)).await;
    gate.open();
    next.await.unwrap();
    assert_eq!(script.log(), ["begin", "rollback", "select"]);
}

#[tokio::test]
async fn a_begin_that_is_dropped_before_it_begins_never_begins() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let gate = script.gate("select");
    let first = poll_until_reached(&gate, query("select").execute(&conn)).await;
    drop(poll_pending(conn.begin()).await);
    gate.open();
    first.await.unwrap();
    query("insert").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["select", "insert"]);
}

#[tokio::test]
async fn a_commit_that_is_dropped_before_it_begins_rolls_back() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    let gate = script.gate("insert");
    let write = poll_until_reached(&gate, query("insert").execute(&tx)).await;
    drop(poll_pending(tx.commit()).await);
    gate.open();
    write.await.unwrap();
    query("select").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["begin", "insert", "rollback", "select"]);
}

#[tokio::test]
async fn a_commit_that_is_dropped_when_it_has_begun_commits() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    let gate = script.gate("commit");
    drop(poll_until_reached(&gate, tx.commit()).await);
    let next = poll_pending(query("select").execute(&conn)).await;
    gate.open();
    next.await.unwrap();
    assert_eq!(script.log(), ["begin", "commit", "select"]);
}

#[tokio::test]
async fn a_stream_that_is_dropped_in_the_middle_of_its_rows_is_stopped() {
    let (db, script) = open().await;
    script.always("select", Answer::rows(5000));
    let gate = script.gate(Place::Row("select".into(), 3000));
    let mut stream = query("select").stream::<(i64, String)>(&db);
    assert_eq!(stream.next().await.unwrap().unwrap().0, 0);
    gate.reached().await;
    drop(stream);
    query("insert").execute(&db).await.unwrap();
    assert_eq!(script.log(), ["select: Interrupted", "insert"]);
    assert_eq!((script.rows(), script.opened()), (3000, 1));
}

/// Begins a transaction, inserts, inserts in a nested transaction, reads a stream, and commits.
async fn program(db: Database) -> Result<()> {
    let tx = db.begin().await?;
    query("insert 1").execute(&tx).await?;
    let nested = tx.begin().await?;
    query("insert 2").execute(&nested).await?;
    nested.commit().await?;
    let mut stream = query("select").stream::<(i64, String)>(&tx);
    while stream.next().await.transpose()?.is_some() {}
    tx.commit().await
}

const STEPS: [&str; 7] = ["begin", "insert 1", "savepoint 1", "insert 2", "release 1", "select", "commit"];

/// Checks the database after the program was dropped: its transaction is committed as a whole or
/// rolled back, and the next caller gets a connection.
async fn check_left(db: Database, script: &Script, when: &str) {
    // Only one connection is allowed, so this waits until the program's connection is given back.
    let conn = db.connect().await.unwrap_or_else(|error| panic!("{when}: {error}"));
    query("select 1").execute(&conn).await.unwrap_or_else(|error| panic!("{when}: {error}"));
    let log = script.log();
    let (last, ran) = log.split_last().unwrap();
    assert_eq!(last, "select 1", "{when}: {log:?}");
    if let Some(end) = ran.last() {
        assert!(["commit", "rollback"].contains(&end.as_str()), "{when}: {log:?}");
        assert_eq!(end == "commit", ran == STEPS, "{when}: {log:?}");
        assert_eq!(ran.iter().filter(|step| ["begin", "commit", "rollback"].contains(&step.as_str())).count(), 2);
    }
    drop(conn);
    db.close().await.unwrap();
    assert_eq!(script.open_connections(), 0, "{when}: a connection is left");
}

async fn one_connection() -> (Database, Arc<Script>) {
    let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
    script.always("select", Answer::rows(2000));
    (db, script)
}

#[tokio::test]
async fn a_program_that_is_dropped_at_any_of_its_polls_leaves_nothing() {
    for polls in 1..1000 {
        let (db, script) = one_connection().await;
        let ended = poll_times(program(db.clone()), polls).await;
        check_left(db, &script, &format!("at poll {polls}")).await;
        if let Some(result) = ended {
            assert!(polls > 1, "it is dropped before its end as well");
            return result.unwrap();
        }
    }
    panic!("the program never ends");
}

#[tokio::test]
async fn a_program_that_is_dropped_while_any_of_its_steps_runs_leaves_nothing() {
    for step in 1..=STEPS.len() {
        let (db, script) = one_connection().await;
        let gate = script.gate(Place::Nth(step));
        let running = poll_until_reached(&gate, program(db.clone())).await;
        drop(running);
        gate.open();
        check_left(db, &script, &format!("at `{}`", STEPS[step - 1])).await;
    }
}
