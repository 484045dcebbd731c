//! The features of sqlalchemy_aio, one by one, in this library.

use std::thread;

use aio_sql::{Database, Dialect, ErrorKind, Outcome, Result, Row, Table, sql};
use futures_lite::future::block_on;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
}

async fn with_users() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(User).await?;
    User::insert_all(["Jeremy", "Natalie", "Dan", "Casey", "Dana"].map(|name| NewUser { name: name.into() }))
        .execute(&db)
        .await?;
    Ok(db)
}

#[tokio::test]
async fn create_engine() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("test.db");
    let db = Database::open(&path).await?;
    db.create(User).await?;
    db.close().await?;
    let db = Database::open(format!("sqlite:{}", path.display())).await?;
    assert!(db.has_table("users").await?);
    db.close().await
}

#[test]
fn trio_strategy_is_any_executor() -> Result<()> {
    let work = || async {
        let db = with_users().await?;
        let count = User::select().count(&db).await?;
        db.close().await?;
        Ok(count)
    };
    assert_eq!(block_on(work())?, 5);
    assert_eq!(smol::block_on(work())?, 5);
    let tokio = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(tokio.block_on(work())?, 5);
    Ok(())
}

#[tokio::test]
async fn engine_connect_is_a_connection_with_its_own_thread_and_dropping_it_returns_it() -> Result<()> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    let conn = db.connect().await?;
    let one = conn.run(|_| thread::current().id()).await?;
    let again = conn.run(|_| thread::current().id()).await?;
    let other = db.run(|_| thread::current().id()).await?;
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_ne!(one, thread::current().id());
    drop(conn);
    // At most one connection may be open, so this fails if the drop has not returned it.
    db.connect().await?.close().await?;
    db.close().await
}

#[tokio::test]
async fn conn_close_and_closed_and_use_after_close() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    let clone = conn.clone();
    assert!(!conn.is_closed());
    conn.close().await?;
    assert!(clone.is_closed());
    let error = User::select().all(&clone).await.expect_err("the connection is closed");
    assert_eq!(error.kind(), &ErrorKind::Closed);
    assert!(error.is_closed());
    db.close().await
}

#[tokio::test]
async fn conn_connect_is_a_clone_that_shares_the_thread_and_the_queue() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    let branch = conn.clone();
    sql!("create temp table seen (id integer)").execute(&conn).await?;
    sql!("insert into seen values (7)").execute(&branch).await?;
    assert_eq!(sql!("select id from seen").scalar::<i64>(&conn).await?, 7);
    assert_eq!(conn.run(|_| thread::current().id()).await?, branch.run(|_| thread::current().id()).await?);
    db.close().await
}

#[tokio::test]
async fn engine_execute_and_engine_scalar() -> Result<()> {
    let db = with_users().await?;
    let outcome = sql!("update users set name = upper(name) where id > 3").execute(&db).await?;
    assert_eq!(outcome.rows_affected, 2);
    assert_eq!(sql!("select count(*) from users").scalar::<i64>(&db).await?, 5);
    db.close().await
}

#[tokio::test]
async fn conn_execute_and_conn_scalar() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    User::insert(NewUser { name: "Isaac".into() }).execute(&conn).await?;
    assert_eq!(sql!("select max(id) from users").scalar::<i64>(&conn).await?, 6);
    db.close().await
}

#[tokio::test]
async fn engine_begin_commits_at_the_end_and_rolls_back_on_an_error() -> Result<()> {
    let db = with_users().await?;
    db.transaction(|tx| async move { User::delete().filter(User::ID.eq(1)).execute(&tx).await }).await?;
    assert_eq!(User::select().count(&db).await?, 4);
    let failed: Result<()> = db
        .transaction(|tx| async move {
            User::delete().all_rows().execute(&tx).await?;
            sql!("select no_such_column").execute(&tx).await?;
            Ok(())
        })
        .await;
    assert_eq!(failed.expect_err("the statement fails").kind(), &ErrorKind::Sql);
    assert_eq!(User::select().count(&db).await?, 4);
    db.close().await
}

#[tokio::test]
async fn conn_begin_commit_rollback_and_close() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(1)).execute(&tx).await?;
    tx.commit().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(2)).execute(&tx).await?;
    tx.rollback().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(3)).execute(&tx).await?;
    drop(tx);
    assert_eq!(User::select().count(&conn).await?, 4);
    db.close().await
}

#[tokio::test]
async fn conn_begin_nested_is_a_savepoint() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    User::delete().filter(User::ID.eq(1)).execute(&tx).await?;
    let nested = tx.begin().await?;
    User::delete().all_rows().execute(&nested).await?;
    nested.rollback().await?;
    let nested = tx.begin().await?;
    User::delete().filter(User::ID.eq(2)).execute(&nested).await?;
    nested.commit().await?;
    tx.commit().await?;
    assert_eq!(User::select().count(&conn).await?, 3);
    db.close().await
}

#[tokio::test]
async fn conn_in_transaction() -> Result<()> {
    let db = with_users().await?;
    let conn = db.connect().await?;
    assert!(!conn.in_transaction());
    let tx = conn.begin().await?;
    assert!(conn.in_transaction() && tx.in_transaction() && !db.in_transaction());
    let ended = tx.clone();
    tx.commit().await?;
    assert!(!conn.in_transaction() && !ended.in_transaction());
    db.close().await
}

