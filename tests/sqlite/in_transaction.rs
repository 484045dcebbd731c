//! What raw statements, scripts and closures may do while a transaction of the library is open on
//! SQLite, which compiles what closures run under the eyes of the library, and has pragmas.

use aio_sql::{Batch, Database, Error, ErrorKind, Executor, Result, Row, query, rusqlite, sql};

use crate::hold::{Item, Places, item, numbers};
use controls::*;

#[path = "../in_transaction/controls.rs"]
mod controls;

async fn open() -> Result<Database> {
    Places::default().open(Database::builder(":memory:").readers(1).max_connections(2)).await
}

/// Statements that begin a transaction on SQLite alone, and a name of the library in another case.
const CONTROLS_OF_SQLITE: &[&str] = &[
    "BEGIN IMMEDIATE",
    "begin exclusive transaction",
    "BEGIN IMMEDIATE /* of the library */",
    "savepoint \"AIO_SQL_1\"",
];

/// Runs a statement by itself, in scripts and in closures, and returns the errors. Panics if it is
/// not refused each time.
async fn refusals_also_in_closures(ex: &Executor, text: &'static str) -> Vec<Error> {
    // Prepares the statement before, so that the cache has it if it can be prepared. It is refused
    // nevertheless.
    let _ = ex.run(move |raw| drop(raw.prepare_cached(text))).await;
    let mut errors = refusals(ex, text).await;
    // The closure gets an error without a reason from rusqlite, and the caller gets the reason.
    for prepared in [true, false] {
        let run = ex.run(move |raw| match prepared {
            false => raw.execute_batch(text).is_err(),
            true => raw.prepare_cached(text).and_then(|mut statement| statement.raw_execute()).is_err(),
        });
        let refused = run.await.map(|refused| assert!(refused, "`{text}` ran"));
        errors.push(refused.err().unwrap_or_else(|| panic!("`{text}` is not refused")));
    }
    errors
}

#[tokio::test]
async fn sql_in_closures_cannot_begin_or_end_a_transaction_of_the_library() -> Result<()> {
    let db = open().await?;
    let conn = db.connect().await?;
    let texts = [CONTROLS, CONTROLS_OF_SQLITE].concat();
    for ex in [&*db, &*conn] {
        let all = texts.clone();
        let _ = ex.run(move |raw| all.iter().for_each(|text| drop(raw.prepare_cached(text)))).await;
        are_refused_in_transactions(ex, &texts, refusals_also_in_closures).await?;
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_commit_in_a_closure_does_not_commit_the_transaction() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    let error = tx.run(|raw| raw.execute_batch("commit")).await.expect_err("it is refused");
    assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("`Transaction::commit`"), "{error}");
    // A transaction continues after a refused statement.
    Item::insert(item(2)).execute(&tx).await?;
    tx.rollback().await?;
    assert!(numbers(&db).await?.is_empty());
    let result = db
        .transaction(|tx| async move {
            Item::insert(item(3)).execute(&tx).await?;
            let script = "insert into item (number) values (4); commit; insert into item (number) values (5)";
            tx.run(move |raw| raw.execute_batch(script)).await.map(drop)
        })
        .await;
    assert_eq!(result.expect_err("it is refused").kind(), &ErrorKind::Usage);
    assert!(numbers(&db).await?.is_empty());
    db.close().await
}

#[tokio::test]
async fn a_rusqlite_transaction_inside_one_of_the_library_is_refused_with_a_reason() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    let error = tx.run(|raw| raw.transaction().is_err()).await.expect_err("it is refused");
    assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
    assert!(error.to_string().contains("`Transaction::begin`"), "{error}");
    tx.commit().await?;
    db.close().await
}

