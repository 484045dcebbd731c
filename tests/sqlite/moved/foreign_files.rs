//! Before a write, a checkpoint or a backup, and before a connection is opened or closed, the
//! library checks that the files are still those of the database, even right after the file was
//! replaced.

use super::*;

/// Creates a database with enough rows that closing it runs ANALYZE, which writes.
async fn made(path: &Path) -> Result<Database> {
    let db = Database::builder(path).readers(1).open().await?;
    db.create(Item).await?;
    Item::insert_all((0..1_000).map(item)).execute(&db).await?;
    Ok(db)
}

/// Checks that the replacing file, and the write-ahead log beside it, are not changed.
struct Untouched {
    path: PathBuf,
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Untouched {
    /// Replaces the file of a database by another file, and leaves the database's log beside it.
    fn new(path: &Path) -> Untouched {
        let log = fs::read(beside(path, "-wal")).expect("the log is there");
        Untouched { path: path.to_owned(), file: put_another_at(path), log }
    }

    fn holds(&self, what: &str) {
        assert!(fs::read(&self.path).expect("it is there") == self.file, "{what} wrote into the other file");
        let log = fs::read(beside(&self.path, "-wal")).expect("the log is where it was left");
        assert!(log == self.log, "{what} wrote into the log beside the other file");
    }
}

#[tokio::test]
async fn closing_does_not_write_into_a_log_that_lies_beside_another_file() -> Result<()> {
    for dropped in [false, true] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("app.db");
        let db = made(&path).await?;
        // The write-ahead log is empty now. So all that it contains later was written beside the
        // other file.
        db.checkpoint().await?;
        let conn = db.connect().await?;
        assert_eq!(numbers(&conn).await?.len(), 1_000);
        let untouched = Untouched::new(&path);
        if dropped {
            drop(conn);
            db.close().await?;
        } else {
            db.close().await?;
            drop(conn);
        }
        untouched.holds("close");
        assert_eq!(found(&path), [77], "the other file's own rows");
    }
    Ok(())
}

#[tokio::test]
async fn the_first_write_after_the_file_was_replaced_is_refused() -> Result<()> {
    for way in ["insert", "insert all", "script", "run", "begin"] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("app.db");
        let db = made(&path).await?;
        let conn = db.connect().await?;
        Item::insert(item(-1)).execute(&conn).await?;
        Item::insert(item(-2)).execute(&db).await?;
        let untouched = Untouched::new(&path);
        for ex in [&*db, &*conn] {
            let answer = match way {
                "insert" => Item::insert(item(-3)).execute(ex).await.map(drop),
                "insert all" => Item::insert_all([item(-4), item(-5)]).execute(ex).await.map(drop),
                "script" => ex.execute_script("insert into item (number) values (-6)").await,
                "run" => ex.run(|raw| raw.execute_batch("insert into item (number) values (-7)")).await.map(drop),
                _ => ex.begin().await.map(drop),
            };
            let error = answer.expect_err(way);
            assert_eq!(error.kind(), &ErrorKind::Moved, "{way} on {ex:?}: {error}");
            untouched.holds(way);
        }
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn writes_that_wait_together_are_refused_together() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = made(&path).await?;
    let held = crate::hold::hold(&db);
    let mut waiting: Vec<_> =
        (1..4).map(|number| crate::hold::sent(Item::insert(item(-number)).execute(&db).into_future())).collect();
    let untouched = Untouched::new(&path);
    let _ = held.release().await;
    for write in &mut waiting {
        let error = write.await.expect_err("it would be lost");
        assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    }
    untouched.holds("a group");
    db.close().await
}

#[tokio::test]
async fn a_transaction_that_was_begun_before_does_not_commit_beside_another_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = made(&path).await?;
    let tx = db.begin().await?;
    Item::insert(item(-1)).execute(&tx).await?;
    let deferred = db.begin_with(aio_sql::TransactionMode::Deferred).await?;
    assert_eq!(numbers(&deferred).await?.len(), 1_000);
    let untouched = Untouched::new(&path);
    let error = tx.commit().await.expect_err("it would be lost");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    let error = Item::insert(item(-2)).execute(&deferred).await.expect_err("it would be lost");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    drop(deferred);
    untouched.holds("commit");
    db.close().await
}

#[tokio::test]
async fn a_checkpoint_a_backup_and_a_check_are_refused_beside_another_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = made(&path).await?;
    // Opens the connections that a backup and a check use.
    let copy = directory.path().join("copy.db");
    db.backup(&copy, |_| ()).await?;
    db.integrity_check().await?;
    fs::remove_file(&copy).expect("it is removed");
    let untouched = Untouched::new(&path);
    for (what, answer) in [
        ("checkpoint", db.checkpoint().await),
        ("backup", db.backup(&copy, |_| ()).await),
        ("integrity check", db.integrity_check().await),
    ] {
        let error = answer.expect_err(what);
        assert_eq!(error.kind(), &ErrorKind::Moved, "{what}: {error}");
        untouched.holds(what);
    }
    assert!(!copy.exists());
    db.close().await
}

#[tokio::test]
async fn a_log_past_its_limit_is_not_restarted_beside_another_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::builder(&path).wal_limit(200_000).pragma("wal_autocheckpoint", 0).open().await?;
    db.create(Item).await?;
    let reading = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
    assert!(numbers(&reading).await?.is_empty());
    // New reads are held back from now on, and the last read to end requests a checkpoint.
    Item::insert_all((0..20_000).map(item)).execute(&db).await?;
    let untouched = Untouched::new(&path);
    reading.rollback().await?;
    let error = db.run(|_| ()).await.expect_err("the writer has done what it was asked");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    untouched.holds("the checkpoint");
    db.close().await?;
    untouched.holds("close");
    Ok(())
}
