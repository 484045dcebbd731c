//! What was wrong once: each test failed when it was written.

use std::fs;
use std::time::Duration;

use aio_sql::{Database, Error, ErrorKind, Result, query, rusqlite, sql};

use hold::{ENDLESS_WRITE, Item, Places, item, numbers};

mod hold;

#[tokio::test]
async fn a_transaction_that_a_deadline_has_ended_says_so_as_the_first_cause_and_may_be_retried() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:")?).await?;
    let tx = db.begin().await?;
    let error =
        query(ENDLESS_WRITE).timeout(Duration::from_millis(300)).execute(&tx).await.expect_err("its time is up");
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    let error = tx.commit().await.expect_err("it is over");
    assert_eq!(error.kind(), &ErrorKind::RolledBack);
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).expect("a cause");
    assert_eq!(cause.kind(), &ErrorKind::Timeout, "{cause}");
    assert!(error.is_transient());
    db.close().await
}

#[tokio::test]
async fn temporary_objects_are_refused_by_their_schemas_name_too() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")?).await?;
    let mut wrong = Vec::new();
    for text in [
        "create table temp.a (id integer)",
        "create table temp.b as select 1",
        "create view temp.c as select 1",
        "create trigger temp.d after insert on item begin select 1; end",
    ] {
        match query(text).execute(&db).await {
            Err(error) if *error.kind() == ErrorKind::Usage => {}
            other => wrong.push(format!("{text}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    db.close().await
}

#[tokio::test]
async fn a_connection_with_an_object_in_the_schema_temp_is_not_pooled() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")?.max_connections(1)).await?;
    for text in [
        "create table temp.mine (id integer)",
        "create view temp.mine as select 1",
        "create trigger temp.mine after insert on item begin select 1; end",
    ] {
        let conn = db.connect().await?;
        let _ = query(text).execute(&conn).await;
        conn.close().await?;
        let conn = db.connect().await?;
        assert_eq!(sql!("select count(*) from sqlite_temp_schema").scalar::<i64>(&conn).await?, 0, "{text}");
        conn.close().await?;
    }
    db.close().await
}

#[tokio::test]
async fn pragmas_that_may_write_are_for_the_writer() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")?.pragma("auto_vacuum", 2)).await?;
    Item::insert_all((0..1000).map(item)).execute(&db).await?;
    Item::find(5).one(&db).await?;
    sql!("select count(*) from item where number = 7").scalar::<i64>(&db).await?;
    Item::delete().all_rows().execute(&db).await?;
    Item::insert(item(1)).execute(&db).await?;
    let mut wrong = Vec::new();
    for text in [
        "pragma optimize",
        "pragma optimize(0x10002)",
        "pragma incremental_vacuum(1)",
        "pragma incremental_vacuum",
        "pragma wal_checkpoint(passive)",
    ] {
        if let Err(error) = query(text).all::<aio_sql::Row>(&db).await {
            wrong.push(format!("{text}: {error:?}"));
        }
        if let Err(error) = query(text).execute(&db).await {
            wrong.push(format!("{text}: {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    db.close().await
}

#[tokio::test]
async fn a_reader_that_is_opened_after_the_file_was_moved_makes_no_other_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, away) = (directory.path().join("app.db"), directory.path().join("away.db"));
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    Item::insert(item(1)).execute(&db).await?;
    fs::rename(&path, &away).expect("it is moved");
    let error = numbers(&db).await.expect_err("the file is gone");
    assert!(!path.exists(), "another file was made: {error}");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    Ok(())
}

#[tokio::test]
async fn a_transaction_of_the_database_that_is_begun_after_the_file_was_deleted_makes_no_other_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    fs::remove_file(&path).expect("it is deleted");
    // A connection that was open already may be believed in for a while; one that is opened now makes no file.
    if let Err(error) = db.begin().await {
        assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    }
    assert!(!path.exists(), "another file was made");
    Ok(())
}

#[tokio::test]
async fn a_reader_that_is_opened_after_the_file_was_replaced_does_not_touch_the_other_one() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, other) = (directory.path().join("app.db"), directory.path().join("other.db"));
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    rusqlite::Connection::open(&other)
        .and_then(|raw| {
            raw.execute_batch(
                "create table item (id integer primary key, number integer); insert into item values (1, 77)",
            )
        })
        .expect("it is made");
    let bytes = fs::read(&other).expect("it is there");
    fs::rename(&other, &path).expect("it takes the place");
    let read = numbers(&db).await;
    assert!(fs::read(&path).expect("it is there") == bytes, "it was written");
    assert_eq!(read.expect_err("it is another file").kind(), &ErrorKind::Moved);
    Ok(())
}

