//! Statements that are refused: those that change a shared connection, and those that begin or end
//! a transaction without the library's methods. Also what stays allowed, and closures that remove
//! the handlers of the library.

use aio_sql::{Database, ErrorKind, Executor, Result, query, rusqlite, sql};

use crate::hold::{ENDLESS, Item, LONG, Places, item, numbers, poll, sent};

async fn open() -> Result<(Database, Places)> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").readers(1).max_connections(2)).await?;
    Item::insert(item(1)).execute(&db).await?;
    Ok((db, places))
}

/// Statements that change the connection itself.
const CHANGES: &[&str] = &[
    "create temp table mine (id integer)",
    "CREATE TEMPORARY TABLE mine AS SELECT 1",
    "create temp view mine as select 1",
    "create temp trigger mine after insert on item begin select 1; end",
    "attach ':memory:' as other",
    "attach database ':mem' || 'ory:' as other",
    "/* so */ Attach ':memory:' As other",
    "pragma foreign_keys = 0",
    "pragma foreign_keys(0)",
    "pragma main.synchronous = off",
    "PRAGMA Journal_Mode = DELETE",
    "pragma cache_size = 7",
    "pragma main.cache_size(7)",
    "pragma query_only = 0",
    "pragma query_only = 1",
    "pragma busy_timeout = 1",
    "pragma temp_store = memory",
    "pragma recursive_triggers = 1",
    "pragma wal_autocheckpoint = 0",
    "pragma locking_mode = exclusive",
    "pragma case_sensitive_like = 1",
    "pragma defer_foreign_keys = 1",
    "pragma ignore_check_constraints = 1",
    "pragma writable_schema = 1",
    "-- a comment\npragma trusted_schema = 0",
];

/// A query for the settings of a connection.
const SETTINGS: &str = "
    select json_array(
        (select foreign_keys from pragma_foreign_keys), (select synchronous from pragma_synchronous),
        (select journal_mode from pragma_journal_mode), (select cache_size from pragma_cache_size),
        (select query_only from pragma_query_only), (select temp_store from pragma_temp_store),
        (select recursive_triggers from pragma_recursive_triggers), (select locking_mode from pragma_locking_mode),
        (select ignore_check_constraints from pragma_ignore_check_constraints),
        (select writable_schema from pragma_writable_schema), (select trusted_schema from pragma_trusted_schema),
        (select defer_foreign_keys from pragma_defer_foreign_keys),
        (select count(*) from sqlite_temp_schema),
        (select group_concat(name) from pragma_database_list where name <> 'temp'), 'a' like 'A')";

async fn settings(ex: &Executor) -> Result<String> {
    query(SETTINGS).scalar(ex).await
}

/// Returns the settings of the reader and of the writer.
async fn of_both(db: &Database) -> Result<[String; 2]> {
    let writer = db.run(|raw| raw.query_row(SETTINGS, [], |row| row.get(0))).await?.expect("a row");
    Ok([settings(db).await?, writer])
}

#[tokio::test]
async fn changes_of_a_shared_connection_are_refused_and_the_error_names_an_alternative() -> Result<()> {
    let (db, _) = open().await?;
    let before = of_both(&db).await?;
    for text in CHANGES {
        for script in [false, true] {
            let result = match script {
                false => query(*text).execute(&db).await.map(drop),
                true => db.execute_script(format!("select 1; {text}; select 2")).await,
            };
            let error = result.expect_err(text);
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
            assert!(error.to_string().contains("`db.connect()`"), "{text}: {error}");
            assert!(error.sql().is_some_and(|sql| sql.contains(text)), "{text}: {error:?}");
        }
        let error = query(*text).all::<aio_sql::Row>(&db).await.expect_err(text);
        assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
    }
    // A bound file name is refused too, and so is `detach`.
    for result in [
        sql!("attach {\":memory:\"} as other").execute(&db).await,
        query("attach ? as other").bind(":memory:").execute(&db).await,
        query("attach database ? as ?").bind(":memory:").bind("other").execute(&db).await,
        sql!("detach other").execute(&db).await,
    ] {
        let error = result.expect_err("refused");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("`db.connect()`"), "{error}");
    }
    assert_eq!(of_both(&db).await?, before);
    Item::insert(item(2)).execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn an_explicit_connection_may_be_changed_and_is_not_reused() -> Result<()> {
    let (db, _) = open().await?;
    let fresh = db.connect().await?;
    let expected = settings(&fresh).await?;
    fresh.close().await?;
    // The journal mode cannot be changed while other connections have the file open; all other
    // settings can.
    for text in CHANGES.iter().filter(|text| !text.contains("Journal_Mode")) {
        for script in [false, true] {
            let conn = db.connect().await?;
            match script {
                false => query(*text).execute(&conn).await.map(drop),
                true => conn.execute_script(*text).await,
            }
            .unwrap_or_else(|error| panic!("{text}: {error:?}"));
            let clean = db.connect().await?;
            conn.close().await?;
            // One of the two connections was given back, so a third one can be opened. It does not
            // have the change that was made on the closed connection.
            let next = db.connect().await?;
            for conn in [&clean, &next] {
                assert_eq!(settings(conn).await?, expected, "{text}");
            }
            clean.close().await?;
            next.close().await?;
        }
    }
    // What a transaction of the database changes in its connection does not affect the next
    // transaction either.
    let tx = db.begin().await?;
    sql!("create temp table mine (id integer)").execute(&tx).await?;
    sql!("insert into mine values (1)").execute(&tx).await?;
    tx.commit().await?;
    for _ in 0..3 {
        let tx = db.begin().await?;
        assert_eq!(sql!("select count(*) from sqlite_temp_schema").scalar::<i64>(&tx).await?, 0);
        tx.rollback().await?;
    }
    db.close().await
}