#[tokio::test]
async fn run_in_thread_on_the_engine_and_on_a_connection() -> Result<()> {
    let db = with_users().await?;
    let names = db.run(|_| thread::current().name().map(str::to_owned)).await?;
    assert_eq!(names.as_deref(), Some("aio-sql writer"));
    let conn = db.connect().await?;
    let sum = conn.run(|_| (1..=10).sum::<i32>()).await?;
    assert_eq!(sum, 55);
    db.close().await
}

#[tokio::test]
async fn sync_engine_and_sync_connection_are_the_raw_of_run() -> Result<()> {
    let db = with_users().await?;
    let name = db
        .run(|raw| raw.query_row("select name from users where id = ?", [3], |row| row.get::<_, String>(0)))
        .await?
        .expect("the row is there");
    assert_eq!(name, "Dan");
    db.close().await
}

#[tokio::test]
async fn has_table_and_table_names() -> Result<()> {
    let db = with_users().await?;
    assert!(db.has_table("users").await?);
    assert!(!db.has_table("posts").await?);
    sql!("create table Apples (id integer primary key autoincrement)").execute(&db).await?;
    assert_eq!(db.table_names().await?, ["Apples", "users"]);
    db.close().await
}

#[tokio::test]
async fn dialect_and_hidden_parameters() -> Result<()> {
    let db = with_users().await?;
    assert_eq!(db.dialect(), Dialect::Sqlite);
    assert_eq!(db.dialect().name(), "sqlite");
    let secret = "correct horse";
    let error = sql!("insert into users (id, name) values (1, {secret})").execute(&db).await.expect_err("1 is taken");
    assert!(!format!("{error} {error:?}").contains(secret));
    db.close().await
}

#[tokio::test]
async fn results_fetchone_fetchmany_fetchall_async_for_scalar_first_keys_close() -> Result<()> {
    let db = with_users().await?;
    let by_id = User::select().order_by(User::ID);
    assert_eq!(by_id.clone().one(&db).await?.name, "Jeremy");
    assert_eq!(by_id.clone().filter(User::ID.gt(9)).optional(&db).await?, None);
    assert_eq!(by_id.clone().all(&db).await?.len(), 5);
    let mut stream = by_id.clone().stream(&db);
    let mut names = Vec::new();
    while let Some(user) = stream.next().await {
        names.push(user?.name);
    }
    assert_eq!(names, ["Jeremy", "Natalie", "Dan", "Casey", "Dana"]);
    assert_eq!(by_id.columns(User::NAME).scalar(&db).await?, "Jeremy");
    let row: Row = sql!("select id, name as who from users order by id").one(&db).await?;
    assert_eq!(row.columns(), ["id", "who"]);
    // A stream that is dropped early returns its connection, so that closing does not wait for it.
    let mut stream = User::select().stream(&db);
    assert!(stream.next().await.is_some());
    drop(stream);
    db.close().await
}

#[tokio::test]
async fn results_returns_rows_rowcount_inserted_primary_key() -> Result<()> {
    let db = with_users().await?;
    let outcome = User::insert(NewUser { name: "Isaac".into() }).execute(&db).await?;
    assert_eq!(outcome, Outcome { rows_affected: 1, last_insert_id: Some(6) });
    let outcome = User::update().set(User::NAME, "x").filter(User::ID.le(2)).execute(&db).await?;
    assert_eq!(outcome, Outcome { rows_affected: 2, last_insert_id: None });
    let outcome = sql!("create table other (id integer)").execute(&db).await?;
    assert_eq!(outcome, Outcome::default());
    let stored = User::insert(NewUser { name: "Sally".into() }).one(&db).await?;
    assert_eq!(stored, User { id: 7, name: "Sally".into() });
    db.close().await
}

#[tokio::test]
async fn create_table_and_drop_table_as_statements() -> Result<()> {
    let db = Database::memory().await?;
    db.create(User).await?;
    assert!(db.has_table("users").await?);
    db.drop(User).await?;
    assert!(!db.has_table("users").await?);
    let ddl = db.dialect().ddl(User)?;
    assert_eq!(
        ddl,
        [
            "CREATE TABLE \"users\" (\n    \"id\" INTEGER CONSTRAINT \"pk_users\" PRIMARY KEY NOT NULL,\n    \"name\" TEXT NOT NULL\n) STRICT"
        ]
    );
    sql!("create table users (id integer)").execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn metadata_create_all_in_the_order_of_the_foreign_keys() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Post, User)).await?;
    assert_eq!(db.table_names().await?, ["post", "users"]);
    let ddl = db.dialect().ddl((Post, User))?.join("\n");
    assert!(ddl.find("\"users\"") < ddl.find("\"post\""));
    db.drop_all((User, Post)).await?;
    assert!(db.table_names().await?.is_empty());
    db.close().await
}

#[tokio::test]
async fn already_quit_is_closed() -> Result<()> {
    let db = with_users().await?;
    let clone = db.clone();
    let conn = db.connect().await?;
    db.close().await?;
    assert!(clone.is_closed());
    assert_eq!(User::select().all(&clone).await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(User::select().all(&conn).await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(clone.connect().await.expect_err("closed").kind(), &ErrorKind::Closed);
    assert_eq!(clone.begin().await.expect_err("closed").kind(), &ErrorKind::Closed);
    clone.close().await
}

#[tokio::test]
async fn an_in_memory_database_is_used_from_several_threads() -> Result<()> {
    let db = with_users().await?;
    let (one, two) = (db.connect().await?, db.connect().await?);
    User::insert(NewUser { name: "Isaac".into() }).execute(&one).await?;
    assert_eq!(User::select().count(&two).await?, 6);
    assert_eq!(User::select().count(&db).await?, 6);
    db.close().await
}
