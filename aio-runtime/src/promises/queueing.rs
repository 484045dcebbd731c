//! Tests of queues: which requests wait, how long, which threads run them, and what closing does
//! with them.

use super::polling::{poll_once, poll_pending, poll_until_reached, poll_until_reached_or_ready, with_little_time};
use super::*;

#[tokio::test]
async fn requests_of_a_connection_run_in_the_order_in_which_they_were_sent() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let clone = conn.clone();
    let gate = script.gate("select 0");
    let first = poll_until_reached(&gate, query("select 0").execute(&conn)).await;
    let mut sent = Vec::new();
    for number in 1..=8 {
        let sender = if number % 3 == 0 { &clone } else { &conn };
        let text = if number % 2 == 0 { format!("insert {number}") } else { format!("select {number}") };
        sent.push(poll_pending(query(text).execute(sender)).await);
    }
    gate.open();
    // The order in which the answers are awaited does not matter.
    for statement in sent.into_iter().rev() {
        statement.await.unwrap();
    }
    first.await.unwrap();
    let order =
        ["select 0", "select 1", "insert 2", "select 3", "insert 4", "select 5", "insert 6", "select 7", "insert 8"];
    assert_eq!(script.log(), order);
}

#[tokio::test]
async fn a_request_that_waits_longer_than_the_acquire_timeout_never_begins() {
    with_little_time(async |time| {
        let (db, script) = open_with(1, |builder| builder.acquire_timeout(time)).await;
        let gate = script.gate("select 1");
        let mut first = Box::pin(query("select 1").execute(&db));
        if poll_until_reached_or_ready(&gate, &mut first).await.is_some() {
            return None;
        }
        let error = query("insert").execute(&db).await.unwrap_err();
        gate.open();
        first.await.unwrap();
        assert_eq!(*error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("`aio-sql lane 1` has run `select 1`"), "{error}");
        query("select 2").execute(&db).await.unwrap();
        assert_eq!(script.log(), ["select 1", "select 2"]);
        Some(())
    })
    .await;
}

#[tokio::test]
async fn connections_beyond_the_maximum_wait_for_a_free_one() {
    let (db, script) = open_with(1, |builder| builder.max_connections(2)).await;
    let first = db.connect().await.unwrap();
    let second = db.connect().await.unwrap();
    let mut third = poll_pending(db.connect()).await;
    assert_eq!(script.opened(), 2);
    assert!(poll_once(&mut third).await.is_none(), "it waits");
    query("select 1").execute(&second).await.unwrap();
    drop(first);
    let third = third.await.unwrap();
    query("select 2").execute(&third).await.unwrap();
    assert_eq!(script.opened(), 2, "the connection that was given back serves the next");
    assert_eq!((script.log_of(1), script.log_of(2)), (vec!["select 2".to_owned()], vec!["select 1".to_owned()]));
}

#[tokio::test]
async fn the_timeout_of_connect_names_the_connection_in_use_for_the_longest_time() {
    let (db, _) = open_with(1, |builder| builder.max_connections(2).acquire_timeout(NO_TIME)).await;
    let longest = db.connect().await.unwrap();
    let shorter = db.connect().await.unwrap();
    let error = db.connect().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout);
    let names = "all 2 that `max_connections` allows are in use, the longest, `aio-sql connection 1`, for ";
    assert!(error.to_string().contains(names), "{error}");
    drop(longest);
    let error = loop {
        // `connect` succeeds again as soon as the thread of the dropped connection has ended its
        // work.
        match db.connect().await {
            Ok(_) => break db.connect().await.unwrap_err(),
            Err(error) => assert_eq!(*error.kind(), ErrorKind::Timeout),
        }
    };
    drop((error, shorter));
}

#[tokio::test]
async fn a_returned_connection_is_reopened_unless_it_is_unchanged() {
    let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
    for text in ["insert", "set time zone", "select"] {
        let conn = db.connect().await.unwrap();
        query(text).execute(&conn).await.unwrap();
    }
    assert_eq!(script.log_of(1), ["insert", "set time zone"]);
    assert_eq!(script.log_of(2), ["select"]);
}

#[tokio::test]
async fn a_dropped_connection_is_returned_even_while_a_statement_runs() {
    let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    let gate = script.gate("insert");
    drop((poll_until_reached(&gate, query("insert").execute(&tx)).await, tx, conn));
    let next = poll_pending(db.connect()).await;
    gate.open();
    query("select").execute(&next.await.unwrap()).await.unwrap();
    assert_eq!(script.log_of(1), ["begin", "insert", "rollback", "select"]);
}

#[tokio::test]
async fn closing_refuses_new_requests_and_runs_what_is_queued() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let gate = script.gate("select 1");
    let first = poll_until_reached(&gate, query("select 1").execute(&db)).await;
    let second = poll_pending(query("insert 2").execute(&db)).await;
    let third = poll_pending(query("insert 3").execute(&db)).await;
    let mut closing = poll_pending(db.clone().close()).await;
    assert!(db.is_closed() && conn.is_closed());
    assert!(query("select 4").execute(&db).await.unwrap_err().is_closed());
    assert!(query("select 4").execute(&conn).await.unwrap_err().is_closed());
    assert!(conn.begin().await.unwrap_err().is_closed());
    assert!(db.begin().await.unwrap_err().is_closed());
    assert!(poll_once(&mut closing).await.is_none(), "it waits for what is queued");
    gate.open();
    closing.await.unwrap();
    assert_eq!(script.open_connections(), 0, "every connection is closed");
    for queued in [first, second, third] {
        queued.await.unwrap();
    }
    assert_eq!(script.log(), ["select 1", "insert 2", "insert 3"]);
}