#[tokio::test]
async fn pragmas_about_the_file_are_allowed_everywhere() -> Result<()> {
    let (db, _) = open().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        sql!("pragma user_version = 7").execute(ex).await?;
        assert_eq!(sql!("pragma user_version").scalar::<i64>(ex).await?, 7);
        sql!("pragma application_id = 5").execute(ex).await?;
        assert_eq!(sql!("pragma application_id").scalar::<i64>(ex).await?, 5);
        let columns: Vec<String> = sql!("select name from pragma_table_info('item')").all(ex).await?;
        assert_eq!(columns, ["id", "number"]);
        assert_eq!(sql!("pragma table_info(item)").all::<aio_sql::Row>(ex).await?.len(), 2);
        assert_eq!(sql!("pragma index_list(item)").all::<aio_sql::Row>(ex).await?.len(), 1);
        assert_eq!(sql!("pragma wal_checkpoint(truncate)").all::<aio_sql::Row>(ex).await?.len(), 1);
        assert_eq!(sql!("pragma quick_check(1)").scalar::<String>(ex).await?, "ok");
        assert_eq!(sql!("pragma cache_size").all::<i64>(ex).await?.len(), 1, "to look is no change");
        sql!("vacuum").execute(ex).await?;
        db.execute_script("pragma user_version = 8; vacuum; analyze").await?;
        assert_eq!(sql!("pragma user_version").scalar::<i64>(ex).await?, 8);
    }
    assert_eq!(numbers(&db).await?, [1]);
    db.close().await
}

/// Each kind of transaction control, in various spellings, with the method that the error names.
const CONTROLS: &[(&str, &str)] = &[
    ("begin", "`begin`"),
    ("Begin Immediate Transaction", "`begin`"),
    ("/* begin */ bEgIn DEFERRED;", "`begin`"),
    ("-- so\n  begin exclusive", "`begin`"),
    ("commit", "`Transaction::commit`"),
    ("COMMIT TRANSACTION;", "`Transaction::commit`"),
    ("end", "`Transaction::commit`"),
    ("/* a */ /* b */\nEND", "`Transaction::commit`"),
    ("rollback", "`Transaction::rollback`"),
    ("ROLLBACK TO x", "`Transaction::rollback`"),
    ("savepoint x", "`Transaction::begin`"),
    (";savepoint \"x\"", "`Transaction::begin`"),
    ("release x", "`Transaction::commit`"),
    ("RELEASE SAVEPOINT x", "`Transaction::commit`"),
];

#[tokio::test]
async fn transaction_control_is_refused_in_every_spelling() -> Result<()> {
    let (db, _) = open().await?;
    let conn = db.connect().await?;
    // A script may begin and end transactions. The statements that it prepares must not enter the
    // statement cache, where the same texts would be found below without being refused.
    for script in [
        "begin; select 1; commit",
        "savepoint x; release x",
        "begin; savepoint x; rollback to x; rollback",
        "begin; end",
    ] {
        conn.execute_script(script).await?;
    }
    let tx = db.begin().await?;
    let nested = tx.begin().await?;
    for round in 0..2 {
        for ex in [&*db, &*conn, &*nested] {
            for (text, words) in CONTROLS {
                for error in [
                    query(*text).execute(ex).await.expect_err(text),
                    query(*text).all::<aio_sql::Row>(ex).await.expect_err(text),
                ] {
                    assert_eq!(error.kind(), &ErrorKind::Usage, "{text} on {ex:?} in round {round}: {error}");
                    assert!(error.to_string().contains(words), "{text}: {error}");
                }
            }
        }
    }
    assert!(!conn.in_transaction() && tx.in_transaction() && nested.in_transaction());
    Item::insert(item(2)).execute(&nested).await?;
    nested.commit().await?;
    tx.commit().await?;
    assert_eq!(numbers(&conn).await?, [1, 2]);
    db.close().await
}

