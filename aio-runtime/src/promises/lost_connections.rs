//! Tests of panics in the driver, of lost connections, and of transactions that are retried.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::transaction::Transaction;
use crate::verb::Batch;

#[tokio::test]
async fn a_panic_in_the_driver_is_an_error_and_the_connection_is_replaced() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for (number, ex) in [&*db, &*conn].into_iter().enumerate() {
        for text in ["select 1", "insert 1"] {
            script.next(text, Answer::rows(3).then_panic().after_values(1));
            let error = query(text).all::<(i64, String)>(ex).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Panic);
            assert!(error.to_string().contains("as the script says"), "{error}");
            query("select 2").execute(ex).await.unwrap();
        }
        assert_eq!(script.opened(), 4 + 2 * number, "one for the handle, one for the queue, and two for those lost");
    }
    script.wait_until("those that are not replaced are open", |script| script.open_connections() == 2).await;
}

/// The methods of the driver that the test makes panic, by the texts for which the script has
/// their answers.
const FUNCTIONS: [&str; 7] = [
    "is_read",
    "begin",
    "commit",
    "rollback, whatever is open",
    "in_transaction",
    "is_unusable_after",
    "take_cache_counts",
];

#[tokio::test]
async fn a_panic_in_any_function_of_the_driver_fails_its_request_and_the_thread_continues() {
    for function in FUNCTIONS {
        let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
        let conn = db.connect().await.unwrap();
        for text in ["select", "insert", "select fails"] {
            script.next("select fails", Answer::rows(2).then_error(ErrorKind::Full));
            script.always(function, Answer::panic());
            // These requests fail if they call the method that panics. Their errors do not matter
            // here.
            let _ = query(text).all::<(i64, String)>(&conn).await;
            let _ = query(text).execute(&db).await;
            let _ = Batch::new().execute(query(text)).execute(query("insert")).run(&conn).await;
            if let Ok(tx) = conn.begin().await {
                let _ = query(text).execute(&tx).await;
                let _ = tx.commit().await;
            }
            script.always(function, Answer::default());
            assert!(!conn.in_transaction());
            for ex in [&*db, &*conn] {
                for _ in 0..2 {
                    let done = query("insert").execute(ex).await;
                    done.unwrap_or_else(|error| panic!("after `{text}` with a panic in `{function}`: {error}"));
                }
            }
            conn.begin().await.unwrap().commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_panic_in_a_transaction_makes_it_dead() {
    let (db, script) = open().await;
    script.next("insert 1", Answer::panic());
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    assert_eq!(kind(query("insert 1").execute(&tx).await), ErrorKind::Panic);
    let later = query("insert 2").execute(&tx).await.unwrap_err();
    assert_eq!(*later.kind(), ErrorKind::RolledBack);
    assert!(later.to_string().contains("as the script says"), "{later}");
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
    query("insert 3").execute(&conn).await.unwrap();
    assert_eq!(script.log_of(1), ["begin", "insert 1: Panic", "rollback"]);
    assert_eq!(script.log_of(2), ["insert 3"]);
}

#[tokio::test]
async fn a_panic_during_a_rollback_does_not_fail_later_requests() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for drops in [false, true] {
        let tx = conn.begin().await.unwrap();
        script.next("rollback", Answer::panic());
        if drops {
            drop(tx);
        } else {
            assert_eq!(kind(tx.rollback().await), ErrorKind::Panic);
        }
        query("insert").execute(&conn).await.unwrap();
        conn.begin().await.unwrap().commit().await.unwrap();
    }
    assert_eq!(script.opened(), 3);
    assert_eq!(script.log_of(1), ["begin", "rollback: Panic", "rollback"]);
}

#[tokio::test]
async fn a_connection_that_is_lost_is_replaced() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for loss in [ErrorKind::Disconnected, ErrorKind::OutcomeUnknown] {
        for ex in [&*db, &*conn] {
            script.next("insert 1", Answer::error(loss.clone()));
            assert_eq!(kind(query("insert 1").execute(ex).await), loss);
            query("insert 2").execute(ex).await.unwrap();
        }
    }
    assert_eq!(script.opened(), 6);
}

#[tokio::test]
async fn a_connection_that_is_lost_in_a_transaction_ends_it() {
    let (db, script) = open().await;
    script.next("insert 1", Answer::error(ErrorKind::Disconnected));
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    assert_eq!(kind(query("insert 1").execute(&tx).await), ErrorKind::Disconnected);
    assert_eq!(kind(query("insert 2").execute(&tx).await), ErrorKind::RolledBack);
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
    query("insert 3").execute(&conn).await.unwrap();
    assert_eq!(script.log_of(1), ["begin", "insert 1: Disconnected"]);
    assert_eq!(script.log_of(2), ["insert 3"]);
}

#[tokio::test]
async fn a_connection_that_is_lost_while_a_transaction_ends_is_replaced() {
    for (step, commits) in [("commit", true), ("rollback", false)] {
        let (db, script) = open().await;
        let conn = db.connect().await.unwrap();
        let tx = conn.begin().await.unwrap();
        script.next(step, Answer::error(ErrorKind::OutcomeUnknown));
        let ended = if commits { tx.commit().await } else { tx.rollback().await };
        assert_eq!(kind(ended), ErrorKind::OutcomeUnknown);
        query("insert").execute(&conn).await.unwrap();
        assert_eq!(script.log_of(2), ["insert"]);
    }
}

#[tokio::test]
async fn a_connection_whose_transaction_cannot_be_rolled_back_is_replaced() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    script.always("rollback", Answer::error(ErrorKind::Io));
    let tx = conn.begin().await.unwrap();
    drop(tx);
    query("insert").execute(&conn).await.unwrap();
    let log = script.log_of(1);
    assert!(!log.contains(&"insert".to_owned()), "it would be part of the transaction: {log:?}");
    assert_eq!(script.log_of(2), ["insert"]);
}

