//! The write-ahead log is part of a database: its deletion or replacement is noticed like that of
//! the file.

use super::*;

fn log(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

#[tokio::test]
async fn nothing_is_written_after_the_log_was_deleted_and_closing_keeps_what_was_acknowledged() -> Result<()> {
    let open = Open::new().await?;
    let path = open.path();
    fs::remove_file(log(&path)).expect("it is deleted");
    open.refuses().await;
    open.is_noticed("app.db-wal").await;
    assert!(!log(&path).exists(), "nobody makes another log");
    let Open { directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert_eq!(found(&directory.path().join("app.db")), [1]);
    Ok(())
}

#[tokio::test]
async fn a_replaced_log_is_noticed_and_not_touched() -> Result<()> {
    let open = Open::new().await?;
    let path = open.path();
    let another = directory_entry(&open, "another");
    fs::write(&another, "somebody's").expect("it is written");
    fs::rename(&another, log(&path)).expect("it takes the place");
    open.refuses().await;
    open.is_noticed("was replaced by another file").await;
    let Open { directory: _directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert_eq!(fs::read(log(&path)).expect("it is there"), b"somebody's");
    Ok(())
}

fn directory_entry(open: &Open, name: &str) -> PathBuf {
    open.directory.path().join(name)
}

#[tokio::test]
async fn a_log_that_is_put_back_is_used_again() -> Result<()> {
    let open = Open::new().await?;
    let (path, away) = (open.path(), directory_entry(&open, "away"));
    fs::rename(log(&path), &away).expect("it is moved");
    let error = Item::insert(item(2)).execute(&open.db).await.expect_err("it would be lost");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    fs::rename(&away, log(&path)).expect("it is moved back");
    Item::insert(item(3)).execute(&open.db).await?;
    Item::insert(item(4)).execute(&open.conn).await?;
    let Open { directory: _directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert_eq!(found(&path), [1, 3, 4]);
    assert!(!log(&path).exists(), "closing removes the log");
    Ok(())
}

#[tokio::test]
async fn the_index_of_the_log_is_part_of_it() -> Result<()> {
    // Without this file, other programs that open the database do not see the locks of the
    // library.
    let open = Open::new().await?;
    fs::remove_file(beside(&open.path(), "-shm")).expect("it is deleted");
    open.refuses().await;
    open.is_noticed("app.db-shm").await;
    let path = open.path();
    let Open { directory: _directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert_eq!(found(&path), [1]);
    Ok(())
}

#[tokio::test]
async fn a_connection_opened_after_the_log_was_deleted_creates_no_log() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    db.close().await?;
    let db = Database::open(&path).await?;
    Item::insert(item(1)).execute(&db).await?;
    fs::remove_file(log(&path)).expect("it is deleted");
    for (what, answer) in [("reader", numbers(&db).await.map(drop)), ("connection", db.connect().await.map(drop))] {
        let error = answer.expect_err(what);
        assert_eq!(error.kind(), &ErrorKind::Moved, "{what}: {error}");
        assert!(error.to_string().contains("app.db-wal"), "{what}: {error}");
    }
    assert!(!log(&path).exists(), "another log was made");
    db.close().await?;
    assert_eq!(found(&path), [1]);
    Ok(())
}

#[tokio::test]
async fn the_log_beside_the_target_of_a_symbolic_link_is_checked() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let (folder, link) = (directory.path().join("folder"), directory.path().join("link.db"));
    fs::create_dir(&folder).expect("it is made");
    let path = folder.join("app.db");
    fs::write(&path, "").expect("it is written");
    std::os::unix::fs::symlink(&path, &link).expect("it is made");
    let db = Database::open(&link).await?;
    db.create(Item).await?;
    Item::insert(item(1)).execute(&db).await?;
    fs::rename(log(&path), folder.join("away")).expect("it is moved");
    let error = Item::insert(item(2)).execute(&db).await.expect_err("it would be lost");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    fs::rename(folder.join("away"), log(&path)).expect("it is moved back");
    Item::insert(item(3)).execute(&db).await?;
    // The symbolic link now leads to another file.
    let other = folder.join("other.db");
    put_another_at(&other);
    fs::remove_file(&link).expect("it is removed");
    std::os::unix::fs::symlink(&other, &link).expect("it is made");
    let error = Item::insert(item(4)).execute(&db).await.expect_err("it is another file");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    db.close().await?;
    assert_eq!(found(&path), [1, 3]);
    assert_eq!(found(&other), [77]);
    Ok(())
}

#[tokio::test]
async fn a_folder_that_was_moved_with_all_files_in_it_is_noticed() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let (above, away) = (directory.path().join("above"), directory.path().join("away"));
    fs::create_dir_all(above.join("folder")).expect("it is made");
    let db = Database::open(above.join("folder/app.db")).await?;
    db.create(Item).await?;
    fs::rename(&above, &away).expect("it is moved");
    let error = Item::insert(item(1)).execute(&db).await.expect_err("it is not at its path");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    fs::rename(&away, &above).expect("it is moved back");
    Item::insert(item(2)).execute(&db).await?;
    db.close().await?;
    assert_eq!(found(&above.join("folder/app.db")), [2]);
    Ok(())
}

#[tokio::test]
async fn a_log_recreated_by_sqlite_itself_is_accepted() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    db.close().await?;
    let db = Database::builder(&path).readers(1).open().await?;
    Item::insert(item(1)).execute(&db).await?;
    // The writer's connection is the only one, so SQLite deletes and creates the write-ahead log
    // when the journal mode changes.
    let size = "pragma journal_mode = delete; pragma page_size = 8192; vacuum; pragma journal_mode = wal";
    db.run(move |raw| raw.execute_batch(size)).await?.expect("it is alone");
    for number in 2..5 {
        Item::insert(item(number)).execute(&db).await?;
    }
    assert_eq!(numbers(&db).await?, [1, 2, 3, 4]);
    let conn = db.connect().await?;
    Item::insert(item(5)).execute(&conn).await?;
    drop(conn);
    db.checkpoint().await?;
    Item::insert(item(6)).execute(&db).await?;
    db.close().await?;
    assert_eq!(found(&path), [1, 2, 3, 4, 5, 6]);
    Ok(())
}

#[tokio::test]
async fn a_read_only_database_without_wal_has_no_log_to_check() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    put_another_at(&path);
    let db = Database::builder(&path).read_only().open().await?;
    assert_eq!(numbers(&db).await?, [77]);
    // Another program creates a write-ahead log and deletes it again.
    let raw = rusqlite::Connection::open(&path).expect("it opens");
    raw.execute_batch("insert into item values (2, 78); pragma journal_mode = wal; insert into item values (3, 79)")
        .expect("it writes");
    db.run_read(|_| ()).await?;
    assert_eq!(numbers(&db).await?, [77, 78, 79]);
    drop(raw);
    db.integrity_check().await?;
    assert_eq!(numbers(&db).await?, [77, 78, 79]);
    db.close().await
}