#[tokio::test]
async fn explaining_transaction_control_opens_no_transaction() -> Result<()> {
    let (db, _) = open().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for text in ["explain begin", "explain query plan begin immediate", "explain commit", "explain savepoint x"] {
            // Whether the statement is refused or answered, it begins and ends no transaction.
            let _ = query(text).all::<aio_sql::Row>(ex).await;
            assert!(!ex.in_transaction());
            assert_eq!(sql!("select 1").scalar::<i64>(ex).await?, 1);
        }
        assert!(ex.run(|raw| raw.is_autocommit()).await?);
        assert!(ex.run_read(|raw| raw.is_autocommit()).await?);
    }
    let tx = conn.begin().await?;
    Item::insert(item(2)).execute(&tx).await?;
    let _ = sql!("explain rollback").all::<aio_sql::Row>(&tx).await;
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [1, 2]);
    db.close().await
}

#[tokio::test]
async fn user_sql_never_matches_the_librarys_cached_statements() -> Result<()> {
    let (db, _) = open().await?;
    let conn = db.connect().await?;
    db.transaction(|tx| async move { Item::insert(item(2)).execute(&tx).await }).await?;
    conn.transaction(|tx| async move { Item::insert(item(3)).execute(&tx).await }).await?;
    Item::insert_all([item(4), item(5)]).execute(&conn).await?;
    Item::insert_all([item(6), item(7)]).execute(&db).await?;
    for ex in [&*db, &*conn] {
        for text in ["BEGIN IMMEDIATE", "COMMIT", "BEGIN DEFERRED", "ROLLBACK", "SAVEPOINT aio_sql_0"] {
            let refused = query(text).execute(ex).await;
            assert_eq!(refused.expect_err(text).kind(), &ErrorKind::Usage, "{text} on {ex:?}");
        }
    }
    assert!(conn.run(|raw| raw.is_autocommit()).await?);
    db.close().await
}

/// Removes or replaces the handlers that the library has set on a connection.
fn take_handlers(raw: &mut rusqlite::Connection) -> rusqlite::Result<()> {
    raw.progress_handler(0, None::<fn() -> bool>)?;
    raw.busy_handler(Some(|_| false))?;
    raw.authorizer(None::<fn(rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization>)?;
    raw.wal_hook(None);
    raw.update_hook(None::<fn(rusqlite::hooks::Action, &str, &str, i64)>)
}

#[tokio::test]
async fn a_closure_that_removes_the_handlers_does_not_affect_later_requests() -> Result<()> {
    let (db, places) = open().await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for panics in [false, true] {
            let take = move |raw: &mut rusqlite::Connection| {
                take_handlers(raw).expect("they are taken");
                assert!(!panics, "on purpose");
            };
            assert_eq!(ex.run(take).await.is_err(), panics);
            assert_eq!(ex.run_read(take).await.is_err(), panics);
            // A dropped read is stopped.
            places.here.forget();
            let read = sent(query(ENDLESS).scalar::<i64>(ex));
            places.here.until(1);
            drop(read);
            assert_eq!(sql!("select 2").timeout(LONG).scalar::<i64>(ex).await?, 2);
            // Transaction control is refused.
            let refused = sql!("begin").execute(ex).await.expect_err("refused");
            assert_eq!(refused.kind(), &ErrorKind::Usage);
            assert!(ex.run(|raw| raw.is_autocommit()).await?);
        }
    }
    // The shared connections are still guarded.
    let refused = sql!("pragma foreign_keys = 0").execute(&db).await.expect_err("refused");
    assert!(refused.to_string().contains("`db.connect()`"), "{refused}");
    db.close().await
}

#[tokio::test]
async fn a_closure_that_removes_the_busy_handler_does_not_affect_the_next_write() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Places::default().open(Database::builder(&path)).await?;
    let other = rusqlite::Connection::open(&path).expect("it opens");
    db.run(take_handlers).await?.expect("they are taken");
    other.execute_batch("begin immediate").expect("it has the lock");
    let mut write = sent(Item::insert(item(1)).execute(&db));
    // Without the busy handler, the write would fail at once, because `other` holds the write
    // lock.
    for _ in 0..200 {
        assert_eq!(Item::select().count(&db).await?, 0);
        assert!(poll(write.as_mut()).is_none(), "it does not wait");
    }
    other.execute_batch("commit").expect("it commits");
    write.await?;
    db.close().await
}

#[tokio::test]
async fn objects_in_the_schema_temp_are_refused_too() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:")).await?;
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
    let db = Places::default().open(Database::builder(":memory:").max_connections(1)).await?;
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
async fn pragmas_that_may_write_run_on_the_writer() -> Result<()> {
    let db = Places::default().open(Database::builder(":memory:").pragma("auto_vacuum", 2)).await?;
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
