//! Connection threads: the order of requests, dropped futures, streams, panics, which connections
//! are pooled, and closing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use aio_sql::{Builder, Database, Error, ErrorKind, Result, Table, sql};
use servers::on_every_database;

use dropped::Address;
use hold::Places;

mod dropped;
mod hold;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

async fn fill(db: &Database, rows: usize) -> Result<()> {
    db.create(Item).await?;
    Item::insert_all((0..rows).map(|row| NewItem { text: format!("item {row}") })).execute(db).await?;
    Ok(())
}

/// Polls a future once, and drops it.
async fn poll_once(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// Polls a future once, and checks that it is pending. The first poll sends the request.
async fn is_sent(mut future: Pin<&mut impl Future>) {
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

#[on_every_database]
async fn statements_of_a_connection_run_in_the_order_in_which_they_were_sent(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let conn = db.connect().await?;
    let held = places.hold(&conn);
    let mut sent = Vec::new();
    for number in 0..100 {
        let mut insert = Box::pin(hold::Item::insert(hold::item(number)).execute(&conn));
        is_sent(insert.as_mut()).await;
        sent.push(insert);
    }
    held.release().await?;
    for insert in sent.into_iter().rev() {
        insert.await?;
    }
    assert_eq!(hold::numbers(&conn).await?, (0..100).collect::<Vec<_>>());
    db.close().await
}

#[on_every_database]
async fn dropping_a_stream_stops_it_and_leaves_the_connection_usable(db: Database) -> Result<()> {
    fill(&db, 20_000).await?;
    let conn = db.connect().await?;
    for _ in 0..5 {
        let mut stream = Item::select().stream(&conn);
        for _ in 0..10 {
            stream.next().await.expect("a row")?;
        }
        drop(stream);
        assert_eq!(sql!("select 1").scalar::<i64>(&conn).await?, 1);
    }
    db.close().await
}

#[on_every_database]
async fn a_loop_over_a_stream_may_use_the_same_transaction(db: Database) -> Result<()> {
    fill(&db, 20_000).await?;
    let tx = db.begin().await?;
    let mut stream = Item::select().order_by(Item::ID).stream(&tx);
    let mut seen = 0;
    while let Some(item) = stream.next().await {
        let item = item?;
        seen += 1;
        if item.id % 1000 == 0 {
            Item::update().set(Item::TEXT, "seen").filter(Item::ID.eq(item.id)).execute(&tx).await?;
        }
    }
    assert_eq!(seen, 20_000);
    drop(stream);
    tx.commit().await?;
    assert_eq!(Item::select().filter(Item::TEXT.eq("seen")).count(&db).await?, 20);
    db.close().await
}

#[on_every_database]
async fn streams_on_every_reader_do_not_keep_others_from_reading(db: Database) -> Result<()> {
    fill(&db, 20_000).await?;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = Item::select().stream(&db);
        stream.next().await.expect("a row")?;
        streams.push(stream);
    }
    assert_eq!(Item::select().count(&db).await?, 20_000);
    for mut stream in streams {
        let mut rows = 1;
        while let Some(row) = stream.next().await {
            row?;
            rows += 1;
        }
        assert_eq!(rows, 20_000);
    }
    db.close().await
}

#[on_every_database]
async fn a_reader_that_is_not_read_does_not_stop_the_writer(db: Database) -> Result<()> {
    fill(&db, 20_000).await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    Item::insert(NewItem { text: "meanwhile".into() }).execute(&db).await?;
    drop(stream);
    assert_eq!(Item::select().count(&db).await?, 20_001);
    db.close().await
}

#[on_every_database]
async fn a_long_queue_loses_no_request(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let held = places.hold(&db);
    let tasks: Vec<_> =
        (0..3000).map(|number| tokio::spawn(hold::Item::insert(hold::item(number)).execute(&db))).collect();
    tokio::task::yield_now().await;
    held.release().await?;
    for task in tasks {
        task.await.expect("no panic")?;
    }
    assert_eq!(hold::Item::select().count(&db).await?, 3000);
    db.close().await
}

#[on_every_database]
async fn an_acknowledged_write_is_seen_by_every_later_read(db: Database) -> Result<()> {
    fill(&db, 0).await?;
    for number in 1..=200 {
        Item::insert(NewItem { text: number.to_string() }).execute(&db).await?;
        assert_eq!(Item::select().count(&db).await?, number);
    }
    db.close().await
}

#[on_every_database]
async fn raw_writes_are_detected_whatever_their_first_word(db: Database) -> Result<()> {
    fill(&db, 0).await?;
    sql!("with new(text) as (values ('a'), ('b')) insert into item (text) select text from new").execute(&db).await?;
    let texts: Vec<String> = sql!("with x as (select 1) select text from item order by id").all(&db).await?;
    assert_eq!(texts, ["a", "b"]);
    let ids: Vec<i64> = sql!("/* go */ insert into item (text) values ('c') returning id").all(&db).await?;
    assert_eq!(ids, [3]);
    db.close().await
}

#[on_every_database]
async fn closing_a_connection_frees_it_even_if_a_clone_exists(builder: Builder) -> Result<()> {
    let db = builder.max_connections(1).open().await?;
    let conn = db.connect().await?;
    let clone = conn.clone();
    conn.close().await?;
    db.connect().await?.close().await?;
    drop(clone);
    db.close().await
}

#[on_every_database]
async fn close_waits_for_streams_and_ends_unread_ones(builder: Builder) -> Result<()> {
    let db = builder.close_timeout(Duration::from_millis(100)).open().await?;
    db.create(Item).await?;
    Item::insert_all((0..20_000).map(|row| NewItem { text: format!("item {row}") })).execute(&db).await?;
    let conn = db.connect().await?;
    let mut streams = [Item::select().stream(&db), Item::select().stream(&conn)];
    for stream in &mut streams {
        stream.next().await.expect("a row")?;
    }
    db.close().await?;
    for mut stream in streams {
        let mut last = None;
        while let Some(row) = stream.next().await {
            last = Some(row);
        }
        let end = last.expect("rows that were on their way");
        let error = end.expect_err("it was ended");
        assert_eq!(error.kind(), &ErrorKind::Closed, "{error}");
    }
    Ok(())
}

#[on_every_database]
async fn close_waits_for_a_stream_that_is_read_and_for_an_open_transaction(db: Database) -> Result<()> {
    fill(&db, 20_000).await?;
    let tx = db.begin().await?;
    let mut stream = Item::select().stream(&db);
    stream.next().await.expect("a row")?;
    let mut closing = pin!(db.clone().close());
    is_sent(closing.as_mut()).await;
    assert_eq!(Item::select().count(&db).await.expect_err("new work").kind(), &ErrorKind::Closed);
    let mut rows = 1;
    while let Some(row) = stream.next().await {
        row?;
        rows += 1;
    }
    assert_eq!(rows, 20_000);
    is_sent(closing.as_mut()).await;
    Item::insert(NewItem { text: "late, and not too late".into() }).execute(&tx).await?;
    tx.commit().await?;
    closing.await
}

#[on_every_database]
async fn a_begin_dropped_while_it_waits_does_not_block_the_connection(db: Database) -> Result<()> {
    fill(&db, 1).await?;
    let holder = db.begin().await?;
    Item::insert(NewItem { text: "x".into() }).execute(&holder).await?;
    let conn = db.connect().await?;
    poll_once(conn.begin()).await;
    // If the connection's thread still waited for the write lock, it would not answer this query.
    assert_eq!(Item::select().count(&conn).await?, 1);
    holder.commit().await?;
    db.close().await
}

#[on_every_database]
async fn a_second_close_is_done_at_once_on_whichever_clone(address: Address) -> Result<()> {
    for at_once in [false, true] {
        let db = Database::open(&address.0).await?;
        sql!("create table if not exists t (x integer)").execute(&db).await?;
        let clone = db.clone();
        if at_once {
            let writes: Vec<_> =
                (0..20).map(|x| tokio::spawn(sql!("insert into t values ({x})").execute(&db))).collect();
            tokio::task::yield_now().await;
            let closing: Vec<_> = [&db, &clone, &db].into_iter().map(|db| tokio::spawn(db.close())).collect();
            for closing in closing {
                closing.await.expect("no panic")?;
            }
            for write in writes {
                let written = write.await.expect("no panic");
                assert!(written.is_ok() || *written.unwrap_err().kind() == ErrorKind::Closed);
            }
        } else {
            db.close().await?;
            db.close().await?;
            clone.close().await?;
        }
        assert!(db.is_closed() && clone.is_closed());
        for closed in [&db, &clone] {
            let error = sql!("select 1").scalar::<i64>(closed).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Closed, "{error}");
            assert_eq!(*closed.connect().await.unwrap_err().kind(), ErrorKind::Closed);
            assert_eq!(*closed.begin().await.unwrap_err().kind(), ErrorKind::Closed);
        }
        // Another close of a closed database does nothing.
        db.close().await?;
    }
    Ok(())
}

