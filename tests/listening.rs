//! Notifications: `listen` and `notify`.

#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aio_sql::future::{Notifications, Stream};
use aio_sql::{Database, ErrorKind, Heard, Result, query, sql};
use servers::on_every_database;
use servers::postgres::{Server, Settings};

mod polling;

use polling::{block_on, poll_times};

/// The sessions of the test that listen, but for the one that asks.
const LISTENERS: &str = "select count(*) from pg_stat_activity where pid <> pg_backend_pid()
    and application_name = current_setting('application_name') and query ~ '^(UN)?LISTEN'";

/// The feature that is reported as unsupported behind a pooler, where each transaction may have
/// another session.
const POOLED: &str = "`listen` behind a pooler, which gives the session to others";

/// Returns an address under which the sessions of the test can be found.
fn named(address: &str) -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    match address.starts_with("postgres") {
        true => format!("{address}&application_name=listening_{}", LAST.fetch_add(1, Ordering::Relaxed)),
        false => address.to_owned(),
    }
}

/// Returns what comes next, which must not take for ever.
async fn next(notifications: &mut Notifications) -> Option<Heard> {
    tokio::time::timeout(Duration::from_secs(60), notifications.next()).await.expect("something comes")
}

/// Returns the payload that comes next.
async fn payload(notifications: &mut Notifications) -> String {
    match next(notifications).await {
        Some(Heard::Notification(notification)) => notification.payload,
        other => panic!("{other:?} in place of a notification"),
    }
}

