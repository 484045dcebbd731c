//! Migrations of SQLite: steps that rebuild tables or switch foreign keys off, backups before data
//! is lost, the lock of its file, and databases whose tables were created without steps.

use aio_sql::report::MigrationReport;
use aio_sql::{Database, Error, ErrorKind, Migration, Migrations, Result, TransactionMode, query, rusqlite, sql};

use crate::dropped::polling::{block_on, poll_times};
use crate::errors::assert_says;
use crate::hold::{LONG, Places, poll};

mod backup;
mod foreign_keys;
mod progress;
mod rebuild;
mod waiting;
mod whole_histories;
mod without_history;

const AUTHORS: (&str, &str) = (
    "authors",
    "create table author (id integer primary key, name text);
     create table book (id integer primary key, title text, author_id integer references author on delete cascade);
     create table essay (id integer primary key, author integer references author (id) on delete set null);
     create table letter (a integer, b integer references author on delete set default);
     insert into author values (1, 'Ada'), (2, 'Bo');
     insert into book values (1, 'x', 1), (2, 'y', 2), (3, 'z', null);
     insert into essay values (1, 1); insert into letter values (1, 2)",
);

const REBUILT: &str = "create table author_new (id integer primary key, name text not null default '');
    insert into author_new select * from author;
    drop table author;
    alter table author_new rename to author";

async fn authors() -> Result<Database> {
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    db.migrate(&[AUTHORS]).await?;
    Ok(db)
}

/// Returns the rows of all tables as one text.
async fn rows(db: &Database) -> Result<String> {
    let text = "select (select group_concat(id || name) from author) || ';' ||
        (select group_concat(title || coalesce(author_id, '-')) from book) || ';' ||
        (select group_concat(coalesce(author, '-')) from essay) || ';' || (select group_concat(coalesce(b, '-')) from letter)";
    query(text).scalar(db).await
}

const ALL: &str = "1Ada,2Bo;x1,y2,z-;1;2";

/// Returns the number of requests that all connections of a database have run.
fn requests(db: &Database) -> u64 {
    db.metrics().connections.iter().map(|connection| connection.requests).sum()
}

#[tokio::test]
async fn a_function_may_rebuild_a_table() -> Result<()> {
    let db = authors().await?;
    let step = Migration::new("rebuild", "-- aio-sql: rust\n-- aio-sql: foreign keys off");
    let list = [AUTHORS.into(), step];
    let steps = Migrations::new(&list);
    let error = db.migrate(steps.with("rebuild", |tx| async move { tx.execute_script("drop table author").await }));
    assert!(matches!(error.await.expect_err("a key leads nowhere").kind(), ErrorKind::ForeignKey { .. }));
    assert_eq!(rows(&db).await?, ALL);
    db.migrate(steps.with("rebuild", |tx| async move { tx.execute_script(REBUILT).await })).await?;
    assert_eq!(rows(&db).await?, ALL);
    db.close().await
}

#[tokio::test]
async fn on_sqlite_a_step_without_a_transaction_is_refused_before_anything_runs() -> Result<()> {
    let db = Database::memory().await?;
    let error = db
        .migrate(&[
            ("0001_init", "create table a (b)"),
            ("0002_index", "-- aio-sql: no transaction\ncreate index a_b on a (b)"),
        ])
        .await
        .expect_err("no");
    let what = "`-- aio-sql: no transaction`".to_owned();
    assert_eq!(error.kind(), &ErrorKind::Unsupported { database: "sqlite", what }, "{error}");
    assert_says(&error, &["`0002_index`", "in a transaction", "remove the line"]);
    assert!(!db.has_table("a").await?);
    db.close().await
}

// Versions that had no digests knew no other database.
#[tokio::test]
async fn records_of_an_earlier_version_without_digests_are_read_and_continued() -> Result<()> {
    let db = Database::memory().await?;
    let steps = [
        ("0001_init", "create table note (id integer primary key, text text)"),
        ("0002_title", "alter table note add column title text"),
        ("0003_index", "create index note_title on note (title)"),
    ];
    db.migrate(&steps[..2]).await?;
    db.execute_script("alter table _aio_sql_migrations drop column digest").await?;
    assert_eq!(db.migrate(&steps[..2]).await?, MigrationReport::default());
    let changed = ("0001_init", "create table note (id)");
    let error = db.migrate(&[changed, steps[1]]).await.expect_err("the histories differ");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "0001_init".to_owned() }, "{error}");
    assert_says(&error, &["changed", "memory.db", "0001_init"]);
    assert_eq!(db.migrate(&steps).await?.steps(), ["0003_index"]);
    let before = requests(&db);
    assert_eq!(db.migrate(&steps).await?, MigrationReport::default());
    assert_eq!(requests(&db) - before, 1);
    db.close().await
}
