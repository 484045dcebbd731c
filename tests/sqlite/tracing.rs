//! Events and spans of what only SQLite has: writers and readers, groups, and transactions that
//! block other writes.

use std::time::Duration;

use aio_sql::{Builder, Database, ErrorKind, Result, query, sql};

use crate::hold::{Item, Places, hold, item, numbers, poll, sent, until};
use crate::subscriber::{HELD, events, lines, spans};

async fn open(builder: Builder) -> Result<(Database, Places)> {
    lines();
    let places = Places::default();
    Ok((places.open(builder).await?, places))
}

#[tokio::test]
async fn every_statement_is_an_event_with_its_text_and_without_its_values() -> Result<()> {
    lines();
    let db = Database::memory().await?;
    sql!("create table t (x text)").execute(&db).await?;
    let secret = "s3cret";
    sql!("insert into t values ({secret})").execute(&db).await?;
    sql!("insert into nowhere values ({secret})").execute(&db).await.expect_err("no such table");
    sql!("select {secret} from t where y").execute(&db).await.expect_err("no such column");
    sql!("insert into t values ({secret}), (abs(-9223372036854775808))").execute(&db).await.expect_err("an overflow");
    sql!("select json_extract('{{}}', {secret})").execute(&db).await.expect_err("no path");
    let file = format!("/nowhere/{secret}/a.db");
    sql!("attach {file} as other").execute(&*db.connect().await?).await.expect_err("no database");
    db.close().await?;
    let told = events("insert into t values (?)").join("\n");
    assert!(
        told.contains("sql=\"insert into t values (?)\" connection=\"aio-sql writer\" rows=0 rows_affected=1"),
        "{told}"
    );
    for text in ["insert into nowhere", "select ? from t where y", "insert into t values (?), (abs("] {
        assert_eq!(events(text).iter().filter(|line| line.contains("statement failed")).count(), 1, "{text}");
    }
    assert!(told.contains("elapsed="), "{told}");
    assert!(events(secret).is_empty() && spans(secret).is_empty());
    Ok(())
}

#[tokio::test]
async fn every_statement_has_a_span_that_says_what_it_did_and_how_long_it_waited() -> Result<()> {
    let (db, _) = open(Database::builder(":memory:")).await?;
    let conn = db.connect().await?;
    sql!("insert into item (number) values (1), (2), (3) returning id, 'span one'").all::<(i64, String)>(&db).await?;
    sql!("select number, 'span two' from item").all::<(i64, String)>(&conn).await?;
    // In a group commit each statement has its own span.
    let held = hold(&db);
    let group: Vec<_> = (4..7)
        .map(|number| {
            sent(query("insert into item values (?, ? + 'span three')").bind(number).bind(number).execute(&db))
        })
        .collect();
    held.release().await?;
    for write in group {
        write.await?;
    }
    for (word, count, connection, rows, affected) in [
        ("span one", 1, "aio-sql writer", 3, Some(3)),
        ("span two", 1, "aio-sql connection ", 3, Some(0)),
        ("span three", 3, "aio-sql writer", 0, Some(1)),
    ] {
        let spans = spans(word);
        assert_eq!(spans.len(), count, "{spans:?}");
        for span in spans {
            assert!(span.starts_with("statement sql="), "{span}");
            assert!(span.contains(&format!("connection=\"{connection}")), "{span}");
            assert!(span.contains(&format!("rows={rows} ")), "{span}");
            assert!(affected.is_none_or(|rows| span.contains(&format!("rows_affected={rows} "))), "{span}");
            assert!(span.contains("queued=") && span.contains("elapsed=") && !span.contains("values="), "{span}");
        }
    }
    db.close().await
}

