//! Databases that are opened for reading alone, and files that cannot be written.

use super::*;

async fn assert_refuses_writes(ex: &Executor) {
    let typed = Note::insert(note("x")).execute(ex).await.unwrap_err();
    let raw = sql!("delete from notes").execute(ex).await.unwrap_err();
    let script = ex.execute_script("create table t (x)").await.unwrap_err();
    for error in [typed, raw, script] {
        assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error}");
    }
}

#[tokio::test]
async fn nothing_can_be_written() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    for db in [Database::open(url(&path, "?mode=ro")).await?, Database::builder(&path).read_only().open().await?] {
        let conn = db.connect().await?;
        assert_refuses_writes(&db).await;
        assert_refuses_writes(&conn).await;
        let tx = db.begin_with(TransactionMode::ReadOnly).await?;
        assert_eq!(Note::select().count(&tx).await?, 100);
        assert_refuses_writes(&tx).await;
        tx.commit().await?;
        conn.close().await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_file_and_its_journal_mode_do_not_change() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    for mode in ["wal", "delete"] {
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.pragma_update(None, "journal_mode", mode).unwrap();
        raw.execute_batch(
            "drop table if exists notes; create table notes (id integer primary key, text text not null);
             create index notes_text on notes (text);
             with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
             insert into notes select i, 'note ' || (i % 100) from n",
        )
        .unwrap();
        raw.close().unwrap();
        let before = fs::read(&path).unwrap();
        let db = Database::open(url(&path, "?mode=ro")).await?;
        assert_eq!(Note::select().filter(Note::TEXT.eq("note 7")).count(&db).await?, 20);
        let conn = db.connect().await?;
        assert_eq!(Note::select().count(&conn).await?, 2_000);
        assert_eq!(pragma(&conn, "journal_mode").await?, mode);
        conn.close().await?;
        db.close().await?;
        assert!(fs::read(&path).unwrap() == before, "{mode}");
        // Closing has not run `PRAGMA optimize`, which would have created the planner's
        // statistics.
        let raw = rusqlite::Connection::open(&path).unwrap();
        assert!(!raw.table_exists(None, "sqlite_stat1").unwrap());
    }
    Ok(())
}

#[tokio::test]
async fn optimize_runs_when_a_database_that_can_be_written_is_closed() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Note).await?;
    db.execute_script("create index notes_text on notes (text)").await?;
    Note::insert_all((0..2_000).map(|number| note(format!("note {}", number % 100)))).execute(&db).await?;
    db.close().await?;
    let raw = rusqlite::Connection::open(&path).unwrap();
    assert!(raw.table_exists(None, "sqlite_stat1").unwrap());
    Ok(())
}

#[tokio::test]
async fn the_error_for_a_log_that_cannot_be_created_suggests_immutable() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    // Directories with these names keep SQLite from creating the write-ahead log, as read-only
    // media would.
    for file in ["app.db-wal", "app.db-shm"] {
        fs::create_dir(directory.path().join(file)).unwrap();
    }
    let words = [path.to_str().unwrap(), "`immutable=1`"];
    let error = refused(Database::open(url(&path, "?mode=ro")), ErrorKind::CannotOpen, &words).await;
    refused(Database::builder(&path).read_only().open(), ErrorKind::CannotOpen, &words).await;
    let advice = error.to_string();
    let advised = advice.split('`').find(|part| part.starts_with("sqlite:")).unwrap();
    for url in [url(&path, "?immutable=1"), url(&path, "?mode=ro&immutable=1"), advised.to_owned()] {
        let db = Database::open(&url).await?;
        assert_eq!(Note::select().count(&db).await?, 100, "{url}");
        assert_refuses_writes(&db).await;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn writes_of_others_are_visible() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let (reader, writer) = (Database::open(url(&path, "?mode=ro")).await?, Database::open(&path).await?);
    assert_eq!(Note::select().count(&reader).await?, 100);
    Note::insert(note("new")).execute(&writer).await?;
    assert_eq!(Note::select().count(&reader).await?, 101);
    reader.close().await?;
    writer.close().await
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_permission_to_write_is_read_only() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    // Permissions do not apply to root.
    let everything_is_allowed = fs::OpenOptions::new().append(true).open(&path).is_ok();
    match Database::open(&path).await {
        Ok(db) => {
            let written = Note::insert(note("x")).execute(&db).await;
            if everything_is_allowed {
                written?;
            } else {
                assert_eq!(*written.unwrap_err().kind(), ErrorKind::ReadOnly);
            }
            db.close().await?;
        }
        Err(error) => assert!(matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::CannotOpen), "{error}"),
    }
    Ok(())
}

#[tokio::test]
async fn a_database_in_memory_cannot_be_read_only() -> Result<()> {
    let open = Database::builder(":memory:").read_only().open();
    refused(open, ErrorKind::Usage, &["starts empty"]).await;
    Ok(())
}
