//! Steps that are functions of the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aio_sql::Builder;
use servers::on_every_database;

use super::*;

static STEPS: Migrations = Migrations::new(&[
    Migration::new(
        "0001_init",
        "create table person (id bigint primary key, name text); insert into person values (1, 'ada'), (2, 'bo')",
    ),
    Migration::new("0002_hash", "-- aio-sql: rust\nalter table person add column hash text")
        .file("migrations/0002_hash.sql"),
    Migration::new("0003_index", "create unique index person_hash on person (hash)"),
]);

fn with_function() -> Migrations<'static> {
    STEPS.with("0002_hash", |tx| async move {
        let users: Vec<(i64, String)> = sql!("select id, name from person").all(&tx).await?;
        for (id, name) in users {
            let hash: String = name.chars().rev().collect();
            sql!("update person set hash = {hash} where id = {id}").execute(&tx).await?;
        }
        Ok(())
    })
}

async fn hashes(db: &Database) -> Result<Vec<String>> {
    sql!("select hash from person order by id").all(db).await
}

#[on_every_database]
async fn a_function_runs_in_its_place_after_the_sql_of_its_step_and_once(db: Database) -> Result<()> {
    assert_eq!(db.migrate(with_function()).await?.steps(), ["0001_init", "0002_hash", "0003_index"]);
    assert_eq!(hashes(&db).await?, ["ada", "ob"]);
    let called = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&called);
    let steps = STEPS.with("0002_hash", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    assert!(db.migrate(&steps).await?.steps().is_empty());
    assert_eq!(called.load(Ordering::Relaxed), 0);
    db.close().await
}

#[on_every_database]
async fn a_function_that_fails_undoes_its_step_and_is_named(builder: Builder) -> Result<()> {
    let db = builder.max_connections(1).open().await?;
    let failing = STEPS.with("0002_hash", |tx| async move {
        sql!("update person set hash = 'x'").execute(&tx).await?;
        sql!("insert into nowhere values (1)").execute(&tx).await.map(drop)
    });
    let error = db.migrate(&failing).await.expect_err("it fails");
    assert_eq!(error.kind(), &ErrorKind::Sql);
    assert_says(&error, &["migration step `0002_hash` (migrations/0002_hash.sql)", "nowhere"]);
    assert!(hashes(&db).await.is_err(), "the column was not added");
    let panicking = STEPS.with("0002_hash", |_| async { panic!("in a function") });
    let (db2, panicking) = (db.clone(), panicking);
    let panicked = tokio::spawn(async move { db2.migrate(&panicking).await.map(drop) }).await;
    assert!(panicked.expect_err("it panics").is_panic());
    assert_eq!(db.migrate(with_function()).await?.steps(), ["0002_hash", "0003_index"]);
    assert_eq!(hashes(&db).await?, ["ada", "ob"]);
    db.close().await
}

#[on_every_database]
async fn a_function_cannot_end_the_transaction_of_its_step(builder: Builder) -> Result<()> {
    let db = builder.max_connections(1).open().await?;
    for commits in [true, false] {
        let steps = STEPS.with("0002_hash", move |tx| async move {
            sql!("update person set hash = name").execute(&tx).await?;
            if commits { tx.clone().commit().await } else { tx.clone().rollback().await }
        });
        let error = db.migrate(&steps).await.expect_err("it has ended its transaction");
        assert!(error.is_closed(), "{error:?}");
        assert_says(&error, &["`0002_hash`"]);
        assert!(hashes(&db).await.is_err(), "the step was undone");
    }
    assert_eq!(db.migrate(with_function()).await?.steps(), ["0002_hash", "0003_index"]);
    db.close().await
}

#[on_every_database]
async fn a_function_and_a_step_that_do_not_match_are_an_error_before_anything_runs(db: Database) -> Result<()> {
    for (steps, words) in [
        (STEPS.clone(), ["`0002_hash` (migrations/0002_hash.sql)", "no function", "Migrations::with(\"0002_hash\""]),
        (with_function().with("0009_gone", |_| async { Ok(()) }), ["`0009_gone`", "no such step", "`0003_index`"]),
        (
            with_function().with("0003_index", |_| async { Ok(()) }),
            ["`0003_index`", "lacks the line", "`-- aio-sql: rust`"],
        ),
        (with_function().with("0002_hash", |_| async { Ok(()) }), ["`0002_hash`", "two functions", "once"]),
    ] {
        let error = db.migrate(&steps).await.expect_err("they do not match");
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert_says(&error, &words);
        assert!(!db.has_table("person").await?);
    }
    db.close().await
}
