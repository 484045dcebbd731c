//! Files from untrusted sources: the functions that their schemas may call when the application
//! reads and writes the files, and the library's virtual table, which no schema may read.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aio_sql::{Builder, Database, Error, ErrorKind, Result, query, rusqlite, sql};
use tempfile::TempDir;

#[path = "shim/mod.rs"]
#[allow(dead_code, reason = "only the start of a further process is used")]
mod shim;

/// Creates a file with a table `item` and this schema.
fn file(schema: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("others.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    // The attacker creates the file with functions of these names.
    for (name, arity) in [("secret", 1), ("everything", 1)] {
        let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
        raw.create_scalar_function(name, arity, flags, |_| Ok(0_i64)).unwrap();
    }
    raw.execute_batch("create table item (id integer primary key, name text); insert into item values (1, 'a')")
        .unwrap();
    raw.execute_batch(schema).unwrap();
    (directory, path)
}

/// Returns a builder for the file with functions that count their calls, and the counter.
fn builder(path: &Path) -> (Builder, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let (scalar, aggregate) = (Arc::clone(&calls), Arc::clone(&calls));
    let builder = Database::builder(path)
        .function("secret", move |x: Option<i64>| {
            scalar.fetch_add(1, Ordering::SeqCst);
            x.unwrap_or_default() + 41
        })
        .aggregate(
            "everything",
            || 0_i64,
            move |sum: &mut i64, x: Option<i64>| {
                aggregate.fetch_add(1, Ordering::SeqCst);
                *sum += x.unwrap_or_default();
            },
            |sum| sum,
        );
    (builder, calls)
}

fn assert_named(error: &Error, words: &[&str]) {
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "`{word}` is missing: {message}");
    }
}

const TRIGGER: &str = "create trigger t after insert on item begin update item set name = secret(1); end";

#[tokio::test]
async fn the_functions_of_an_application_are_not_called_by_a_schema() -> Result<()> {
    let insert = "insert into item (name) values ('x')";
    let update = "update item set name = 'y'";
    for (schema, statement) in [
        ("create view v as select secret(id) as x from item", "select * from v"),
        ("create view v as select id from item where secret(id) > 5", "select * from v"),
        ("create view v as select everything(id) as x from item", "select * from v"),
        ("create view w as select secret(id) as x from item; create view v as select x from w", "select * from v"),
        (TRIGGER, insert),
        ("create trigger t before update on item when secret(1) begin select raise(ignore); end", update),
        (
            "create trigger t after delete on item begin insert into item (name) values (secret(2)); end",
            "delete from item",
        ),
        ("create index i on item (secret(id))", insert),
        ("create index i on item (id) where secret(id) > 1", insert),
        ("drop table item; create table item (name text, x check (secret(x) > 0))", insert),
        ("drop table item; create table item (name text, x as (secret(1)))", "select x from item"),
        ("drop table item; create table item (name text, x as (secret(1)) stored)", insert),
        ("drop table item; create table item (name text, x default (secret(1)))", insert),
    ] {
        let (_directory, path) = file(schema);
        let (builder, calls) = builder(&path);
        // Some schemas are refused when the file is opened, others when a statement runs.
        let error = async {
            let db = builder.open().await?;
            let done = query(statement).execute(&db).await;
            db.close().await?;
            done
        };
        let error = error.await.map(drop).expect_err(schema);
        assert_named(&error, &["unsafe use of", "`Builder::schema_function`"]);
        assert_eq!(calls.load(Ordering::SeqCst), 0, "{schema}");
    }
    Ok(())
}

#[tokio::test]
async fn a_statement_can_still_call_them() -> Result<()> {
    let (_directory, path) = file("");
    let (builder, calls) = builder(&path);
    let db = builder.open().await?;
    assert_eq!(sql!("select secret(id) from item").scalar::<i64>(&db).await?, 42);
    assert_eq!(sql!("select everything(id) from item").scalar::<i64>(&db).await?, 1);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    db.close().await
}

