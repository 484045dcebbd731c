//! Listening over a network that fails, and behind a pooler.

use std::time::Duration;

use aio_sql::{Database, ErrorKind, Heard, Result};

use super::proxy::{Act, Fault, From, Proxy};
use super::server;

#[tokio::test]
async fn a_server_that_has_fallen_silent_is_noticed_and_listened_to_again() -> Result<()> {
    let database = server::create_database().await?;
    let proxy = Proxy::start(server::shared().port());
    let direct = Database::open(server::address_in(server::shared(), &database)).await?;
    let address = server::address(proxy.port(), &database);
    let listening = Database::open(format!("{address}?keepalives_idle=1&connect_timeout=1")).await?;
    let mut news = listening.listen("silence").await?;
    // The answer to the question whether the server is still there does not arrive, and nothing
    // that comes after it.
    proxy.set(Some(Fault { from: From::Server, number: 1, act: Act::Hold }));
    proxy.wait_for_fault();
    direct.notify("silence", "not heard").await?;
    let heard = tokio::time::timeout(Duration::from_secs(60), news.next()).await;
    assert_eq!(heard.expect("the silence is noticed"), Some(Heard::Lost));
    direct.notify("silence", "heard").await?;
    assert!(matches!(news.next().await, Some(Heard::Notification(heard)) if heard.payload == "heard"));
    proxy.release();
    listening.close().await?;
    direct.close().await
}

#[tokio::test]
async fn behind_a_pooler_there_is_no_listening() -> Result<()> {
    let database = server::create_database().await?;
    let proxy = Proxy::start(server::shared().port());
    proxy.pretend_to_be_a_pooler();
    let db = Database::open(server::address(proxy.port(), &database)).await?;
    let error = db.listen("pooled").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what.contains("behind a pooler")), "{error}");
    // Sending a notification is a single statement, so it needs no session of its own.
    db.notify("pooled", "").await?;
    db.close().await
}

#[tokio::test]
async fn behind_a_pooler_only_transactions_have_advisory_locks() -> Result<()> {
    let database = server::create_database().await?;
    let proxy = Proxy::start(server::shared().port());
    proxy.pretend_to_be_a_pooler();
    let db = Database::open(server::address(proxy.port(), &database)).await?;
    for refused in [db.advisory_lock(1).await.map(drop), db.try_advisory_lock_shared("text").await.map(drop)] {
        let error = refused.unwrap_err();
        let is_told = matches!(error.kind(), ErrorKind::Unsupported { what, .. } if what.contains("behind a pooler"));
        assert!(is_told, "{error}");
    }
    let tx = db.begin().await?;
    tx.advisory_lock("text").await?;
    tx.commit().await?;
    db.close().await
}