#[on_every_database]
async fn a_second_close_of_a_connection_does_nothing(db: Database) -> Result<()> {
    let conn = db.connect().await?;
    let clone = conn.clone();
    conn.close().await?;
    conn.close().await?;
    clone.close().await?;
    assert!(conn.is_closed() && clone.is_closed());
    assert_eq!(*sql!("select 1").scalar::<i64>(&conn).await.unwrap_err().kind(), ErrorKind::Closed);
    let other = db.connect().await?;
    db.close().await?;
    other.close().await?;
    conn.close().await
}

#[on_every_database]
async fn a_second_end_of_a_transaction_says_that_it_has_ended(db: Database) -> Result<()> {
    sql!("create table t (x integer)").execute(&db).await?;
    let told = |error: Error| {
        assert_eq!(*error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.to_string().contains("committed or rolled back before"), "{error}");
    };
    let tx = db.begin().await?;
    let (second, third) = (tx.clone(), tx.clone());
    sql!("insert into t values (1)").execute(&tx).await?;
    tx.commit().await?;
    told(second.clone().commit().await.unwrap_err());
    told(second.rollback().await.unwrap_err());
    told(sql!("insert into t values (2)").execute(&third).await.unwrap_err());
    told(third.begin().await.unwrap_err());
    let tx = db.begin().await?;
    let clone = tx.clone();
    tx.rollback().await?;
    told(clone.commit().await.unwrap_err());
    assert_eq!(sql!("select count(*) from t").scalar::<i64>(&db).await?, 1);
    db.close().await
}