#[tokio::test]
async fn files_in_an_unchanged_folder_are_still_checked() -> Result<()> {
    type Change = fn(&Path);
    let changes: [(&str, Change); 5] = [
        ("the file is moved away", |path| fs::rename(path, path.with_file_name("away")).expect("it is moved")),
        ("the file is replaced", |path| drop(put_another_at(path))),
        ("the log is deleted", |path| fs::remove_file(log(path)).expect("it is deleted")),
        ("the index is deleted", |path| fs::remove_file(beside(path, "-shm")).expect("it is deleted")),
        ("the folder is moved", |path| {
            let folder = path.parent().expect("a folder");
            fs::rename(folder, folder.with_file_name("away")).expect("it is moved");
        }),
    ];
    let mut open = Vec::new();
    for (what, change) in changes {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("folder/app.db");
        fs::create_dir(directory.path().join("folder")).expect("it is made");
        let db = Database::open(&path).await?;
        db.create(Item).await?;
        open.push((what, change, directory, path, db));
    }
    // Lets more than two seconds pass, the coarsest resolution of file times, so that the folder
    // is known to be unchanged since.
    let began = Instant::now();
    let mut number = 0;
    while began.elapsed() < Duration::from_millis(2_500) {
        for (.., db) in &open {
            Item::insert(item(number)).execute(db).await?;
        }
        number += 1;
    }
    for (what, change, _directory, path, db) in open {
        // This insert checks the files, just before the change.
        Item::insert(item(-1)).execute(&db).await?;
        change(&path);
        let error = Item::insert(item(-2)).execute(&db).await.expect_err(what);
        assert_eq!(error.kind(), &ErrorKind::Moved, "{what}: {error}");
        assert!(!error.to_string().contains("was committed"), "{what}: {error}");
        db.close().await?;
    }
    Ok(())
}
