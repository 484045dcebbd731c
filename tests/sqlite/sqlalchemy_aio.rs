//! The features of sqlalchemy_aio that are SQLite's own in this library: files, and the connection
//! of rusqlite.

use std::thread;

use aio_sql::{Database, Result, Table};
use futures_lite::future::block_on;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

async fn with_users(db: &Database) -> Result<()> {
    db.create(User).await?;
    User::insert_all(["Jeremy", "Natalie", "Dan", "Casey", "Dana"].map(|name| NewUser { name: name.into() }))
        .execute(db)
        .await?;
    Ok(())
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
        let db = Database::memory().await?;
        with_users(&db).await?;
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
async fn run_in_thread_on_the_engine_and_on_a_connection() -> Result<()> {
    let db = Database::memory().await?;
    with_users(&db).await?;
    let names = db.run(|_| thread::current().name().map(str::to_owned)).await?;
    assert_eq!(names.as_deref(), Some("aio-sql writer"));
    let conn = db.connect().await?;
    let branch = conn.clone();
    assert_eq!(conn.run(|_| thread::current().id()).await?, branch.run(|_| thread::current().id()).await?);
    let sum = conn.run(|_| (1..=10).sum::<i32>()).await?;
    assert_eq!(sum, 55);
    db.close().await
}

#[tokio::test]
async fn sync_engine_and_sync_connection_are_the_raw_of_run() -> Result<()> {
    let db = Database::memory().await?;
    with_users(&db).await?;
    let name = db
        .run(|raw| raw.query_row("select name from users where id = ?", [3], |row| row.get::<_, String>(0)))
        .await?
        .expect("the row is there");
    assert_eq!(name, "Dan");
    db.close().await
}
