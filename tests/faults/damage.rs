//! Files that may not be written, and damaged files.

use super::fault::under_shim;
use super::*;

async fn is_read_only(ex: &Executor, ledger: &mut Ledger) -> Result<()> {
    let answers = [insert(ex, ledger).await, insert_several(ex, ledger).await, transaction(ex, ledger).await];
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error:?}");
    }
    ledger.holds(ex, "read only").await
}

#[test]
fn a_read_only_file_can_be_read_and_each_write_fails_with_read_only() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        insert_several(&db, &mut ledger).await?;
        db.close().await?;
        // Each attempt to open the file for writing fails. Missing permissions would have no
        // effect if the test runs as root.
        fault.order("fail open 1 eacces always app.db");
        match Database::open(fault.path()).await {
            Ok(db) => {
                let conn = db.connect().await?;
                is_read_only(&db, &mut ledger).await?;
                is_read_only(&conn, &mut ledger).await?;
                drop(conn);
                db.close().await?;
            }
            // Opening the database may report the missing permission too, because it opens the
            // file for writing.
            Err(error) => assert!(matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::CannotOpen), "{error:?}"),
        }
        fault.clear();
        let db = Database::open(fault.path()).await?;
        insert(&db, &mut ledger).await?;
        ledger.holds_when_closed(db, "closed").await
    });
}

/// Overwrites a page of a closed file, and returns the whole old content of the file.
fn damaged(path: &Path, page: usize) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap();
    let whole = bytes.clone();
    bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
    fs::write(path, bytes).unwrap();
    whole
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_fails_requests_that_use_it_and_no_others() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Entry).await?;
    query("create table other (number integer)").execute(&db).await?;
    let mut ledger = Ledger::default();
    for _ in 0..10 {
        insert_several(&db, &mut ledger).await?;
    }
    // The pages of the table's last leaf, to which the next row is written, and of its first leaf.
    let leaf = |which| format!("select {which}(pageno) from dbstat where name = 'entry' and pagetype = 'leaf'");
    let last = query(leaf("max")).scalar::<i64>(&db).await? as usize;
    let first = query(leaf("min")).scalar::<i64>(&db).await? as usize;
    db.close().await?;

    for page in [last, first] {
        let whole = damaged(&path, page);
        let db = Database::open(&path).await?;
        let conn = db.connect().await?;
        for ex in [&*db, &*conn] {
            let error = Entry::select().all(ex).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Corrupt, "page {page}: {error:?}");
            if page == last {
                for answer in [insert(ex, &mut ledger).await, transaction(ex, &mut ledger).await] {
                    assert_eq!(first_kind(&answer.unwrap_err()), ErrorKind::Corrupt);
                }
            }
            // Writes of another table by many tasks are not affected.
            let tasks: Vec<_> =
                (0..20).map(|_| tokio::spawn(query("insert into other values (1)").execute(ex))).collect();
            for task in tasks {
                task.await.unwrap()?;
            }
        }
        assert_eq!(query("select count(*) from other").scalar::<i64>(&db).await?, 40);
        drop(conn);
        db.close().await?;
        // After the page is restored everything is intact.
        fs::write(&path, whole).unwrap();
        let db = Database::open(&path).await?;
        ledger.holds_when_closed(db, "put right").await?;
    }
    Ok(())
}
