//! Tests of streams that are read slowly: how far a driver gets ahead, and which thread serves
//! other requests.

use super::polling::poll_until_reached;
use super::*;
use crate::verb::RowStream;

/// A number of rows that is larger than the number that a driver pushes for a task that does not
/// read.
const MANY: usize = 50_000;

/// Returns the number of bytes that `rows` rows take in a batch, each with a number and a text of
/// `width` bytes.
fn bytes(rows: usize, width: usize) -> usize {
    rows * (9 + 5 + width)
}

/// Returns the maximum number of bytes by which a driver gets ahead of the task: sixteen batches
/// of 8 KiB wait for the task, one is being read and one is being filled. Each batch may exceed
/// its size by a row.
fn max_ahead(width: usize) -> usize {
    18 * (8 * 1024 + bytes(1, width))
}

async fn stream(db: &Database) -> RowStream<(i64, String)> {
    let mut stream = query("select").stream::<(i64, String)>(db);
    stream.next().await.unwrap().unwrap();
    stream
}

#[tokio::test]
async fn a_driver_is_a_few_batches_ahead_of_a_task_that_does_not_read() {
    for (width, rows) in [(0, MANY), (1000, 5000), (100_000, 100)] {
        let (db, script) = open().await;
        script.always("select", Answer::rows(rows).wide(width));
        let mut stream = stream(&db).await;
        for read in 1..50 {
            // A helper serves these requests if the driver's thread is waiting for the stream's
            // task; otherwise the driver's thread serves them.
            query("insert").execute(&db).await.unwrap();
            let ahead = bytes(script.rows() - read, width);
            assert!(ahead <= max_ahead(width), "{ahead} bytes ahead, with rows of {width}");
            stream.next().await.unwrap().unwrap();
        }
        let mut read = 50;
        while let Some(row) = stream.next().await {
            assert_eq!(row.unwrap().0, read);
            read += 1;
        }
        assert_eq!(read, rows as i64);
    }
}

#[tokio::test]
async fn a_dropped_stream_unblocks_its_driver() {
    let (db, script) = open_with(2, |builder| builder).await;
    script.always("select", Answer::rows(MANY));
    let streams = [stream(&db).await, stream(&db).await];
    query("insert 1").execute(&db).await.unwrap();
    drop(streams);
    let stopped = |script: &Script| script.log().iter().filter(|step| *step == "select: Interrupted").count();
    script.wait_until("both are stopped", |script| stopped(script) == 2).await;
    query("insert 2").execute(&db).await.unwrap();
    assert!(script.rows() < MANY);
    db.close().await.unwrap();
    assert_eq!(script.open_connections(), 0);
}

#[tokio::test]
async fn the_rows_of_a_dropped_write_do_not_pile_up() {
    let (db, script) = open().await;
    script.always("insert", Answer::rows(MANY));
    let tx = db.begin().await.unwrap();
    let gate = script.gate(Place::Row("insert".to_owned(), 10));
    drop(poll_until_reached(&gate, query("insert").all::<(i64, String)>(&tx)).await);
    gate.open();
    tx.commit().await.unwrap();
    assert_eq!(script.committed(), ["insert"]);
    let kept = bytes(script.rows(), 0);
    assert!(kept <= 2 * 8 * 1024, "{kept} bytes are kept for nobody");
}

#[tokio::test]
async fn a_helper_serves_the_queue_while_all_threads_wait_for_tasks() {
    let (db, script) = open_with(2, |builder| builder).await;
    script.always("select", Answer::rows(MANY));
    let mut streams = Vec::new();
    for _ in 0..2 + HELPERS - 1 {
        streams.push(stream(&db).await);
    }
    query("insert").execute(&db).await.unwrap();
    assert_eq!(script.opened(), 2 + HELPERS);
    for mut stream in streams {
        let mut rows = 1;
        while stream.next().await.transpose().unwrap().is_some() {
            rows += 1;
        }
        assert_eq!(rows, MANY);
    }
}

#[tokio::test]
async fn an_unread_stream_does_not_block_other_requests_of_its_connection() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    script.always("select", Answer::rows(MANY));
    let mut stream = query("select").stream::<(i64, String)>(&conn);
    stream.next().await.unwrap().unwrap();
    let next = query("select 1").timeout(Duration::from_secs(20)).execute(&conn);
    next.await.unwrap();
    assert_eq!(script.log(), ["select", "select 1"]);
    let mut rows = 1;
    while stream.next().await.transpose().unwrap().is_some() {
        rows += 1;
    }
    assert_eq!(rows, MANY, "what was not read is kept");
}
