//! Tests of transactions with a database in which an error fails the whole transaction: nothing
//! but a rollback is possible in it, and a nested transaction is what survives an error.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::polling::poll_until_reached;
use super::*;
use crate::error::Error;
use crate::transaction::Transaction;
use crate::verb::Batch;

/// Opens a fake database in which an error fails the transaction.
async fn open_failing() -> (Database, Arc<Script>) {
    let (db, script) = open().await;
    script.fail_transactions();
    (db, script)
}

/// Checks that nothing runs in a failed transaction, and that each error names its cause.
async fn nothing_runs_in(tx: &Transaction, script: &Script) {
    let log = script.log();
    let errors = [
        query("insert").execute(tx).await.unwrap_err(),
        query("select").execute(tx).await.unwrap_err(),
        Batch::new().execute(query("insert")).run(tx).await.map(drop).unwrap_err(),
        tx.begin().await.unwrap_err(),
        tx.execute_script("insert").await.unwrap_err(),
    ];
    for error in errors {
        is_rolled_back(&error);
    }
    assert_eq!(script.log(), log, "nothing is sent");
}

fn is_rolled_back(error: &Error) {
    assert_eq!(*error.kind(), ErrorKind::RolledBack, "{error:?}");
    assert!(error.to_string().contains("as the script says"), "it names the first cause: {error}");
}

#[tokio::test]
async fn after_an_error_nothing_runs_in_the_transaction_and_it_is_not_committed() {
    for commits in [true, false] {
        let (db, script) = open_failing().await;
        script.next("insert 2", Answer::error(ErrorKind::Full));
        let conn = db.connect().await.unwrap();
        let tx = conn.begin().await.unwrap();
        query("insert 1").execute(&tx).await.unwrap();
        assert_eq!(kind(query("insert 2").execute(&tx).await), ErrorKind::Full);
        nothing_runs_in(&tx, &script).await;
        assert!(conn.in_transaction(), "until it is ended");
        match commits {
            true => is_rolled_back(&tx.commit().await.unwrap_err()),
            false => tx.rollback().await.unwrap(),
        }
        query("insert 3").execute(&conn).await.unwrap();
        assert_eq!(script.log(), ["begin", "insert 1", "insert 2: Full", "rollback", "insert 3"]);
        assert_eq!(script.committed(), ["insert 3"]);
    }
}

#[tokio::test]
async fn a_failed_transaction_that_is_dropped_is_rolled_back() {
    let (db, script) = open_failing().await;
    script.next("insert 1", Answer::error(ErrorKind::Full));
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    query("insert 1").execute(&tx).await.unwrap_err();
    drop(tx);
    query("insert 2").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["begin", "insert 1: Full", "rollback", "insert 2"]);
}

#[tokio::test]
async fn a_nested_transaction_that_fails_leaves_the_outer_ones_usable() {
    for end in ["commit", "rollback", "drop"] {
        let (db, script) = open_failing().await;
        script.next("insert 3", Answer::error(ErrorKind::Full));
        let outer = db.begin().await.unwrap();
        query("insert 1").execute(&outer).await.unwrap();
        let nested = outer.begin().await.unwrap();
        query("insert 2").execute(&nested).await.unwrap();
        let innermost = nested.begin().await.unwrap();
        query("insert 3").execute(&innermost).await.unwrap_err();
        nothing_runs_in(&innermost, &script).await;
        match end {
            "commit" => is_rolled_back(&innermost.commit().await.unwrap_err()),
            "rollback" => innermost.rollback().await.unwrap(),
            _ => drop(innermost),
        }
        query("insert 4").execute(&nested).await.unwrap();
        nested.commit().await.unwrap();
        query("insert 5").execute(&outer).await.unwrap();
        outer.commit().await.unwrap();
        assert_eq!(script.committed(), ["insert 1", "insert 2", "insert 4", "insert 5"], "{end}");
        let log = script.log();
        assert_eq!(log[5..7], ["insert 3: Full", "rollback to 2"], "{end}");
    }
}

#[tokio::test]
async fn the_end_of_an_outer_transaction_undoes_the_failed_one_inside_it() {
    for commits in [true, false] {
        let (db, script) = open_failing().await;
        script.next("insert 2", Answer::error(ErrorKind::Full));
        let outer = db.begin().await.unwrap();
        query("insert 1").execute(&outer).await.unwrap();
        let nested = outer.begin().await.unwrap();
        let innermost = nested.begin().await.unwrap();
        query("insert 2").execute(&innermost).await.unwrap_err();
        if commits {
            outer.commit().await.unwrap();
            assert_eq!(script.committed(), ["insert 1"]);
            assert_eq!(script.log()[4..], ["insert 2: Full", "rollback to 1", "commit"]);
        } else {
            outer.rollback().await.unwrap();
            assert_eq!(script.log()[4..], ["insert 2: Full", "rollback"]);
        }
        assert_eq!(kind(innermost.commit().await), ErrorKind::Closed);
        query("insert 3").execute(&db).await.unwrap();
    }
}

#[tokio::test]
async fn an_error_after_that_of_a_nested_transaction_is_a_cause_of_its_own() {
    let (db, script) = open_failing().await;
    script.next("insert 1", Answer::error(ErrorKind::Full));
    script.next("insert 2", Answer::error(ErrorKind::Conflict));
    let outer = db.begin().await.unwrap();
    let nested = outer.begin().await.unwrap();
    query("insert 1").execute(&nested).await.unwrap_err();
    nested.rollback().await.unwrap();
    query("insert 2").execute(&outer).await.unwrap_err();
    let error = outer.commit().await.unwrap_err();
    is_rolled_back(&error);
    assert!(error.is_transient(), "the cause is the conflict: {error:?}");
}

