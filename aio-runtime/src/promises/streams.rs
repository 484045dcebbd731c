//! Tests of the delivery of rows to a task: in order, once each, and without a row that a driver
//! has not ended.

use super::polling::{poll_once, poll_times, poll_until_reached};
use super::*;
use crate::executor::Executor;
use crate::verb::Batch;

/// A number of rows that fills many batches.
const MANY: usize = 3000;

/// Reads a stream to its end. Returns the numbers of the rows, and the kind of the error at the
/// end.
async fn read(ex: &Executor, text: &str) -> (Vec<i64>, Option<ErrorKind>) {
    let mut stream = query(text).stream::<(i64, String)>(ex);
    let mut numbers = Vec::new();
    while let Some(row) = stream.next().await {
        match row {
            Ok((number, _)) => numbers.push(number),
            Err(error) => return (numbers, Some(error.kind().clone())),
        }
    }
    (numbers, None)
}

fn numbers(rows: usize) -> Vec<i64> {
    (0..rows as i64).collect()
}

#[tokio::test]
async fn rows_of_many_batches_arrive_in_order_and_once_each() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for rows in [0, 1, 2, 100, MANY] {
        for (width, text) in [(0, "select"), (3, "select"), (0, "insert returning")] {
            script.always(text, Answer::rows(rows).wide(width));
            for ex in [&*db, &*conn] {
                assert_eq!(read(ex, text).await, (numbers(rows), None), "{text}");
                let all = query(text).all::<(i64, String)>(ex).await.unwrap();
                let expected: Vec<_> = numbers(rows).into_iter().map(|number| (number, "x".repeat(width))).collect();
                assert_eq!(all, expected, "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_row_that_is_wider_than_a_batch_arrives_whole() {
    let (db, script) = open().await;
    script.always("select", Answer::rows(40).wide(100_000));
    let rows = query("select").all::<(i64, String)>(&db).await.unwrap();
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|(_, text)| text.len() == 100_000));
}

#[tokio::test]
async fn complete_rows_before_a_failure_arrive_and_the_incomplete_one_does_not() {
    let (db, script) = open().await;
    for rows in [0, 1, 100, 401, MANY] {
        for values in 0..3 {
            script.next("select", Answer::rows(rows).then_error(ErrorKind::Full).after_values(values));
            assert_eq!(read(&db, "select").await, (numbers(rows), Some(ErrorKind::Full)), "{rows} {values}");
            script.next("select", Answer::rows(rows).then_panic().after_values(values));
            assert_eq!(read(&db, "select").await, (numbers(rows), Some(ErrorKind::Panic)), "{rows} {values}");
        }
    }
}

/// Checks that requests that reuse the buffers of a failed request get exactly their own rows.
async fn check_buffers_after(fails: impl AsyncFn(&Database, &Script)) {
    let (db, script) = open().await;
    let other = db.connect().await.unwrap();
    script.always("select 5", Answer::rows(5));
    for rows in [0, 1, 3, 150, 151, MANY] {
        for values in 0..3 {
            for failure in [Answer::rows(rows).then_error(ErrorKind::Full), Answer::rows(rows).then_panic()] {
                script.always("fails", failure.clone().after_values(values));
                script.always("select fails", failure.after_values(values));
                fails(&db, &script).await;
                // These are more requests at a time than a thread keeps buffers, so that all kept
                // buffers are reused.
                let all = || query("select 5").all::<(i64, String)>(&other);
                let sent: Vec<_> = (0..9).map(|_| Box::pin(all())).collect();
                for answer in sent {
                    let rows: Vec<_> = answer.await.unwrap().into_iter().map(|(number, _)| number).collect();
                    assert_eq!(rows, numbers(5), "after {rows:?} and {values} values");
                }
                assert_eq!(read(&other, "select 5").await, (numbers(5), None));
            }
        }
    }
}

#[tokio::test]
async fn a_read_that_fails_in_the_middle_of_a_row_leaves_no_values_in_other_results() {
    check_buffers_after(async |db, _| {
        assert!(read(db, "select fails").await.1.is_some());
        query("select fails").all::<(i64, String)>(db).await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn a_write_that_fails_in_the_middle_of_a_row_leaves_no_values_in_other_results() {
    check_buffers_after(async |db, _| {
        assert_eq!(read(db, "fails").await.0, [0; 0], "what it gave was undone");
        query("fails").all::<(i64, String)>(db).await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn a_batch_whose_statement_fails_in_the_middle_of_a_row_leaves_no_values_in_other_results() {
    check_buffers_after(async |db, _| {
        for text in ["select fails", "fails"] {
            let batch = Batch::new().all::<i64, _>(query("select 5")).all::<i64, _>(query(text));
            batch.all::<i64, _>(query("select 5")).run(db).await.unwrap_err();
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_not_answered_leaves_no_values_in_other_results() {
    check_buffers_after(async |db, script| {
        drop(poll_times(query("select fails").all::<(i64, String)>(db), 1).await);
        // The worker panics after the statement has failed and before it answers the request.
        script.next("take_cache_counts", Answer::panic());
        query("select fails").all::<(i64, String)>(db).await.unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn rows_of_a_write_come_after_its_commit() {
    let (db, script) = open().await;
    script.always("insert", Answer::rows(MANY));
    let gate = script.gate("commit");
    let mut stream = query("insert").timeout(LONG).stream::<(i64, String)>(&db);
    let mut first = poll_until_reached(&gate, stream.next()).await;
    assert!(poll_once(&mut first).await.is_none(), "it waits for the commit");
    assert_eq!(script.rows(), MANY, "all were given to the worker, and none to the task");
    gate.open();
    assert_eq!(first.await.unwrap().unwrap().0, 0);
}

#[tokio::test]
async fn rows_of_a_write_whose_commit_fails_never_come() {
    let (db, script) = open().await;
    script.always("insert", Answer::rows(MANY));
    script.always("commit", Answer::error(ErrorKind::Io));
    let mut stream = query("insert").timeout(LONG).stream::<(i64, String)>(&db);
    assert_eq!(*stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Io);
    assert!(stream.next().await.is_none());
    let batch = Batch::new().all::<i64, _>(query("insert")).run(&db);
    assert_eq!(*batch.await.unwrap_err().kind(), ErrorKind::Io);
}

#[tokio::test]
async fn a_read_stops_when_no_more_rows_are_wanted_and_a_write_runs_to_its_end() {
    let (db, script) = open().await;
    for text in ["select", "insert"] {
        script.always(text, Answer::rows(MANY));
        assert_eq!(query(text).one::<(i64, String)>(&db).await.unwrap().0, 0);
    }
    assert_eq!(script.log(), ["select", "insert"]);
    assert_eq!(script.rows(), 2);
}
