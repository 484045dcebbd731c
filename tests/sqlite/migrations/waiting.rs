//! Migrations that wait for another process or transaction, and those that do not wait because
//! nothing is pending.

use std::time::Duration;

use super::*;

const PEOPLE: [(&str, &str); 2] = [
    ("people", "create table person (id integer primary key, name text)"),
    ("names", "create index person_name on person (name)"),
];

const MORE_PEOPLE: [(&str, &str); 3] = [PEOPLE[0], PEOPLE[1], ("nicks", "alter table person add column nick text")];

/// A number of polls in which a migration tries more than once to take SQLite's write lock.
const SOME_ATTEMPTS: usize = 12;

#[test]
fn a_migration_waits_until_another_process_has_ended_its_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    block_on(async {
        let db = Database::builder(&path).busy_timeout(Duration::from_millis(1)).open().await?;
        let other = rusqlite::Connection::open(&path).expect("it opens");
        other.execute_batch("begin immediate; create table half (x)").expect("nobody writes");
        let mut migrated = Box::pin(db.migrate(&PEOPLE));
        assert!(poll_times(migrated.as_mut(), SOME_ATTEMPTS).is_none(), "it waits");
        assert_eq!(db.table_names().await?, Vec::<String>::new(), "and nobody reads anything of it");
        other.execute_batch("commit").expect("it holds the lock");
        assert_eq!(migrated.await?.steps().len(), 2);
        assert_eq!(db.table_names().await?, ["half", "person"]);
        // A migration whose future was dropped no longer waits.
        other.execute_batch("begin immediate").expect("nobody writes");
        assert!(poll_times(db.migrate(&MORE_PEOPLE), SOME_ATTEMPTS).is_none());
        other.execute_batch("commit").expect("it holds the lock");
        query("insert into person (name) values ('Ada')").execute(&db).await?;
        db.close().await
    })
    .expect("it migrates");
}

#[test]
fn a_migration_waits_for_a_transaction_of_its_own_database_longer_than_statements_do() {
    let places = Places::default();
    block_on(async {
        let builder = Database::builder(":memory:").max_connections(2).acquire_timeout(Duration::from_millis(100));
        let db = places.open(builder).await?;
        let tx = db.begin().await?;
        let mut migrated = Box::pin(db.migrate(&PEOPLE));
        assert!(poll_times(migrated.as_mut(), SOME_ATTEMPTS).is_none(), "it waits");
        tx.commit().await?;
        assert_eq!(migrated.await?.steps().len(), 2);
        // The migration also waits if no connection is free.
        let connections = [db.connect().await?, db.connect().await?];
        let mut migrated = Box::pin(db.migrate(&MORE_PEOPLE));
        assert!(poll_times(migrated.as_mut(), SOME_ATTEMPTS).is_none(), "it waits");
        for connection in connections {
            connection.close().await?;
        }
        assert_eq!(migrated.await?.steps(), ["nicks"]);
        db.close().await
    })
    .expect("it migrates");
}

#[tokio::test]
async fn a_migration_waits_for_its_timeout_and_says_for_what() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let short = Duration::from_millis(1);
    let db = Database::builder(&path).busy_timeout(short).acquire_timeout(LONG).migrate_timeout(short).open().await?;
    let other = rusqlite::Connection::open(&path).expect("it opens");
    other.execute_batch("begin immediate").expect("nobody writes");
    let error = db.migrate(&PEOPLE).await.expect_err("its time is up");
    assert_eq!(error.kind(), &ErrorKind::Timeout, "{error}");
    assert_says(&error, &["migrate", "1.0ms", "the same steps", "another process", "`Builder::migrate_timeout`"]);
    assert!(std::error::Error::source(&error).is_some_and(|cause| cause.to_string().contains("lock")), "{error:?}");
    other.execute_batch("rollback").expect("it holds the lock");
    assert_eq!(db.table_names().await?, Vec::<String>::new());
    assert_eq!(db.migrate(&PEOPLE).await?.steps().len(), 2);
    // An error in a step fails the migration without waiting.
    let error = db.migrate(&[PEOPLE[0], PEOPLE[1], ("bad", "insert into nowhere values (1)")]).await.expect_err("bad");
    assert_eq!(error.kind(), &ErrorKind::Sql, "{error}");
    db.close().await
}

#[tokio::test]
async fn a_migration_with_nothing_to_do_reads_once_and_waits_for_no_writer() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::builder(&path).busy_timeout(LONG).max_connections(1).open().await?;
    db.migrate(&PEOPLE).await?;
    let before = requests(&db);
    db.migrate(&PEOPLE).await?;
    assert_eq!(requests(&db) - before, 1);
    // Neither a transaction of the database nor one of another process keeps it waiting.
    let tx = db.begin().await?;
    assert_eq!(db.migrate(&PEOPLE).await?.steps().len(), 0);
    tx.rollback().await?;
    let other = rusqlite::Connection::open(&path).expect("it opens");
    other.execute_batch("begin immediate").expect("nobody writes");
    assert_eq!(db.migrate(&PEOPLE).await?.steps().len(), 0);
    let before = requests(&db);
    let error = db.migrate(&[("people", "create table person (id)"), PEOPLE[1]]).await.expect_err("it was changed");
    assert_eq!(error.kind(), &ErrorKind::Migration { step: "people".to_owned() });
    assert_eq!(requests(&db) - before, 2, "the second one reads the texts");
    other.execute_batch("rollback").expect("it holds the lock");
    db.close().await
}

#[tokio::test]
async fn a_read_only_database_is_checked() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.migrate(&PEOPLE).await?;
    db.close().await?;
    let db = Database::builder(&path).read_only().open().await?;
    assert_eq!(db.migrate(&PEOPLE).await?.steps().len(), 0);
    let error = db.migrate(&MORE_PEOPLE).await.expect_err("it is read-only");
    assert_eq!(error.kind(), &ErrorKind::ReadOnly, "{error}");
    db.close().await
}