#[tokio::test]
async fn what_is_whole_by_itself_leaves_the_transaction_around_it_usable() {
    let (db, script) = open_failing().await;
    script.next("insert 3", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    query("insert 1").execute(&tx).await.unwrap();
    let batch = Batch::new().execute(query("insert 2")).execute(query("insert 3")).execute(query("insert 4"));
    let error = batch.run(&tx).await.map(drop).unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Full, Some(1)));
    query("insert 5").execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let batch = ["savepoint 1", "insert 2", "insert 3: Full", "rollback to 1"];
    assert_eq!(script.log(), [&["begin", "insert 1"], &batch[..], &["insert 5", "commit"]].concat());
    assert_eq!(script.committed(), ["insert 1", "insert 5"]);
}

#[tokio::test]
async fn a_savepoint_that_cannot_be_rolled_back_takes_the_whole_transaction_with_it() {
    let (db, script) = open_failing().await;
    let conn = db.connect().await.unwrap();
    for nests in [true, false] {
        script.forget_log();
        script.next("insert 1", Answer::error(ErrorKind::Full));
        (0..2).for_each(|_| script.next("rollback to 1", Answer::error(ErrorKind::Io)));
        let tx = conn.begin().await.unwrap();
        if nests {
            let nested = tx.begin().await.unwrap();
            query("insert 1").execute(&nested).await.unwrap_err();
            nested.rollback().await.unwrap_err();
        } else {
            Batch::new().execute(query("insert 1")).run(&tx).await.map(drop).unwrap_err();
        }
        assert_eq!(kind(query("insert 2").execute(&tx).await), ErrorKind::RolledBack, "{nests}");
        assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack, "{nests}");
        query("select").execute(&conn).await.unwrap();
        assert!(!script.log().contains(&"insert 2".to_owned()), "{:?}", script.log());
        assert_eq!(script.committed(), [""; 0], "{nests}");
    }
}

#[tokio::test]
async fn a_read_that_is_dropped_in_a_transaction_fails_it() {
    let (db, script) = open_failing().await;
    let tx = db.begin().await.unwrap();
    query("insert 1").execute(&tx).await.unwrap();
    let gate = script.gate("select");
    drop(poll_until_reached(&gate, query("select").execute(&tx)).await);
    let error = query("insert 2").execute(&tx).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RolledBack);
    assert!(error.to_string().contains("it was stopped"), "{error}");
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
    assert_eq!(script.committed(), [""; 0]);
}

#[tokio::test]
async fn a_deadline_in_a_transaction_is_the_cause_that_later_errors_name() {
    let (db, script) = open_failing().await;
    let tx = db.begin().await.unwrap();
    query("insert 1").execute(&tx).await.unwrap();
    let gate = script.gate("insert 2");
    let late = query("insert 2").timeout(Duration::from_millis(1)).execute(&tx).await.unwrap_err();
    assert_eq!(*late.kind(), ErrorKind::Timeout);
    drop(gate);
    let error = query("insert 3").execute(&tx).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::RolledBack);
    assert!(error.to_string().contains("timeout of 1.0ms"), "{error}");
    tx.rollback().await.unwrap();
    assert_eq!(script.committed(), [""; 0]);
}

#[tokio::test]
async fn a_write_with_a_deadline_that_fails_is_rolled_back() {
    let (db, script) = open_failing().await;
    script.next("insert 1", Answer::error(ErrorKind::Full));
    assert_eq!(kind(query("insert 1").timeout(LONG).execute(&db).await), ErrorKind::Full);
    query("insert 2").timeout(LONG).execute(&db).await.unwrap();
    assert_eq!(script.log(), ["begin", "insert 1: Full", "rollback", "begin", "insert 2", "commit"]);
}

#[tokio::test]
async fn a_conflict_that_the_closure_ignores_is_noticed_at_the_commit_and_retried() {
    let (db, script) = open_failing().await;
    script.next("insert 1", Answer::error(ErrorKind::Conflict));
    let attempts = AtomicUsize::new(0);
    let ignoring = async |tx: Transaction| {
        attempts.fetch_add(1, Ordering::Relaxed);
        drop(query("insert 1").execute(&tx).await);
        Ok(())
    };
    db.retry_transaction(ignoring).await.unwrap();
    assert_eq!(attempts.into_inner(), 2);
    assert_eq!(script.committed(), ["insert 1"]);
    assert_eq!(script.log(), ["begin", "insert 1: Conflict", "rollback", "begin", "insert 1", "commit"]);
}

#[tokio::test]
async fn a_transaction_that_the_database_ends_is_dead_and_not_failed() {
    let (db, script) = open_failing().await;
    script.next("insert 1", Answer::error(ErrorKind::Conflict).ending_the_transaction());
    let tx = db.begin().await.unwrap();
    let nested = tx.begin().await.unwrap();
    query("insert 1").execute(&nested).await.unwrap_err();
    nested.rollback().await.unwrap();
    is_rolled_back(&query("insert 2").execute(&tx).await.unwrap_err());
    is_rolled_back(&tx.commit().await.unwrap_err());
    assert_eq!(script.log(), ["begin", "savepoint 1", "insert 1: Conflict"]);
}