#[tokio::test]
async fn no_helper_is_started_while_the_reader_has_only_just_been_started() -> Result<()> {
    for round in 0..50 {
        let db = Database::builder(":memory:")?.readers(1).open().await?;
        sql!("select 1").scalar::<i64>(&db).await?;
        sql!("select 1").scalar::<i64>(&db).await?;
        let names: Vec<_> = db.metrics().connections.into_iter().map(|connection| connection.name).collect();
        assert!(!names.iter().any(|name| name.contains("helper")), "round {round}: {names:?}");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn readers_are_helped_out_again_after_the_first_helpers_have_gone() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")?.readers(1)).await?;
    let helpers = || {
        let tasks = fs::read_dir("/proc/self/task").expect("a directory");
        let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.starts_with("aio-sql helper")).count()
    };
    for round in 0..2 {
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream =
                query(hold::ENDLESS.replace("sum(i)", "i")).timeout(Duration::from_secs(5)).stream::<i64>(&db);
            let first = stream.next().await.expect("a row");
            first.unwrap_or_else(|error| panic!("in round {round}: {error}"));
            streams.push(stream);
        }
        drop(streams);
        hold::until("the helpers end", || helpers() == 0).await;
    }
    db.close().await
}

#[tokio::test]
async fn a_write_whose_future_was_dropped_is_still_stopped_by_its_deadline() -> Result<()> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:")?).await?;
    let write = hold::sent(query(ENDLESS_WRITE).timeout(Duration::from_millis(300)).execute(&db));
    places.here.until(1);
    drop(write);
    Item::insert(item(1)).timeout(Duration::from_secs(5)).execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_member_of_a_group_does_not_live_on_the_row_of_another() -> Result<()> {
    let mut answers = Vec::new();
    for group_commit in [false, true] {
        let db = Places::default().open(Database::builder(":memory:")?.group_commit(group_commit)).await?;
        sql!("create table child (item integer references item (number) deferrable initially deferred)")
            .execute(&db)
            .await?;
        let held = hold::hold(&db);
        let child = hold::sent(sql!("insert into child values (98)").execute(&db));
        let parent = hold::sent(Item::insert(item(98)).execute(&db));
        held.let_go().await?;
        parent.await?;
        answers.push(child.await.map(drop).map_err(|error| error.kind().clone()));
        db.close().await?;
    }
    assert_eq!(answers[0], answers[1], "alone and in a group");
    Ok(())
}

#[tokio::test]
async fn a_deadline_changes_nothing_about_what_a_statement_does() -> Result<()> {
    let mut wrong = Vec::new();
    for text in [
        "vacuum",
        "pragma user_version = 5",
        "pragma foreign_keys = off",
        "pragma wal_checkpoint(truncate)",
        "pragma optimize",
        "create table other (id integer)",
        "insert or fail into item (number) values (10), (1), (11)",
        "insert or rollback into item (number) values (10), (1), (11)",
        "insert into item (number) values (10), (11)",
        "reindex",
        "analyze",
        "with x as (select 10) insert into item (number) select * from x",
    ] {
        for own in [false, true] {
            if !own && text.contains("foreign_keys") {
                continue;
            }
            let mut left = Vec::new();
            for timeout in [None, Some(Duration::from_secs(30))] {
                let db = Places::default().open(Database::builder(":memory:")?).await?;
                Item::insert(item(1)).execute(&db).await?;
                let conn = db.connect().await?;
                let ex = if own { &*conn } else { &*db };
                let statement = query(text);
                let statement = match timeout {
                    Some(timeout) => statement.timeout(timeout),
                    None => statement,
                };
                let answer = statement.execute(ex).await.map_err(|error| error.to_string());
                let on = sql!("pragma foreign_keys").scalar::<bool>(ex).await?;
                left.push(format!("{answer:?} {:?} {on}", numbers(&db).await?));
                db.close().await?;
            }
            if left[0] != left[1] {
                wrong.push(format!("{text}, on its own connection: {own}: {left:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
