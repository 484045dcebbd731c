//! A database file that is removed, replaced, or moved away and back, while it is open.

use std::time::{Duration, Instant};

use super::*;

/// Repeats a call until it fails, because the library has noticed that the file is gone. Returns
/// the error. The library notices this within a second; the limit of the test is longer.
async fn until_moved<Answer: Future<Output = Result<()>>>(call: impl Fn() -> Answer) -> Error {
    let began = Instant::now();
    loop {
        match call().await {
            Err(error) => return error,
            Ok(()) => assert!(began.elapsed() < Duration::from_secs(10), "nobody has noticed"),
        }
    }
}

async fn is_noticed(db: &Database) {
    let conn = db.connect().await;
    let write = || async { Entry::insert(entry(-1)).execute(db).await.map(drop) };
    let read = || async { Entry::select().count(db).await.map(drop) };
    let both =
        || async { db.transaction(|tx| async move { Entry::insert(entry(-1)).execute(&tx).await.map(drop) }).await };
    for error in [until_moved(write).await, until_moved(read).await, until_moved(both).await] {
        assert_eq!(first_kind(&error), ErrorKind::Moved, "{error:?}");
        assert!(error.to_string().contains(&db.path().display().to_string()), "{error}");
    }
    match conn {
        Ok(conn) => {
            let write = || async { Entry::insert(entry(-1)).execute(&conn).await.map(drop) };
            assert_eq!(*until_moved(write).await.kind(), ErrorKind::Moved);
        }
        Err(error) => assert_eq!(*error.kind(), ErrorKind::Moved, "{error:?}"),
    }
}

async fn made(path: &Path) -> Result<(Database, Ledger)> {
    let (db, mut ledger) = (Database::open(path).await?, Ledger::default());
    db.create(Entry).await?;
    insert_several(&db, &mut ledger).await?;
    assert_eq!(Entry::select().count(&db).await?, 60);
    Ok((db, ledger))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_file_is_reported_to_every_request() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let (db, _) = made(&path).await?;
    fs::remove_file(&path).unwrap();
    is_noticed(&db).await;
    db.close().await?;
    assert!(!path.exists(), "closing makes no new file");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_file_is_reported_and_the_other_file_is_not_touched() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let other = directory.path().join("other.db");
    let (db, ledger) = made(&path).await?;
    db.close().await?;
    fs::copy(&path, &other).unwrap();
    let (db, before) = (Database::open(&path).await?, fs::read(&other).unwrap());
    ledger.holds(&db, "opened").await?;
    fs::rename(&other, &path).unwrap();
    is_noticed(&db).await;
    db.close().await?;
    assert!(fs::read(&path).unwrap() == before, "the file that took its place is not written");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_back_is_used_again_and_nothing_acknowledged_is_lost() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let aside = directory.path().join("aside.db");
    let (db, mut ledger) = made(&path).await?;
    fs::rename(&path, &aside).unwrap();
    let error = until_moved(|| async { Entry::select().count(&db).await.map(drop) }).await;
    assert_eq!(*error.kind(), ErrorKind::Moved, "{error:?}");
    assert!(!path.exists(), "no other file is made in its place");
    fs::rename(&aside, &path).unwrap();
    // The return of the file is noticed within a second, too.
    let began = Instant::now();
    while let Err(error) = insert(&db, &mut ledger).await {
        assert_eq!(*error.kind(), ErrorKind::Moved, "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(10), "nobody has noticed");
    }
    insert_several(&db, &mut ledger).await?;
    ledger.holds_when_closed(db, "closed").await
}