#[tokio::test]
async fn closing_waits_for_a_transaction_that_is_open() {
    let (db, script) = open().await;
    let tx = db.begin().await.unwrap();
    let mut closing = poll_pending(db.close()).await;
    query("insert").execute(&tx).await.unwrap();
    assert!(poll_once(&mut closing).await.is_none(), "it waits for the transaction");
    tx.commit().await.unwrap();
    closing.await.unwrap();
    assert_eq!(script.log(), ["begin", "insert", "commit"]);
    assert_eq!(script.open_connections(), 0);
}

#[tokio::test]
async fn closing_ends_a_transaction_that_stays_open() {
    let (db, script) = open_with(1, |builder| builder.close_timeout(NO_TIME)).await;
    let tx = db.begin().await.unwrap();
    db.close().await.unwrap();
    assert_eq!(script.log(), ["begin", "rollback"]);
    assert_eq!(script.open_connections(), 0);
    assert!(query("insert").execute(&tx).await.unwrap_err().is_closed());
    assert!(tx.commit().await.unwrap_err().is_closed());
    assert_eq!(script.log(), ["begin", "rollback"]);
}

#[tokio::test]
async fn closing_ends_a_stream_that_is_not_read() {
    let (db, script) = open_with(1, |builder| builder.close_timeout(NO_TIME)).await;
    script.always("select", Answer::rows(10_000));
    let mut stream = query("select").stream::<(i64, String)>(&db);
    stream.next().await.unwrap().unwrap();
    db.close().await.unwrap();
    assert_eq!(script.open_connections(), 0);
    let error = loop {
        if let Err(error) = stream.next().await.unwrap() {
            break error;
        }
    };
    assert!(error.is_closed(), "{error}");
}

#[tokio::test]
async fn a_database_closes_when_its_last_handle_is_dropped() {
    let (db, script) = open_with(2, |builder| builder).await;
    let conn = db.connect().await.unwrap();
    drop(db.connect().await.unwrap());
    let gate = script.gate("select");
    let both = (poll_pending(query("select").execute(&db)).await, poll_pending(query("select").execute(&db)).await);
    gate.reached_by(2).await;
    assert_eq!(script.opened(), 4);
    gate.open();
    both.0.await.unwrap();
    both.1.await.unwrap();
    let clone = db.clone();
    drop(db);
    query("insert").execute(&clone).await.unwrap();
    drop((clone, conn));
    script.wait_until("every connection is closed", |script| script.open_connections() == 0).await;
}

#[tokio::test]
async fn threads_that_share_a_queue_run_requests_in_parallel_and_each_once() {
    let (db, script) = open_with(3, |builder| builder).await;
    let gate = script.gate("select");
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(poll_pending(query("select").execute(&db)).await);
    }
    gate.reached_by(3).await;
    let numbers: Vec<_> = (0..100).map(|number| format!("insert {number}")).collect();
    let mut queued = Vec::new();
    for text in &numbers {
        queued.push(poll_pending(query(text).execute(&db)).await);
    }
    gate.open();
    for statement in sent.into_iter().chain(queued) {
        statement.await.unwrap();
    }
    let mut ran: Vec<_> = script.log().into_iter().filter(|step| step != "select").collect();
    let mut numbers = numbers.clone();
    ran.sort();
    numbers.sort();
    assert_eq!(ran, numbers);
}

#[tokio::test]
async fn a_request_fails_with_the_error_of_opening_and_the_next_one_tries_again() {
    let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
    for _ in 0..2 {
        script.next("open", Answer::error(ErrorKind::CannotOpen));
        let error = query("select").execute(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert!(error.to_string().contains("as the script says"), "{error}");
        script.next("open", Answer::error(ErrorKind::CannotOpen));
        assert_eq!(*db.connect().await.unwrap_err().kind(), ErrorKind::CannotOpen);
        script.next("open", Answer::panic());
        assert_eq!(*db.begin().await.unwrap_err().kind(), ErrorKind::Panic);
    }
    let conn = db.connect().await.unwrap();
    query("select 1").execute(&conn).await.unwrap();
    query("select 2").execute(&db).await.unwrap();
    assert_eq!(script.log(), ["select 1", "select 2"]);
}

#[tokio::test]
async fn a_connection_dropped_while_it_opens_is_returned() {
    let (db, script) = open_with(1, |builder| builder.max_connections(1)).await;
    let gate = script.gate("open");
    drop(poll_until_reached(&gate, db.connect()).await);
    let next = poll_pending(db.connect()).await;
    gate.open();
    query("select").execute(&next.await.unwrap()).await.unwrap();
    assert_eq!(script.opened(), 1);
}