#[on_every_database]
async fn a_statement_whose_future_is_dropped_before_its_turn_never_runs(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    for ex in [(*db).clone(), (*db.connect().await?).clone()] {
        let held = places.hold(&ex);
        poll_once(hold::Item::insert(hold::item(1)).execute(&ex)).await;
        poll_once(ex.execute_script("insert into item (number) values (2)")).await;
        held.release().await?;
        // The requests that were dropped do not affect the next one.
        hold::Item::insert(hold::item(3)).execute(&ex).await?;
        assert_eq!(hold::numbers(&db).await?, [3]);
        assert_eq!(hold::Item::delete().all_rows().execute(&ex).await?.rows_affected, 1);
    }
    db.close().await
}

#[on_every_database]
async fn close_runs_what_is_queued_and_then_refuses(places: Places) -> Result<()> {
    let db = places.open(places.builder()).await?;
    let held = places.hold(&db);
    let mut sent = Vec::new();
    for number in 0..10 {
        let mut insert = Box::pin(hold::Item::insert(hold::item(number)).execute(&db));
        is_sent(insert.as_mut()).await;
        sent.push(insert);
    }
    let mut closing = Box::pin(db.clone().close());
    is_sent(closing.as_mut()).await;
    let refused = hold::Item::insert(hold::item(99)).execute(&db).await;
    assert_eq!(refused.expect_err("closed").kind(), &ErrorKind::Closed);
    held.release().await?;
    for insert in sent {
        assert_eq!(insert.await?.rows_affected, 1);
    }
    closing.await
}

#[on_every_database]
async fn close_rolls_back_what_is_left_open(address: Address) -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let address = address.in_file(&directory);
    let db = Database::builder(&address).close_timeout(Duration::from_millis(50)).open().await?;
    db.create(Item).await?;
    let tx = db.begin().await?;
    Item::insert(NewItem { text: "open".into() }).execute(&tx).await?;
    db.clone().close().await?;
    assert_eq!(tx.commit().await.expect_err("closed").kind(), &ErrorKind::Closed);
    drop(db);
    let db = Database::open(&address).await?;
    assert_eq!(Item::select().count(&db).await?, 0);
    db.close().await
}

#[on_every_database(except pooler = Misused("a temporary table would stay in a session"))]
async fn an_explicit_connection_that_was_changed_is_as_new_for_the_next_user(builder: Builder) -> Result<()> {
    let db = builder.max_connections(1).open().await?;
    let conn = db.connect().await?;
    conn.execute_script("create temp table mine (id integer)").await?;
    assert_eq!(sql!("select count(*) from mine").scalar::<i64>(&conn).await?, 0);
    conn.close().await?;
    let conn = db.connect().await?;
    let gone = sql!("select count(*) from mine").scalar::<i64>(&conn).await.expect_err("it is gone");
    assert_eq!(*gone.kind(), ErrorKind::Sql, "{gone}");
    db.close().await
}