#[tokio::test]
async fn savepoints_of_rusqlite_are_allowed_in_a_transaction() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    Item::insert(item(2)).execute(&tx).await?;
    tx.run(|raw| {
        let mut savepoint = raw.savepoint()?;
        savepoint.execute("insert into item (number) values (5)", [])?;
        savepoint.rollback()?;
        savepoint.execute("insert into item (number) values (6)", [])?;
        savepoint.commit()
    })
    .await?
    .expect("rusqlite's savepoints are the user's");
    assert_eq!(numbers(&tx).await?, [2, 6]);
    tx.run(|raw| raw.execute_batch("savepoint left_open; insert into item (number) values (7)"))
        .await?
        .expect("it runs");
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [2, 6, 7]);
    db.close().await
}

#[tokio::test]
async fn a_savepoint_outside_of_a_nested_transaction_is_not_released_inside_of_it() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    tx.execute_script("savepoint a; insert into item (number) values (1); savepoint b").await?;
    let nested = tx.begin().await?;
    nested.execute_script("insert into item (number) values (2); savepoint c; savepoint b; release c").await?;
    for text in ["release a", "rollback to a", "release b", "ROLLBACK TO \"A\""] {
        for error in [
            nested.execute_script(text).await.expect_err(text),
            nested.run(move |raw| raw.execute_batch(text).is_err()).await.expect_err(text),
        ] {
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
            assert!(error.to_string().contains("nested"), "{text}: {error}");
        }
    }
    nested.rollback().await?;
    assert_eq!(numbers(&tx).await?, [1]);
    tx.execute_script("release b; rollback to a").await?;
    assert!(numbers(&tx).await?.is_empty());
    tx.commit().await?;
    db.close().await
}

#[tokio::test]
async fn a_savepoint_that_may_be_open_outside_of_a_nested_transaction_is_not_released_inside_of_it() -> Result<()> {
    let db = open().await?;
    for text in ["release a", "rollback to a"] {
        for by_code in [false, true] {
            let tx = db.begin().await?;
            tx.execute_script("savepoint a; insert into item (number) values (1)").await?;
            // A RELEASE that was only explained or prepared has released nothing.
            match by_code {
                false => tx.execute_script("explain release a").await?,
                true => tx.run(|raw| raw.prepare("release a").map(drop)).await?.expect("it is compiled"),
            }
            let nested = tx.begin().await?;
            Item::insert(item(2)).execute(&nested).await?;
            let error = nested.execute_script(text).await.expect_err(text);
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
            assert!(error.to_string().contains("nested"), "{text}: {error}");
            nested.execute_script("savepoint a; release a; savepoint a; rollback to a; release a").await?;
            nested.rollback().await?;
            assert_eq!(numbers(&tx).await?, [1]);
            tx.execute_script("rollback to a; release a").await?;
            tx.commit().await?;
            assert!(numbers(&db).await?.is_empty());
        }
    }
    // SQLite itself refuses an unknown savepoint. Savepoints of rusqlite can be used in both
    // transactions, although rusqlite gives them the same names.
    let tx = db.begin().await?;
    let twice = |raw: &mut rusqlite::Connection| {
        for _ in 0..2 {
            let mut savepoint = raw.savepoint()?;
            let mut inner = savepoint.savepoint()?;
            inner.rollback()?;
            inner.commit()?;
            savepoint.commit()?;
        }
        Ok::<_, rusqlite::Error>(())
    };
    tx.run(twice).await?.expect("the transaction's own");
    let nested = tx.begin().await?;
    nested.run(twice).await?.expect("the nested transaction's own");
    let error = nested.execute_script("release nowhere").await.expect_err("it is not there");
    assert!(error.to_string().contains("no such savepoint: nowhere"), "{error}");
    nested.commit().await?;
    tx.commit().await?;
    db.close().await
}