/// Waits until a query of the server returns this number.
async fn until(db: &Database, text: &str, number: i64) -> Result<()> {
    // Shorter than the time after which the thread would look by itself.
    let begin = Instant::now();
    while query(text).scalar::<i64>(db).await? != number {
        assert!(begin.elapsed() < Duration::from_secs(20), "in vain it was waited for {text}");
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn what_is_sent_after_the_listening_has_begun_is_received_in_the_order_of_the_commits(
    db: Database,
) -> Result<()> {
    let mut news = db.listen("order").await?;
    let conn = db.connect().await?;
    for number in 0..50 {
        db.notify("order", &format!("db {number}")).await?;
        conn.notify("order", &format!("conn {number}")).await?;
    }
    db.notify("elsewhere", "not for us").await?;
    db.notify("order", "").await?;
    for number in 0..50 {
        assert_eq!(payload(&mut news).await, format!("db {number}"));
        assert_eq!(payload(&mut news).await, format!("conn {number}"));
    }
    assert_eq!(payload(&mut news).await, "");
    let process: i32 = sql!("select pg_backend_pid()").scalar(&conn).await?;
    conn.notify("order", "ünïcode").await?;
    let Some(Heard::Notification(heard)) = news.next().await else { panic!("a notification") };
    assert_eq!((&*heard.channel, &*heard.payload, heard.process_id), ("order", "ünïcode", process));
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn a_transaction_sends_at_its_commit_and_nothing_if_it_is_rolled_back(db: Database) -> Result<()> {
    let mut news = db.listen("transactions").await?;
    let (tx, undone) = (db.begin().await?, db.begin().await?);
    tx.notify("transactions", "first in the transaction").await?;
    undone.notify("transactions", "never").await?;
    undone.rollback().await?;
    let nested = tx.begin().await?;
    nested.notify("transactions", "never, too").await?;
    nested.rollback().await?;
    tx.notify("transactions", "second in the transaction").await?;
    db.notify("transactions", "before the commit").await?;
    tx.commit().await?;
    db.notify("transactions", "after the commit").await?;
    let expected = ["before the commit", "first in the transaction", "second in the transaction", "after the commit"];
    for expected in expected {
        assert_eq!(payload(&mut news).await, expected);
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn streams_share_a_connection_and_each_hears_its_own_channels(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    let mut both = db.listen(["shared a", "shared b"]).await?;
    let mut one = db.listen(vec!["shared b".to_owned()]).await?;
    let mut third = db.listen(String::from("shared c")).await?;
    assert_eq!(query(LISTENERS).scalar::<i64>(&db).await?, 1);
    for channel in ["shared a", "shared b", "shared c"] {
        db.notify(channel, channel).await?;
    }
    assert_eq!(payload(&mut both).await, "shared a");
    assert_eq!(payload(&mut both).await, "shared b");
    assert_eq!(payload(&mut one).await, "shared b");
    assert_eq!(payload(&mut third).await, "shared c");
    // A channel that nobody hears any more is given up, the others are not.
    drop(third);
    let given_up = format!("{LISTENERS} and query = 'UNLISTEN \"shared c\"'");
    until(&db, &given_up, 1).await?;
    drop(both);
    db.notify("shared b", "still there").await?;
    assert_eq!(payload(&mut one).await, "still there");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn the_connection_ends_with_the_last_stream_and_begins_with_the_next_one(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    for round in 0..3 {
        let mut news = db.listen("dropped").await?;
        let other = db.listen("dropped").await?;
        db.notify("dropped", &round.to_string()).await?;
        assert_eq!(payload(&mut news).await, round.to_string());
        assert_eq!(query(LISTENERS).scalar::<i64>(&db).await?, 1);
        drop((news, other));
        until(&db, LISTENERS, 0).await?;
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn the_name_of_a_channel_is_any_text_up_to_63_bytes(db: Database) -> Result<()> {
    let long = "ö".repeat(31) + "x";
    let names = ["with \"quotes\"", "Case", "case", "a; DROP TABLE b", "'", "$1", " ", &long];
    let mut streams = Vec::new();
    for name in names {
        streams.push(db.listen(name).await?);
    }
    for name in names {
        db.notify(name, name).await?;
    }
    for (name, stream) in names.into_iter().zip(&mut streams) {
        assert_eq!(payload(stream).await, name);
    }
    let secret = format!("{long}x");
    for (name, words) in [(&*secret, "64 bytes, and may have 63"), ("", "is empty"), ("a\0b", "NUL")] {
        let error = db.listen(name).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(words) && !error.to_string().contains("öö"), "{error}");
        assert_eq!(*db.notify(name, "").await.unwrap_err().kind(), ErrorKind::Usage);
    }
    let none: [&str; 0] = [];
    assert_eq!(*db.listen(none).await.unwrap_err().kind(), ErrorKind::Usage);
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`notify`"), except pooler = Unsupported(super::POOLED))]
async fn a_payload_has_up_to_7_999_bytes(db: Database) -> Result<()> {
    db.notify("payloads", "").await?;
    let mut news = db.listen("payloads").await?;
    let longest = "x".repeat(7_999);
    db.notify("payloads", &longest).await?;
    assert_eq!(payload(&mut news).await, longest);
    for (refused, words) in [(longest + "y", "8000 bytes, and may have 7999"), ("a\0b".into(), "NUL")] {
        let error = db.notify("payloads", &refused).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(words) && !error.to_string().contains("xx"), "{error}");
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn a_slow_reader_gets_everything_or_is_told_that_something_is_lost(db: Database) -> Result<()> {
    let mut slow = db.listen("slow").await?;
    // It shares the connection, so that what it hears was received after all that came before.
    let mut quick = db.listen("quick").await?;
    let send = |count: i64, bytes: i32| {
        let text =
            "select pg_notify('slow', rpad(number || '.', {bytes}, 'x')) from generate_series(1, {count}) number";
        query(text.replace("{bytes}", &bytes.to_string()).replace("{count}", &count.to_string()))
    };
    send(1_000, 10).execute(&db).await?;
    db.notify("quick", "").await?;
    payload(&mut quick).await;
    for number in 1..=1_000 {
        assert!(payload(&mut slow).await.starts_with(&format!("{number}.")));
    }
    send(2_000, 7_999).execute(&db).await?;
    db.notify("quick", "").await?;
    payload(&mut quick).await;
    let mut kept = 0;
    while let Some(Heard::Notification(heard)) = next(&mut slow).await {
        kept += 1;
        assert!(heard.payload.starts_with(&format!("{kept}.")));
    }
    assert!((1_000..1_100).contains(&kept), "8 MiB are kept: {kept}");
    db.notify("slow", "after the loss").await?;
    assert_eq!(payload(&mut slow).await, "after the loss");
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn a_stream_says_that_its_connection_was_lost_and_goes_on(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    let (mut news, mut other) = (db.listen("killed").await?, db.listen("killed, too").await?);
    for round in 0..3 {
        let kill = LISTENERS.replace("count(*)", "count(pg_terminate_backend(pid))");
        assert_eq!(query(kill).scalar::<i64>(&db).await?, 1);
        assert_eq!(next(&mut news).await, Some(Heard::Lost));
        assert_eq!(next(&mut other).await, Some(Heard::Lost));
        // Who has heard of the loss misses nothing that is sent from then on.
        let sent = format!("after loss {round}");
        db.notify("killed", &sent).await?;
        db.notify("killed, too", &sent).await?;
        assert_eq!(payload(&mut news).await, sent);
        assert_eq!(payload(&mut other).await, sent);
    }
    db.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn streams_end_when_the_database_is_closed(db: Database) -> Result<()> {
    let mut news = db.listen("closed").await?;
    db.notify("closed", "before").await?;
    assert_eq!(payload(&mut news).await, "before");
    let waiting = tokio::spawn(async move { (next(&mut news).await, next(&mut news).await) });
    db.close().await?;
    assert_eq!(waiting.await.unwrap(), (None, None));
    assert_eq!(*db.listen("closed").await.unwrap_err().kind(), ErrorKind::Closed);
    Ok(())
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn a_stream_keeps_the_database_open(address: String) -> Result<()> {
    let (db, other) = (Database::open(named(&address)).await?, Database::open(&address).await?);
    let mut news = db.listen("kept").await?;
    drop(db);
    other.notify("kept", "you are still here").await?;
    assert_eq!(payload(&mut news).await, "you are still here");
    other.close().await
}

#[on_every_database(except sqlite = Unsupported("`listen`"), except pooler = Unsupported(super::POOLED))]
async fn listening_that_is_dropped_before_it_has_begun_leaves_no_connection(address: String) -> Result<()> {
    let db = Database::open(named(&address)).await?;
    for polls in 1.. {
        let news = poll_times(db.listen("given up"), polls).transpose()?;
        let has_begun = news.is_some();
        drop(news);
        until(&db, LISTENERS, 0).await?;
        if has_begun {
            break;
        }
    }
    db.close().await
}

/// Listens, sends and hears, without any particular runtime.
async fn hear(address: String) -> Result<()> {
    let db = Database::open(address).await?;
    let mut news = db.listen("runtimes").await?;
    db.notify("runtimes", "hello").await?;
    assert!(matches!(news.next().await, Some(Heard::Notification(heard)) if heard.payload == "hello"));
    db.close().await?;
    let mut news = std::pin::pin!(news);
    let end = std::future::poll_fn(|context| news.as_mut().poll_next(context));
    assert_eq!(end.await, None);
    Ok(())
}

#[test]
fn it_works_on_smol_and_on_a_hand_written_executor() {
    let Some(server) = servers::postgres::shared() else { return };
    let schema = block_on(server.create_schema()).unwrap();
    let address = schema.address().to_owned();
    smol::block_on(async { smol::spawn(hear(address.clone())).await }).unwrap();
    block_on(hear(address)).unwrap();
    block_on(server.drop_schema(schema)).unwrap();
}

#[tokio::test]
async fn a_server_that_comes_back_is_listened_to_again() -> Result<()> {
    if servers::postgres::shared().is_none() {
        return Ok(());
    }
    let mut server = Server::start(&Settings::default());
    let db = Database::builder(server.address()).open().await?;
    let mut news = db.listen("restarted").await?;
    server.kill();
    let impatient = Database::builder(server.address()).acquire_timeout(Duration::ZERO).open().await;
    assert_eq!(*impatient.unwrap_err().kind(), ErrorKind::CannotOpen);
    // This one waits until the server is there, and has missed nothing.
    let waiting = tokio::spawn({
        let db = db.clone();
        async move { db.listen("restarted").await }
    });
    server.restart();
    assert_eq!(next(&mut news).await, Some(Heard::Lost));
    let mut late = waiting.await.unwrap()?;
    db.notify("restarted", "again").await?;
    assert_eq!(payload(&mut news).await, "again");
    assert_eq!(payload(&mut late).await, "again");
    // While there is no server, a new stream fails after the acquire timeout.
    let brief = Database::builder(server.address()).acquire_timeout(Duration::from_millis(1)).open().await?;
    let mut listening = brief.listen("restarted").await?;
    server.kill();
    assert_eq!(*brief.listen("restarted, too").await.unwrap_err().kind(), ErrorKind::CannotOpen);
    server.restart();
    assert_eq!(next(&mut listening).await, Some(Heard::Lost));
    brief.close().await?;
    db.close().await
}
