//! Events and spans for `tracing`: of statements, and of slow statements.
#![cfg(feature = "tracing")]

use std::time::Duration;

use aio_sql::{ErrorKind, Result, query, sql};
use servers::on_every_database;

use hold::{Place, Places, item, numbers, poll, sent};
use subscriber::{HELD, events, lines, spans};

mod hold;
#[path = "tracing/subscriber.rs"]
mod subscriber;

/// The databases of a test, whose statements have its name in a comment.
fn named(places: &Places, what: &str) -> String {
    format!("{what} on {}", if places.is_sqlite() { "sqlite" } else { "postgres" })
}

#[on_every_database]
async fn every_statement_is_an_event_with_its_text_and_without_its_values(places: Places) -> Result<()> {
    lines();
    let db = places.open(places.builder()).await?;
    let name = named(&places, "an event");
    let (secret, comment) = ("s3cret", format!("-- {name}"));
    sql!("create table t (x text)").execute(&db).await?;
    sql!("insert into t values ({secret}) {query(comment)}").execute(&db).await?;
    let told = events(&format!("-- {name}")).join("\n");
    assert!(told.contains("sql=\"insert into t values ("), "{told}");
    assert!(told.contains("connection=\"aio-sql ") && told.contains("rows=0 rows_affected=1"), "{told}");
    assert!(told.contains("elapsed="), "{told}");
    let failing = [sql!("insert into nowhere values ({secret})"), sql!("select {secret} from t where y")];
    for (number, statement) in failing.into_iter().enumerate() {
        let comment = format!("/* {name} {number} */");
        let failed = sql!("{statement} {query(comment.as_str())}").execute(&db).await;
        failed.expect_err("nothing has that name");
        let told = events(&comment);
        assert_eq!(told.iter().filter(|line| line.contains("statement failed")).count(), 1, "{told:?}");
    }
    // The server quotes the value in its message.
    let number = sql!("select cast(cast({secret} as text) as integer) / 0");
    drop(number.scalar::<Option<i64>>(&db).await);
    db.close().await?;
    assert!(events(secret).is_empty() && spans(secret).is_empty());
    Ok(())
}

#[on_every_database]
async fn every_statement_has_a_span_that_says_what_it_did_and_how_long_it_waited(places: Places) -> Result<()> {
    lines();
    let db = places.open(places.builder()).await?;
    let conn = db.connect().await?;
    let (one, two) = (named(&places, "span one"), named(&places, "span two"));
    let text = format!("insert into item (number) values (1), (2), (3) returning id -- {one}");
    query(text).all::<i64>(&db).await?;
    query(format!("select number from item -- {two}")).all::<i64>(&conn).await?;
    let own = if places.is_sqlite() { "aio-sql writer" } else { "aio-sql lane " };
    for (word, connection, rows) in [(one, own, 3), (two, "aio-sql connection ", 3)] {
        let spans = spans(&word);
        assert_eq!(spans.len(), 1, "{spans:?}");
        for span in spans {
            assert!(span.starts_with("statement sql="), "{span}");
            assert!(span.contains(&format!("connection=\"{connection}")), "{span}");
            assert!(span.contains(&format!("rows={rows} ")), "{span}");
            assert!(span.contains("queued=") && span.contains("elapsed=") && !span.contains("values="), "{span}");
        }
    }
    db.close().await
}

#[on_every_database]
async fn values_are_logged_only_if_enabled(places: Places) -> Result<()> {
    lines();
    let quiet = places.builder().open().await?;
    let open = places.builder().trace_values(true).open().await?;
    let name = named(&places, "with values");
    let word = format!("a word {name}");
    for db in [&quiet, &open] {
        let (none, comment) = (None::<i64>, format!("-- {name}"));
        let text = sql!("select {77}, {word}, {none} {query(comment)}");
        text.all::<(i64, String, Option<i64>)>(db).await?;
    }
    let told: Vec<_> = spans(&format!("-- {name}")).into_iter().filter(|span| span.contains("rows=")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    let with: Vec<_> = told.iter().filter(|span| span.contains("values=")).collect();
    assert_eq!(with.len(), 1, "{told:?}");
    assert!(with[0].contains(&format!("values=[77, {word:?}, \"NULL\"]")), "{}", with[0]);
    assert!(events(&word).is_empty());
    quiet.close().await?;
    open.close().await
}

#[on_every_database]
async fn a_slow_statement_is_logged_as_a_warning(places: Places) -> Result<()> {
    lines();
    let db = places.open(places.builder().slow_statement(Duration::from_millis(20))).await?;
    let (slow, quick) = (named(&places, "takes long"), named(&places, "is quick"));
    places.here.close();
    let statement = sent(query(format!("select here() -- {slow}")).scalar::<i64>(&db));
    places.here.until(1);
    // When this statement, which is sent later, has timed out, the first one has run for at least
    // as long.
    let late = sql!("select here()").timeout(Duration::from_millis(40)).scalar::<i64>(&db).await;
    assert_eq!(late.expect_err("it is held").kind(), &ErrorKind::Timeout);
    places.here.open();
    statement.await?;
    let warnings = events(&slow);
    let warned: Vec<_> = warnings.iter().filter(|line| line.contains("slow statement")).collect();
    assert_eq!(warned.len(), 1, "{warnings:?}");
    assert!(warned[0].starts_with("WARN ") && warned[0].contains("elapsed="), "{}", warned[0]);
    db.close().await?;

    let db = places.builder().slow_statement(Duration::from_secs(3600)).open().await?;
    query(format!("select 1 -- {quick}")).scalar::<i64>(&db).await?;
    assert!(events(&quick).iter().all(|line| !line.contains("slow statement")));
    db.close().await
}

#[on_every_database]
async fn a_committed_write_stays_if_it_is_dropped_or_times_out_before_its_answer(places: Places) -> Result<()> {
    // One test at a time uses the place where the threads wait.
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one = ONE.lock().await;
    lines();
    let db = places.open(places.builder()).await?;
    let conn = db.connect().await?;
    let place: &Place = &lines().answers;
    let mut expected = Vec::new();
    for ex in [&*db, &*conn] {
        let number = expected.len() as i64 + 1;
        let comment = format!("-- {HELD}");
        let insert = |number: i64| sql!("insert into item (number) values ({number}) {query(comment.as_str())}");
        // The statement is committed, and its future is dropped before it is answered.
        place.close();
        let write = sent(insert(number).execute(ex));
        place.until(1);
        drop(write);
        place.open();
        // The statement is committed, and its timeout passes before it is answered.
        place.close();
        let mut write = sent(insert(number + 1).timeout(Duration::from_millis(400)).execute(ex));
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
    // Every connection is available and can write.
    conn.close().await?;
    let (one, other) = (db.connect().await?, db.connect().await?);
    for (number, ex) in [(20, &*db), (21, &*one), (22, &*other)] {
        hold::Item::insert(item(number)).execute(ex).await?;
    }
    db.close().await
}