#[tokio::test]
async fn a_nested_transaction_that_a_closure_has_ended_fails_and_says_so() -> Result<()> {
    let db = open().await?;
    for text in ["release a", "rollback to a"] {
        for commit in [false, true] {
            let tx = db.begin().await?;
            tx.execute_script("savepoint a").await?;
            let nested = tx.begin().await?;
            let twice = nested.run(move |raw| {
                raw.execute_batch("savepoint a")?;
                let mut end = raw.prepare(text)?;
                end.execute([])?;
                raw.execute_batch(if text == "release a" { "" } else { "release a" })?;
                end.execute([]).map(drop)
            });
            twice.await?.expect("what is compiled once is run twice");
            let ended = if commit { nested.commit().await } else { nested.rollback().await };
            let error = ended.expect_err(text);
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error}");
            assert!(error.to_string().contains("savepoint that was set before it"), "{text}: {error}");
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains("aio_sql_"), "{text}: {shown}");
            }
            let error = tx.commit().await.expect_err(text);
            assert!(!format!("{error} {error:?}").contains("aio_sql_"), "{text}: {error:?}");
        }
    }
    assert!(numbers(&db).await?.is_empty());
    db.close().await
}

#[tokio::test]
async fn a_closure_cannot_write_after_the_database_has_rolled_back_its_transaction() -> Result<()> {
    let db = open().await?;
    Item::insert(item(1)).execute(&db).await?;
    const WRITES: [&str; 6] = [
        "insert into item (number) values (2)",
        "update item set number = 2",
        "delete from item",
        "create table made (x)",
        "savepoint mine; insert into item (number) values (2); release mine",
        "pragma user_version = 7",
    ];
    for text in WRITES {
        for in_nested in [false, true] {
            let tx = db.begin().await?;
            let nested = if in_nested { Some(tx.begin().await?) } else { None };
            let ended = nested.as_ref().unwrap_or(&tx).run(move |raw| {
                raw.execute("insert or rollback into item (number) values (1)", []).expect_err("it is there");
                let count = raw.query_row("select count(*) from item", [], |row| row.get::<_, i64>(0));
                assert_eq!(count, Ok(1), "what is there can be read");
                raw.execute_batch(text).expect_err(text);
            });
            let error = ended.await.expect_err(text);
            assert!(error.to_string().contains("rolled back"), "{text}: {error}");
            drop(nested);
            assert_eq!(tx.commit().await.expect_err(text).kind(), &ErrorKind::RolledBack, "{text}");
            assert_eq!(numbers(&db).await?, [1], "{text}");
        }
    }
    assert_eq!(sql!("pragma user_version").scalar::<i64>(&db).await?, 0);
    // A closure outside of a transaction can write after such a rollback, and so can a closure in
    // the next transaction.
    db.run(|raw| {
        raw.execute("insert or rollback into item (number) values (1)", []).expect_err("it is there");
        raw.execute("insert into item (number) values (2)", [])
    })
    .await?
    .expect("it is written");
    let tx = db.begin().await?;
    tx.run(|raw| raw.execute("insert into item (number) values (3)", [])).await?.expect("it is written");
    tx.commit().await?;
    assert_eq!(numbers(&db).await?, [1, 2, 3]);
    db.close().await
}