#[tokio::test]
async fn a_function_of_on_connect_is_not_called_by_a_schema_either() -> Result<()> {
    let flags = rusqlite::functions::FunctionFlags::SQLITE_DETERMINISTIC;
    for (schema, statement) in [
        ("create view v as select secret(id) as x from item", "select * from v"),
        ("create index i on item (secret(id))", "insert into item (name) values ('x')"),
    ] {
        let (_directory, path) = file(schema);
        let db = Database::builder(&path)
            .on_connect(move |raw| raw.create_scalar_function("secret", 1, flags, |_| Ok(1_i64)))
            .open()
            .await?;
        let error = query(statement).execute(&db).await.unwrap_err();
        assert_named(&error, &["unsafe use of secret", "`Builder::schema_function`", "`Builder::trust_schema`"]);
        assert_eq!(sql!("select secret(1)").scalar::<i64>(&db).await?, 1);
        db.close().await?;
    }
    Ok(())
}

const FTS: &str = "create virtual table f using fts5 (t); insert into f values ('a b'); \
                   create view ranks as select bm25(f) as x from f where f match 'a'; \
                   create view marks as select highlight(f, 0, '<', '>') as x from f where f match 'a'";

#[tokio::test]
async fn functions_of_sqlite_that_a_schema_may_not_call_are_refused() -> Result<()> {
    let (_directory, path) = file(FTS);
    let db = Database::open(&path).await?;
    for view in ["ranks", "marks"] {
        let error = query(format!("select * from {view}")).execute(&db).await.unwrap_err();
        assert_named(&error, &["unsafe use of", "`Builder::trust_schema`"]);
    }
    assert!(sql!("select bm25(f) from f where f match 'a'").scalar::<f64>(&db).await? < 0.0);
    db.close().await
}

#[tokio::test]
async fn a_schema_that_is_trusted_calls_them() -> Result<()> {
    let (_directory, path) = file(FTS);
    let db = Database::builder(&path).trust_schema().open().await?;
    assert!(sql!("select x from ranks").scalar::<f64>(&db).await? < 0.0);
    assert_eq!(sql!("select x from marks").scalar::<String>(&db).await?, "<a> b");
    db.close().await
}

#[tokio::test]
async fn statement_functions_are_not_called_even_by_a_trusted_schema() -> Result<()> {
    let (_directory, path) = file("create view v as select secret(id) as x from item");
    let (builder, calls) = builder(&path);
    let db = builder.trust_schema().open().await?;
    let error = query("select * from v").execute(&db).await.unwrap_err();
    assert_named(&error, &["unsafe use of secret", "`Builder::schema_function`"]);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    db.close().await
}

#[tokio::test]
async fn a_function_for_schemas_is_called_by_them_and_by_statements() -> Result<()> {
    let db = Database::builder(":memory:").schema_function("twice", |x: Option<i64>| x.map(|x| 2 * x)).open().await?;
    db.execute_script(
        "create table t (x, y as (twice(x)) stored, check (twice(x) < 100)); create index i on t (twice(x)); \
         create view v as select twice(y) as z from t; create table log (x); \
         create trigger g after insert on t begin insert into log values (twice(new.x)); end; insert into t (x) values (3)",
    )
    .await?;
    assert_eq!(sql!("select y, twice(y) from t").one::<(i64, i64)>(&db).await?, (6, 12));
    assert_eq!(sql!("select z from v").scalar::<i64>(&db).await?, 12);
    assert_eq!(sql!("select x from log").scalar::<i64>(&db).await?, 6);
    query("insert into t (x) values (50)").execute(&db).await.unwrap_err();
    db.close().await
}

#[cfg(feature = "regexp")]
#[tokio::test]
async fn the_librarys_own_functions_can_be_part_of_a_schema() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script(
        "create table t (x real, y as (floor(x)) stored, check (sqrt(x) >= 0)); create index i on t (pow(x, 2)); \
         create view v as select ln(x) as l from t; insert into t (x) values (1.5)",
    )
    .await?;
    assert_eq!(sql!("select y from t").scalar::<f64>(&db).await?, 1.0);
    assert!(sql!("select l from v").scalar::<f64>(&db).await? > 0.4);
    db.execute_script("create table r (name text check (name regexp '^[a-z]+$')); insert into r values ('abc')")
        .await?;
    query("insert into r values ('ABC')").execute(&db).await.unwrap_err();
    db.close().await
}

const SCHEMA: &str = "AIO_SQL_UNTRUSTED";
const TRUSTED: &str = "AIO_SQL_TRUSTED";
const STATEMENT: &str = "AIO_SQL_STATEMENT";

