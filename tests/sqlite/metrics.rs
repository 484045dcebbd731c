//! The metrics of a SQLite database: its writer and its readers, groups, and the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aio_sql::{Database, Result, query, sql};

use crate::hold::{Item, Places, hold, hold_reader, item, sent, until};

#[tokio::test]
async fn queued_requests_and_their_longest_wait_are_counted() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").readers(1)).await?;
    let (writer, reader) = (hold(&db), hold_reader(&db));
    let before = db.metrics();
    assert_eq!((before.queued_writes, before.queued_reads), (0, 0));
    let writes: Vec<_> = (0..3).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
    let reads: Vec<_> = (0..2).map(|_| sent(Item::select().count(&db))).collect();
    let metrics = db.metrics();
    assert_eq!((metrics.queued_writes, metrics.queued_reads), (3, 2));
    reader.release().await?;
    writer.release().await?;
    for write in writes {
        write.await?;
    }
    for read in reads {
        read.await?;
    }
    let metrics = db.metrics();
    assert_eq!((metrics.queued_writes, metrics.queued_reads), (0, 0));
    assert!(metrics.longest_write_wait > Duration::ZERO && metrics.longest_read_wait > Duration::ZERO);
    assert_eq!((metrics.groups, metrics.grouped, metrics.largest_group, metrics.undone_groups), (1, 3, 3, 0));
    db.close().await
}

#[tokio::test]
async fn a_request_whose_future_was_dropped_is_not_counted_as_queued() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").readers(1)).await?;
    let (writer, reader) = (hold(&db), hold_reader(&db));
    let (write, read) = (sent(Item::insert(item(1)).execute(&db)), sent(Item::select().count(&db)));
    let kept = sent(Item::insert(item(2)).execute(&db));
    assert_eq!((db.metrics().queued_writes, db.metrics().queued_reads), (2, 1));
    drop((write, read));
    assert_eq!((db.metrics().queued_writes, db.metrics().queued_reads), (1, 0));
    reader.release().await?;
    writer.release().await?;
    kept.await?;
    assert_eq!(Item::select().columns(Item::NUMBER).all(&db).await?, [2]);
    db.close().await
}

#[tokio::test]
async fn rolled_back_groups_are_counted() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")).await?;
    Item::insert(item(1)).execute(&db).await?;
    let held = hold(&db);
    let good = sent(Item::insert(item(2)).execute(&db));
    let bad = sent(sql!("insert or rollback into item (number) values (1)").execute(&db));
    held.release().await?;
    good.await?;
    bad.await.expect_err("it is taken");
    let metrics = db.metrics();
    assert_eq!((metrics.groups, metrics.grouped, metrics.undone_groups), (0, 0, 1));
    db.close().await
}

#[tokio::test]
async fn each_connection_says_what_it_has_done() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").readers(1)).await?;
    let conn = db.connect().await?;
    Item::select().count(&db).await?;
    Item::select().count(&conn).await?;
    // The sums over all connections whose name has this prefix: requests, cache hits, cache
    // misses, busy time.
    let figures = |name: &str| {
        let connections = db.metrics().connections;
        let named = connections.iter().filter(|one| one.name.starts_with(name));
        named.fold((0, 0, 0, Duration::ZERO), |(requests, hits, misses, busy), one| {
            (requests + one.requests, hits + one.cache_hits, misses + one.cache_misses, busy + one.busy)
        })
    };
    assert_eq!(db.metrics().connections[0].name, "aio-sql writer");
    for (name, ex) in [("aio-sql writer", &*db), ("aio-sql connection ", &*conn)] {
        let before = figures(name);
        for number in 0..5 {
            query("update item set number = ?").bind(number).execute(ex).await?;
        }
        let after = figures(name);
        // The statement is prepared once.
        assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (5, 4, 1), "{name}");
        assert!(after.3 > before.3, "{name}");
    }
    // Reads of the database run on other connections: the reader's, and those of helpers, which
    // are readers that are started when all others are blocked.
    let readers = || figures("aio-sql reader ").0 + figures("aio-sql helper ").0;
    let before = readers();
    for _ in 0..3 {
        Item::select().count(&db).await?;
    }
    assert_eq!(readers() - before, 3);
    db.close().await
}