/// Runs two statements by `retry_transaction`. Returns the result of the transaction and the
/// number of attempts.
async fn retried(db: &Database) -> (Result<()>, usize) {
    let attempts = AtomicUsize::new(0);
    let work = async |tx: Transaction| {
        attempts.fetch_add(1, Ordering::Relaxed);
        query("insert 1").execute(&tx).await?;
        query("insert 2").execute(&tx).await.map(drop)
    };
    let result = db.retry_transaction(work).await;
    (result, attempts.into_inner())
}

const WHOLE: [&str; 4] = ["begin", "insert 1", "insert 2", "commit"];

#[tokio::test]
async fn a_transaction_whose_connection_was_lost_before_it_ran_is_retried_on_another() {
    let (db, script) = open().await;
    script.next("insert 2", Answer::error(ErrorKind::Disconnected));
    let (result, attempts) = retried(&db).await;
    result.unwrap();
    assert_eq!(attempts, 2);
    assert_eq!(script.log_of(1), ["begin", "insert 1", "insert 2: Disconnected"]);
    assert_eq!(script.log_of(2), WHOLE);
}

#[tokio::test]
async fn a_transaction_that_may_have_run_is_never_retried() {
    for step in ["insert 2", "commit"] {
        let (db, script) = open().await;
        script.next(step, Answer::error(ErrorKind::OutcomeUnknown));
        let (result, attempts) = retried(&db).await;
        let error = result.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
        assert!(!error.is_transient());
        assert_eq!((attempts, script.opened()), (1, 1));
        assert_eq!(script.log().last(), Some(&format!("{step}: OutcomeUnknown")));
    }
}

#[tokio::test]
async fn a_transaction_with_a_conflict_is_retried() {
    for (step, ends) in [("insert 2", false), ("insert 2", true), ("commit", true), ("begin", false)] {
        let (db, script) = open().await;
        let conflict = Answer::error(ErrorKind::Conflict);
        script.next(step, if ends { conflict.ending_the_transaction() } else { conflict });
        let (result, attempts) = retried(&db).await;
        result.unwrap();
        assert_eq!(attempts, if step == "begin" { 1 } else { 2 });
        let log = script.log();
        assert_eq!(log[log.len() - 4..], WHOLE, "{step}");
    }
}