#[test]
fn a_child_runs_a_statement() {
    let Some(path) = std::env::var_os(SCHEMA) else { return };
    let statement = std::env::var(STATEMENT).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let builder = Database::builder(PathBuf::from(path));
        let builder = if std::env::var_os(TRUSTED).is_some() { builder.trust_schema() } else { builder };
        let db = builder.open().await.unwrap();
        // A statement with a list parameter reads the library's virtual table `rarray`. After it,
        // a statement without a list parameter must still not read that table.
        let many: Vec<i64> = (0..5000).collect();
        let listed = sql!("select count(*) from item where id in ({many})");
        assert_eq!(listed.scalar::<i64>(&db).await.unwrap(), 1);
        let error = query(statement).execute(&db).await.unwrap_err();
        println!("refused: {error}");
        db.close().await.unwrap();
    });
}

/// Checks that a statement is refused. The statement runs in a child process, because it might
/// abort the process.
fn refused_in_child(path: &Path, statement: &str, trusted: bool) {
    let mut child = shim::again("a_child_runs_a_statement");
    child.env(SCHEMA, path).env(STATEMENT, statement);
    if trusted {
        child.env(TRUSTED, "1");
    }
    let child = child.output().unwrap();
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success() && output.contains("refused: "), "{statement}: {}\n{output}", child.status);
    assert!(output.contains("rarray"), "{output}");
}

const READS: [&str; 5] = [
    "select value from rarray(1)",
    "select value from rarray('x')",
    "select count(*) as n from rarray(1)",
    "with q as (select value from rarray(1)) select * from q",
    "select id from item where id in (select value from rarray(id))",
];

#[test]
fn a_schema_reaches_no_virtual_table_of_the_library() {
    for view in READS {
        let (_directory, path) = file(&format!("create view v as {view}"));
        for trusted in [false, true] {
            refused_in_child(&path, "select * from v", trusted);
        }
    }
}

#[test]
fn a_statement_reads_the_virtual_table_of_the_library_only_through_lists() {
    let (_directory, path) = file("");
    for statement in READS.into_iter().chain(["select count(*) from item where id in (SELECT value FROM rarray(7))"]) {
        refused_in_child(&path, statement, false);
    }
}

const BESIDE_A_LIST: &str = "AIO_SQL_BESIDE_A_LIST";

#[test]
fn a_child_reads_the_virtual_table_next_to_a_list() {
    let Some(number) = std::env::var_os(BESIDE_A_LIST) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let db = Database::memory().await.unwrap();
        let many: Vec<i64> = (0..5000).collect();
        // Statements with lists are cached by their text; a single value in place of a list must
        // not match such an entry.
        let both = sql!("select 1 where 1 in ({many}) and 2 in (select value from rarray({many}))");
        let _ = both.execute(&db).await;
        let two = sql!("select 1 where 1 in ({many}) and 2 in ({many})");
        assert_eq!(two.scalar::<i64>(&db).await.unwrap(), 1);
        let result = match number.to_str().unwrap() {
            "0" => sql!("select * from rarray(5) where 1 in ({many})").execute(&db).await,
            "1" => sql!("select * from rarray({5}) where 1 in ({many})").execute(&db).await,
            "2" => sql!("select * from \"RArray\"('x') where 1 in ({many}) and 2 in ({many})").execute(&db).await,
            "3" => sql!("select * from main.[rarray](5) where 1 in ({many})").execute(&db).await,
            "4" => sql!("select 1 where 1 in ({many}) and 2 in (SELECT value FROM rarray({5}))").execute(&db).await,
            _ => sql!("select 1 from rarray where pointer = 5 and 1 in ({many})").execute(&db).await,
        };
        let error = result.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
        println!("refused: {error}");
        // A name that contains `rarray` as a part is allowed.
        db.execute_script("create table strarray (rarray_of integer); insert into strarray values (3)").await.unwrap();
        let named = sql!("select rarray_of from strarray where rarray_of in ({many})");
        assert_eq!(named.scalar::<i64>(&db).await.unwrap(), 3);
        db.close().await.unwrap();
    });
}

#[test]
fn a_statement_with_lists_reads_the_virtual_table_only_for_them() {
    for number in 0..6 {
        let mut child = shim::again("a_child_reads_the_virtual_table_next_to_a_list");
        let child = child.env(BESIDE_A_LIST, number.to_string()).output().unwrap();
        let output = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success() && output.contains("refused: "), "{number}: {}\n{output}", child.status);
    }
}