#[tokio::test]
async fn values_are_logged_only_if_enabled() -> Result<()> {
    let (quiet, _) = open(Database::builder(":memory:")).await?;
    let (open, _) = open(Database::builder(":memory:").trace_values(true)).await?;
    let (number, word, none) = (77, "a word", None::<i64>);
    for db in [&quiet, &open] {
        let text = sql!("select {number}, {word}, {none}, 'with values'");
        text.all::<(i64, String, Option<i64>, String)>(db).await?;
    }
    let told: Vec<_> = spans("with values").into_iter().filter(|span| span.contains("rows=")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let with: Vec<_> = told.iter().filter(|span| span.contains("values=")).collect();
    assert_eq!(with.len(), 1, "{told:?}");
    assert!(with[0].contains("values=[77, \"a word\", \"NULL\"]"), "{}", with[0]);
    assert!(events("a word").is_empty());
    quiet.close().await?;
    open.close().await
}

#[tokio::test]
async fn a_slow_statement_is_logged_as_a_warning() -> Result<()> {
    let (db, places) = open(Database::builder(":memory:").slow_statement(Duration::from_millis(20))).await?;
    places.here.close();
    let slow = sent(sql!("select here(), 'takes long'").all::<(i64, String)>(&db));
    places.here.until(1);
    // When this statement, which is sent later, has timed out, the first one has run for at least
    // as long.
    let late = sql!("select here(), 'takes longer'").timeout(Duration::from_millis(40)).all::<(i64, String)>(&db).await;
    assert_eq!(late.expect_err("it is held").kind(), &ErrorKind::Timeout);
    places.here.open();
    slow.await?;
    let warnings = events("'takes long'");
    let warned: Vec<_> = warnings.iter().filter(|line| line.contains("slow statement")).collect();
    assert_eq!(warned.len(), 1, "{warnings:?}");
    assert!(warned[0].starts_with("WARN ") && warned[0].contains("elapsed="), "{}", warned[0]);
    db.close().await?;

    let (db, _) = open(Database::builder(":memory:").slow_statement(Duration::from_secs(3600))).await?;
    sql!("select 'is quick'").scalar::<String>(&db).await?;
    assert!(events("'is quick'").iter().all(|line| !line.contains("slow statement")));
    db.close().await
}

#[tokio::test]
async fn a_transaction_that_blocks_writes_is_logged_with_its_location() -> Result<()> {
    let (db, _) = open(Database::builder(":memory:").warn_after(Duration::from_millis(5))).await?;
    let conn = db.connect().await?;
    let warned = |line: u32| {
        let place = format!("begun_at={}:{line}:", file!());
        events("a transaction keeps others from writing").iter().any(|warning| {
            warning.contains(&place)
                && warning.starts_with("WARN ")
                && warning.contains("connection=\"aio-sql connection ")
        })
    };

    let (tx, line) = (db.begin(), line!());
    let tx = tx.await?;
    until("begin is warned of", || warned(line)).await;
    tx.commit().await?;

    let (tx, line) = (conn.begin_with(aio_sql::TransactionMode::Exclusive), line!());
    let tx = tx.await?;
    until("begin_with is warned of", || warned(line)).await;
    tx.rollback().await?;

    // Each closure ends once the warning about its own transaction was emitted.
    let waits = |line: u32| async move {
        until("a closure is warned of", || warned(line)).await;
        Ok::<_, aio_sql::Error>(())
    };
    let line = line!() + 1;
    db.transaction(|_| waits(line)).await?;
    let line = line!() + 1;
    conn.try_transaction(|_| waits(line)).await?;
    let line = line!() + 1;
    db.retry_transaction(|_| waits(line)).await?;
    db.close().await
}

#[tokio::test]
async fn a_committed_write_stays_if_it_is_dropped_or_times_out_before_its_answer() -> Result<()> {
    let (db, _) = open(Database::builder(":memory:").readers(1).max_connections(2)).await?;
    let conn = db.connect().await?;
    let place = &lines().answers;
    let mut expected = Vec::new();
    for ex in [&*db, &*conn] {
        let number = expected.len() as i64 + 1;
        let text = format!("insert into item (number) values (?) -- {HELD}");
        // The statement is committed, and its future is dropped before it is answered.
        place.close();
        let write = sent(query(&*text).bind(number).execute(ex));
        place.until(1);
        drop(write);
        place.open();
        // The statement is committed, and its timeout passes before it is answered.
        place.close();
        let mut write = sent(query(&*text).bind(number + 1).timeout(Duration::from_millis(400)).execute(ex));
        place.until(1);
        let late = sql!("delete from item").timeout(Duration::from_millis(400)).execute(ex).await;
        assert_eq!(late.expect_err("the thread is held").kind(), &ErrorKind::Timeout);
        assert!(poll(write.as_mut()).is_none());
        place.open();
        assert_eq!(write.await?.rows_affected, 1);
        expected.extend([number, number + 1]);
        assert_eq!(numbers(ex).await?, expected);
        assert!(!ex.in_transaction());
    }
    // Three of the four futures of a group are dropped while one member has been answered and
    // others have not.
    let held = hold(&db);
    let mut group: Vec<_> = (10..14)
        .map(|number| {
            let text = format!(
                "insert into item (number) values (?) {}",
                if number == 11 { "-- behind its commit" } else { "" }
            );
            Some(sent(query(text).bind(number).execute(&db)))
        })
        .collect();
    place.close();
    held.release().await?;
    place.until(1);
    (group[0], group[1], group[3]) = (None, None, None);
    place.open();
    assert_eq!(group[2].take().expect("it waits").await?.last_insert_id, Some(7));
    expected.extend(10..14);
    assert_eq!(numbers(&conn).await?, expected);
    // Every connection is available and can write.
    conn.close().await?;
    let (one, other) = (db.connect().await?, db.connect().await?);
    for (number, ex) in [(20, &*db), (21, &*one), (22, &*other)] {
        Item::insert(item(number)).execute(ex).await?;
    }
    db.close().await
}
