//! Full disks and locks that other programs hold, and the errors that they cause.

use super::*;

#[tokio::test]
async fn a_full_disk_fails_the_write_and_nothing_else() -> Result<()> {
    let directory = directory();
    let db = Database::builder(directory.path().join("app.db")).pragma("max_page_count", 20).open().await?;
    db.create(Note).await?;
    Note::insert(note("small")).execute(&db).await?;
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        let error = Note::insert(note("s3cret".repeat(1 << 15))).execute(ex).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Full, "{error}");
        assert!(error.to_string().contains("full") && error.sql().is_some(), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
        let many = (0..50).map(|_| note("x".repeat(4_000)));
        assert_eq!(*Note::insert_all(many).execute(ex).await.unwrap_err().kind(), ErrorKind::Full);
        assert_eq!(Note::select().columns(Note::TEXT).one(ex).await?, "small");
        Note::insert(note("small")).execute(ex).await?;
    }
    assert_eq!(Note::select().columns(Note::TEXT).all(&db).await?, ["small"; 3]);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_transaction_that_fills_the_disk_has_ended() -> Result<()> {
    let directory = directory();
    let db = Database::builder(directory.path().join("app.db")).pragma("max_page_count", 20).open().await?;
    db.create(Note).await?;
    let tx = db.begin().await?;
    Note::insert(note("first")).execute(&tx).await?;
    let error = Note::insert(note("x".repeat(1 << 18))).execute(&tx).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Full, "{error}");
    // SQLite has rolled the transaction back, so its later statements must not run.
    for error in [Note::insert(note("second")).execute(&tx).await.unwrap_err(), tx.commit().await.unwrap_err()] {
        assert_eq!(*error.kind(), ErrorKind::RolledBack, "{error}");
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).unwrap();
        assert_eq!(*cause.kind(), ErrorKind::Full);
    }
    assert_eq!(Note::select().count(&db).await?, 0);
    Note::insert(note("small")).execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn a_lock_held_longer_than_the_busy_timeout_is_busy() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let db = Database::builder(&path).busy_timeout(Duration::from_millis(20)).open().await?;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let conn = db.connect().await?;
    for ex in [&*db, &*conn] {
        for error in [
            Note::insert(note("x")).execute(ex).await.unwrap_err(),
            Note::insert_all([note("x"), note("y")]).execute(ex).await.unwrap_err(),
            ex.begin().await.unwrap_err(),
        ] {
            assert_eq!(*error.kind(), ErrorKind::Busy, "{error}");
            assert!(error.is_transient() && error.to_string().contains("busy timeout"), "{error}");
        }
        assert_eq!(Note::select().count(ex).await?, 100, "readers are not in the way");
    }
    other.execute_batch("rollback").unwrap();
    for ex in [&*db, &*conn] {
        Note::insert(note("x")).execute(ex).await?;
    }
    assert_eq!(Note::select().count(&db).await?, 102);
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn a_lock_released_in_time_is_waited_for() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let db = Database::open(&path).await?;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let write = tokio::spawn(Note::insert(note("x")).execute(&db));
    // Whether the write already waits for the lock or not, it cannot run before this transaction
    // ends.
    tokio::task::yield_now().await;
    other.execute_batch("insert into notes (text) values ('theirs'); commit").unwrap();
    write.await.unwrap()?;
    assert_eq!(Note::select().count(&db).await?, 102);
    db.close().await
}

#[tokio::test]
async fn a_deferred_transaction_that_writes_too_late_is_a_conflict() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let db = Database::open(&path).await?;
    let tx = db.begin_with(TransactionMode::Deferred).await?;
    assert_eq!(Note::select().count(&tx).await?, 100);
    Note::insert(note("between")).execute(&db).await?;
    let error = Note::insert(note("late")).execute(&tx).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.is_transient());
    tx.rollback().await?;
    db.close().await
}

#[tokio::test]
async fn a_conflict_does_not_mention_waiting_for_a_lock() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let db = Database::builder(&path).busy_timeout(Duration::from_secs(600)).open().await?;
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let tx = db.begin_with(TransactionMode::Deferred).await?;
    assert_eq!(Note::select().count(&tx).await?, 100);
    let error = Note::insert(note("x")).execute(&tx).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.to_string().contains("where waiting could not help"), "{error}");
    tx.rollback().await?;
    other.execute_batch("rollback").unwrap();
    db.close().await
}