#[tokio::test]
async fn outside_of_a_transaction_scripts_and_closures_may_use_their_own() -> Result<()> {
    let db = open().await?;
    let conn = db.connect().await?;
    for (ex, first) in [(&*db, 1), (&*conn, 10)] {
        let script = format!("begin; insert into item (number) values ({first}); commit");
        ex.execute_script(script).await?;
        ex.run(move |raw| {
            let tx = raw.transaction()?;
            tx.execute("insert into item (number) values (?)", [first + 1])?;
            tx.commit()?;
            let tx = raw.transaction()?;
            tx.execute("insert into item (number) values (?)", [first + 2])?;
            tx.rollback()?;
            raw.execute_batch("savepoint x; release x; begin; rollback")
        })
        .await?
        .expect("code outside of a transaction begins and ends its own");
    }
    assert_eq!(numbers(&db).await?, [1, 2, 10, 11]);
    // A script like those that the command `.dump` of SQLite's shell writes.
    let dump = "PRAGMA foreign_keys=OFF; BEGIN TRANSACTION; CREATE TABLE t (x); INSERT INTO t VALUES (7); COMMIT;";
    conn.execute_script(dump).await?;
    assert_eq!(sql!("select x from t").scalar::<i64>(&db).await?, 7);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn the_librarys_own_texts_cannot_be_guessed() -> Result<()> {
    let db = open().await?;
    let conn = db.connect().await?;
    // Makes the connection prepare and cache the library's own BEGIN and COMMIT.
    conn.transaction(|tx| async move { Item::insert(item(1)).execute(&tx).await }).await?;
    let tx = conn.begin().await?;
    Item::insert(item(2)).execute(&tx).await?;
    for text in ["COMMIT /* of the library */", "BEGIN IMMEDIATE /* of the library */", " COMMIT /* of the library */ "]
    {
        let error = query(text).execute(&tx).await.expect_err("it is refused");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
    }
    tx.rollback().await?;
    assert_eq!(numbers(&conn).await?, [1]);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_closure_that_removes_the_authorizer_and_commits_gets_a_true_error() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    Item::insert(item(1)).execute(&tx).await?;
    let commit = |raw: &mut rusqlite::Connection| {
        raw.authorizer(None::<fn(rusqlite::hooks::AuthContext<'_>) -> rusqlite::hooks::Authorization>)?;
        raw.execute_batch("commit")
    };
    let error = tx.run(commit).await.expect_err("the transaction is over");
    assert_eq!(error.kind(), &ErrorKind::RolledBack, "{error}");
    assert!(error.to_string().contains("committed"), "{error}");
    let error = Item::insert(item(2)).execute(&tx).await.expect_err("the transaction is over");
    assert!(error.to_string().contains("committed"), "{error}");
    drop(tx);
    assert_eq!(numbers(&db).await?, [1]);
    db.close().await
}

/// Pragmas that have no effect in a transaction, or only a part of their effect.
const IDLE: &[&str] = &[
    "pragma foreign_keys = off",
    "pragma foreign_keys(0)",
    "PRAGMA main.Foreign_Keys = on",
    "/* so */ pragma foreign_keys = 0;",
    "pragma journal_mode = delete",
    "pragma journal_mode(memory)",
    "pragma synchronous = off",
    "pragma fullfsync = 1",
    "pragma checkpoint_fullfsync = 1",
    "pragma cache_spill = 0",
    "pragma wal_checkpoint",
    "pragma wal_checkpoint(truncate)",
];

fn assert_advises(text: &str, error: &Error) {
    assert_eq!(error.kind(), &ErrorKind::Usage, "{text}: {error:?}");
    let said = error.to_string();
    assert!(said.contains("transaction") && said.contains('`'), "{text}: {said}");
    if text.to_ascii_lowercase().contains("foreign_keys") {
        assert!(said.contains("foreign_keys") && said.contains("migrat"), "{text}: {said}");
    }
}

#[tokio::test]
async fn a_pragma_without_effect_in_a_transaction_is_refused_with_a_reason() -> Result<()> {
    let db = open().await?;
    let conn = db.connect().await?;
    for text in IDLE {
        // Prepares the pragma before the transaction begins, so that the statement cache has it.
        if !text.contains("journal_mode") {
            query(*text).execute(&conn).await?;
            conn.run(|raw| raw.prepare_cached(text).map(drop)).await?.expect("it compiles");
        }
        conn.execute_script("pragma foreign_keys = on; pragma synchronous = full").await?;
        let tx = conn.begin().await?;
        let nested = tx.begin().await?;
        for error in refusals(&nested, text).await {
            assert_advises(text, &error);
        }
        nested.commit().await?;
        for error in refusals(&tx, text).await {
            assert_advises(text, &error);
        }
        tx.commit().await?;
        // The pragma is also refused in a batch, which has a transaction, and in the transaction
        // of a script.
        let batch = Batch::new().execute(query(*text)).execute(query("select 1"));
        assert_advises(text, &batch.run(&conn).await.expect_err(text));
        let script = format!("begin; {text}; commit");
        assert_advises(text, &conn.execute_script(script).await.expect_err(text));
        assert_eq!(sql!("pragma foreign_keys").scalar::<i64>(&conn).await?, 1, "{text}");
    }
    // Reading the setting is allowed.
    let tx = conn.begin().await?;
    for text in ["pragma foreign_keys", "pragma journal_mode", "pragma synchronous", "pragma cache_spill"] {
        assert_eq!(query(text).all::<Row>(&tx).await?.len(), 1, "{text}");
    }
    tx.commit().await?;
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_closure_in_a_transaction_gets_no_statement_prepared_outside_of_it() -> Result<()> {
    let db = open().await?;
    let conn = db.connect().await?;
    for text in ["pragma wal_checkpoint", "pragma foreign_keys = on"] {
        query(text).execute(&conn).await?;
        let tx = conn.begin().await?;
        let found =
            tx.run(move |raw| raw.prepare_cached(text).and_then(|mut statement| statement.raw_execute()).is_err());
        assert_advises(text, &found.await.expect_err(text));
        tx.commit().await?;
        query(text).execute(&conn).await?;
        let tx = conn.begin().await?;
        assert_advises(text, &query(text).execute(&tx).await.expect_err(text));
        tx.commit().await?;
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn every_setting_takes_effect_in_a_transaction_as_it_does_outside_or_is_refused() -> Result<()> {
    let mut wrong = Vec::new();
    // The pragmas that take a value, each with a value that usually differs from the default.
    for (pragma, value) in [
        ("analysis_limit", "7"),
        ("automatic_index", "0"),
        ("busy_timeout", "7"),
        ("cache_size", "7"),
        ("cache_spill", "0"),
        ("cell_size_check", "1"),
        ("checkpoint_fullfsync", "1"),
        ("count_changes", "1"),
        ("defer_foreign_keys", "1"),
        ("encoding", "'UTF-16le'"),
        ("foreign_keys", "0"),
        ("full_column_names", "1"),
        ("fullfsync", "1"),
        ("hard_heap_limit", "0"),
        ("ignore_check_constraints", "1"),
        ("journal_size_limit", "7000"),
        ("legacy_alter_table", "1"),
        ("locking_mode", "exclusive"),
        ("max_page_count", "7000"),
        ("mmap_size", "65536"),
        ("query_only", "1"),
        ("read_uncommitted", "1"),
        ("recursive_triggers", "1"),
        ("reverse_unordered_selects", "1"),
        ("secure_delete", "1"),
        ("short_column_names", "0"),
        ("soft_heap_limit", "0"),
        ("synchronous", "0"),
        ("temp_store", "2"),
        ("threads", "2"),
        ("user_version", "7"),
        ("wal_autocheckpoint", "7"),
        ("writable_schema", "1"),
    ] {
        let (set, read) = (format!("pragma {pragma} = {value}"), format!("pragma {pragma}"));
        let (db, other) = (open().await?, open().await?);
        let conn = other.connect().await?;
        // SQLite may set another value than the requested one, or none. Expected inside a
        // transaction is the value that a connection without a transaction then has.
        let _ = conn.execute_script(&*set).await;
        let outside = query(&*read).all::<Row>(&conn).await?;
        conn.close().await?;
        other.close().await?;
        let conn = db.connect().await?;
        let tx = conn.begin().await?;
        let refused = tx.execute_script(set).await.is_err_and(|error| *error.kind() == ErrorKind::Usage);
        let inside = query(read).all::<Row>(&tx).await?;
        if !refused && inside.iter().map(values).ne(outside.iter().map(values)) {
            wrong.push(pragma);
        }
        tx.rollback().await?;
        conn.close().await?;
        db.close().await?;
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    Ok(())
}

fn values(row: &Row) -> Vec<aio_sql::Value> {
    row.iter().map(|(_, value)| value.clone()).collect()
}
