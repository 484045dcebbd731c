//! A `tracing` subscriber that panics on the library's threads does not affect the answers.
#![cfg(feature = "tracing")]

use std::sync::Once;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aio_sql::{Result, sql};
use servers::on_every_database;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use hold::{Item, LONG, Places, item, until};

mod hold;

/// The number of calls of the subscriber on the timer's thread, each of which panics.
static TOLD_BY_TIMER: AtomicUsize = AtomicUsize::new(0);

fn explode() {
    let thread = std::thread::current();
    if thread.name() == Some("aio-sql timer") {
        TOLD_BY_TIMER.fetch_add(1, Ordering::SeqCst);
    }
    if thread.name().is_some_and(|name| name.starts_with("aio-sql ")) {
        panic!("a subscriber");
    }
}

#[derive(Default)]
struct Panics(AtomicU64);

impl Subscriber for Panics {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "aio_sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        explode();
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {
        explode();
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        explode();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn try_close(&self, _: Id) -> bool {
        if !std::thread::panicking() {
            explode();
        }
        true
    }
}

#[on_every_database]
async fn a_panicking_subscriber_does_not_affect_answers(places: Places) -> Result<()> {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        tracing::subscriber::set_global_default(Panics::default()).expect("the only one");
    });
    let builder = places.builder().timeout(LONG);
    let soon = Duration::from_millis(1);
    let db = places.open(if places.is_sqlite() { builder.warn_after(soon) } else { builder }).await?;
    let inserts: Vec<_> = (0..20)
        .map(|number| {
            tokio::spawn({
                let db = db.clone();
                async move { Item::insert(item(number)).execute(&db).await }
            })
        })
        .collect();
    for insert in inserts {
        insert.await.expect("no panic")?;
    }
    assert!(sql!("select nothing").execute(&db).await.is_err());
    for _ in 0..5 {
        assert_eq!(Item::select().count(&db).await?, 20);
    }
    let told = TOLD_BY_TIMER.load(Ordering::SeqCst);
    let tx = db.begin().await?;
    Item::insert(item(20)).execute(&tx).await?;
    // Waits for the timer's warning that the transaction holds the write lock, which only SQLite
    // has.
    let is_told = || !places.is_sqlite() || TOLD_BY_TIMER.load(Ordering::SeqCst) > told;
    until("the timer has told", is_told).await;
    tx.commit().await?;
    hold::send_and_drop(db.run_read(|_| ()));
    assert_eq!(Item::select().count(&db).await?, 21);
    tokio::time::timeout(LONG, db.close()).await.expect("it closes")
}
