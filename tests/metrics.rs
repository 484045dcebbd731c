//! The metrics of a database.

use std::time::Duration;

use aio_sql::{Result, sql};
use servers::on_every_database;

use hold::{Item, Places, item, sent};

mod hold;

#[on_every_database]
async fn queued_requests_and_their_longest_wait_are_counted(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let queued = || db.metrics().queued_writes + db.metrics().queued_reads;
    let held = places.hold(&db);
    assert_eq!(queued(), 0);
    let mut writes: Vec<_> = (0..3).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
    assert_eq!(queued(), 3);
    // A request whose future was dropped is not counted.
    writes.pop();
    assert_eq!(queued(), 2);
    held.release().await?;
    for write in writes {
        write.await?;
    }
    assert_eq!(queued(), 0);
    let metrics = db.metrics();
    assert!(metrics.longest_write_wait.max(metrics.longest_read_wait) > Duration::ZERO);
    assert_eq!(Item::select().order_by(Item::ID).columns(Item::NUMBER).all(&db).await?, [0, 1]);
    db.close().await
}

#[on_every_database]
async fn each_connection_says_what_it_has_done(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let conn = db.connect().await?;
    let own = if places.is_sqlite() { "aio-sql writer" } else { "aio-sql lane " };
    // The sums over all connections whose name has this prefix: requests, cache hits, cache
    // misses, busy time.
    let figures = |name: &str| {
        let connections = db.metrics().connections;
        let named = connections.iter().filter(|one| one.name.starts_with(name));
        named.fold((0, 0, 0, Duration::ZERO), |(requests, hits, misses, busy), one| {
            (requests + one.requests, hits + one.cache_hits, misses + one.cache_misses, busy + one.busy)
        })
    };
    for (name, ex) in [(own, &*db), ("aio-sql connection ", &*conn)] {
        let before = figures(name);
        for number in 0..5 {
            sql!("update item set number = {number}").execute(ex).await?;
        }
        let after = figures(name);
        // The statement is prepared once.
        assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (5, 4, 1), "{name}");
        assert!(after.3 > before.3, "{name}");
    }
    db.close().await
}

#[on_every_database]
async fn the_text_for_prometheus_has_each_figure_with_its_type(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    Item::insert(item(1)).execute(&db).await?;
    assert_eq!(Item::select().count(&db).await?, 1);
    let conn = db.connect().await?;
    assert_eq!(Item::select().count(&conn).await?, 1);
    let text = db.metrics().to_prometheus();
    assert!(text.lines().any(|line| line == "aio_sql_connections 1"), "{text}");
    assert!(text.contains("aio_sql_thread_requests_total{thread=\""), "{text}");
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