#[tokio::test]
async fn each_member_of_a_group_is_a_request() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")).await?;
    let held = hold(&db);
    let writes: Vec<_> = (0..4).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
    let before = db.metrics().connections[0].requests;
    held.release().await?;
    for write in writes {
        write.await?;
    }
    // The closure that held the writer counts as a request too.
    assert_eq!(db.metrics().connections[0].requests - before, 5);
    db.close().await
}

#[tokio::test]
async fn the_log_is_measured_and_its_checkpoints_are_counted() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = Places::default().open(Database::builder(directory.path().join("app.db"))).await?;
    Item::insert(item(1)).execute(&db).await?;
    // The write-ahead log is measured after the insert has been answered.
    until("the log is measured", || db.metrics().wal_bytes > 4096).await;
    let before = db.metrics();
    Item::insert_all((10..2_000).map(item)).execute(&db).await?;
    until("it has grown", || db.metrics().wal_bytes > before.wal_bytes).await;
    db.checkpoint().await?;
    assert_eq!(db.metrics().checkpoints, before.checkpoints + 1);
    Item::insert(item(3_000)).execute(&db).await?;
    until("it was begun anew", || db.metrics().wal_bytes < before.wal_bytes + 4 * 4096).await;
    db.close().await
}

#[tokio::test]
async fn the_library_runs_checkpoints_by_itself() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = Places::default()
        .open(Database::builder(directory.path().join("app.db")).pragma("wal_autocheckpoint", 20))
        .await?;
    let before = db.metrics().checkpoints;
    for number in 0..60 {
        Item::insert(item(number)).execute(&db).await?;
    }
    until("it was written", || db.metrics().checkpoints > before).await;
    db.close().await
}

#[tokio::test]
async fn a_restarted_log_is_checkpointed_when_it_has_grown_again() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let builder = Database::builder(directory.path().join("app.db")).pragma("wal_autocheckpoint", 20);
    let db = Places::default()
        .open(builder.on_connect(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }))
        .await?;
    Item::insert(item(-1)).execute(&db).await?;
    let before = (db.metrics().checkpoints, opened.load(Ordering::SeqCst));
    for number in 0..200 {
        Item::insert(item(number)).execute(&db).await?;
    }
    // A commit writes at least one page, and hardly ever more than three, so the number of
    // checkpoints has these bounds.
    let checkpoints = db.metrics().checkpoints - before.0;
    assert!((9..40).contains(&checkpoints), "{checkpoints} checkpoints");
    assert_eq!(opened.load(Ordering::SeqCst), before.1, "the connection that writes is the same all the time");
    db.close().await
}

#[tokio::test]
async fn the_text_for_prometheus_has_each_figure_with_its_type() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").readers(2)).await?;
    Item::insert(item(1)).execute(&db).await?;
    assert_eq!(Item::select().count(&db).await?, 1); // the first read opens a reader
    let conn = db.connect().await?;
    assert_eq!(Item::select().count(&conn).await?, 1);
    let text = db.metrics().to_prometheus();
    let has = |line: &str| text.lines().any(|other| other == line);
    assert!(has("# TYPE aio_sql_wal_bytes gauge"), "{text}");
    assert!(has("aio_sql_connections 1"), "{text}");
    assert!(has("aio_sql_thread_requests_total{thread=\"writer\"} 1"), "{text}");
    assert!(text.contains("aio_sql_thread_requests_total{thread=\"reader "), "{text}");
    assert!(!text.contains("connection 1"), "there would be ever new ones: {text}");
    let (mut typed, mut seen) = (None, std::collections::BTreeSet::new());
    for line in text.lines() {
        match line.strip_prefix("# TYPE ") {
            Some(of) => typed = of.split_once(' '),
            None if line.starts_with("# HELP ") => {}
            None => {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let (name, kind) = typed.expect("a type before the first sample");
                assert_eq!(series.split('{').next(), Some(name));
                assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
                assert!(value.parse::<f64>().is_ok_and(|value| value >= 0.0), "{line}");
                assert!(seen.insert(series), "twice: {line}");
            }
        }
    }
    conn.close().await?;
    db.close().await
}
