//! Files that temporarily cannot be opened. SQLite silently opens a file read-only if it cannot
//! open it for writing, and creates a missing file.

use super::fault::under_shim;
use super::single_calls::{each_in_turn, is_io};
use super::*;

#[test]
fn each_file_may_be_refused_and_every_answer_is_true() {
    under_shim(async |fault| {
        let right = |error: &Error| is_io(error) || first_kind(error) == ErrorKind::ReadOnly;
        each_in_turn(&fault, "open", "eio", "once", right).await?;
        each_in_turn(&fault, "open", "eio", "always", right).await
    });
}

#[test]
fn a_database_whose_file_was_refused_once_while_opening_can_write_or_is_not_opened() {
    under_shim(async |fault| {
        let mut ledger = Ledger::default();
        fault.database().await?.close().await?;
        for file in ["app.db", "-wal", "-shm"] {
            for turn in 1..=4 {
                let when = format!("{file} {turn}");
                fault.order(&format!("fail open {turn} eio once {file}"));
                let opened = Database::open(fault.path()).await;
                fault.clear();
                let db = match opened {
                    Ok(db) => db,
                    Err(error) => {
                        assert!(is_io(&error), "{when}: {error:?}");
                        continue;
                    }
                };
                for answer in [insert(&db, &mut ledger).await, transaction(&db, &mut ledger).await] {
                    answer.unwrap_or_else(|error| panic!("{when}: {error:?}"));
                }
                ledger.holds_when_closed(db, &when).await?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_connection_whose_file_was_refused_once_fails_to_open_or_writes_after_one_error() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        // These connections are in use, so that the next `connect` has to open another one.
        let mut used = vec![db.connect().await?, db.connect().await?];
        for file in ["app.db", "-wal"] {
            let before = fault.fired();
            fault.order(&format!("fail open 1 eio once {file}"));
            match db.connect().await {
                Ok(conn) => {
                    // The first write finds out that the write-ahead log cannot be written. Then
                    // the library opens the connection to the file again, and `conn` can write.
                    if let Err(error) = insert(&conn, &mut ledger).await {
                        assert_eq!((error.kind(), file), (&ErrorKind::ReadOnly, "-wal"), "{error:?}");
                        insert(&conn, &mut ledger).await.unwrap_or_else(|error| panic!("{file}: {error:?}"));
                    }
                    conn.close().await?;
                }
                Err(error) => assert!(is_io(&error), "{file}: {error:?}"),
            }
            assert_eq!(fault.fired(), before + 1);
            let conn = db.connect().await?;
            insert(&conn, &mut ledger).await.unwrap_or_else(|error| panic!("the next one, {file}: {error:?}"));
            used.push(conn);
        }
        drop(used);
        ledger.holds_when_closed(db, "closed").await
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_connection_while_the_file_is_missing_creates_no_file() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let aside = directory.path().join("aside.db");
    let (db, mut ledger) = (Database::open(&path).await?, Ledger::default());
    db.create(Entry).await?;
    insert_several(&db, &mut ledger).await?;
    // These connections are in use, so that the next `connect` has to open another one.
    let used = [db.connect().await?, db.connect().await?, db.connect().await?];
    fs::rename(&path, &aside).unwrap();
    let opened = db.connect().await;
    // Enough reads to make every reader open its connection.
    let reads: Vec<_> = (0..50).map(|_| tokio::spawn(Entry::select().count(&db))).collect();
    for read in reads {
        let _ = read.await.unwrap();
    }
    assert!(!path.exists(), "another file was made in its place");
    fs::rename(&aside, &path).unwrap();
    drop((opened, used));
    ledger.holds_when_closed(db, "closed").await
}
