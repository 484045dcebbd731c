//! Files that are missing, damaged or no databases: the error says which, and nothing is created
//! or left open.

use super::*;

#[tokio::test]
async fn a_missing_directory_is_named() {
    let directory = directory();
    let path = directory.path().join("missing/app.db");
    let folder = directory.path().join("missing");
    let words = [path.to_str().unwrap(), folder.to_str().unwrap(), "does not exist"];
    refused(Database::open(&path), ErrorKind::CannotOpen, &words).await;
    refused(Database::open(url(&path, "?mode=ro")), ErrorKind::CannotOpen, &words).await;
}

#[tokio::test]
async fn a_directory_is_not_a_database() {
    let directory = directory();
    let words = [directory.path().to_str().unwrap(), "is a directory"];
    for parameters in ["", "?mode=rw", "?mode=ro", "?immutable=1"] {
        refused(Database::open(url(directory.path(), parameters)), ErrorKind::CannotOpen, &words).await;
    }
}

#[tokio::test]
async fn a_file_where_a_directory_should_be_cannot_be_opened() {
    let directory = directory();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let path = file.join("app.db");
    refused(Database::open(&path), ErrorKind::CannotOpen, &[path.to_str().unwrap()]).await;
}

#[tokio::test]
async fn a_missing_file_is_not_created_when_it_must_exist() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let words = [path.to_str().unwrap(), "does not exist", "mode=rwc"];
    for parameters in ["?mode=rw", "?mode=ro", "?immutable=1"] {
        refused(Database::open(url(&path, parameters)), ErrorKind::CannotOpen, &words).await;
    }
    refused(Database::builder(&path).read_only().open(), ErrorKind::CannotOpen, &words).await;
    refused(Database::builder(&path).create(false).open(), ErrorKind::CannotOpen, &words).await;
    refused(Database::builder(url(&path, "?mode=rwc")).create(false).open(), ErrorKind::CannotOpen, &words).await;
    refused(Database::builder(&path).read_only().create(true).open(), ErrorKind::CannotOpen, &words).await;
    assert!(files(directory.path()).is_empty());
    made(&path).await?;
    for parameters in ["?mode=rw", "?mode=ro", "?immutable=1", "?mode=rwc"] {
        let db = Database::open(url(&path, parameters)).await?;
        assert_eq!(Note::select().count(&db).await?, 100);
        db.close().await?;
    }
    let db = Database::builder(&path).create(false).open().await?;
    assert_eq!(Note::select().count(&db).await?, 100);
    db.close().await?;
    let new = directory.path().join("new.db");
    Database::builder(url(&new, "?mode=rw")).create(true).open().await?.close().await?;
    assert!(new.exists());
    let memory = Database::builder(":memory:").create(false).open().await.unwrap_err();
    assert_eq!((memory.kind(), memory.to_string().contains("create(false)")), (&ErrorKind::Usage, true));
    Ok(())
}

#[tokio::test]
async fn a_file_of_another_kind_is_not_a_database() {
    let directory = directory();
    let path = directory.path().join("app.db");
    let text = "This is the diary of a person who never heard of databases. ".repeat(50);
    fs::write(&path, &text).unwrap();
    for parameters in ["", "?mode=rw", "?mode=ro", "?immutable=1"] {
        refused(Database::open(url(&path, parameters)), ErrorKind::NotADatabase, &["not a SQLite database"]).await;
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "and it is left as it was");
    assert_eq!(files(directory.path()), ["app.db"]);
}

#[tokio::test]
async fn damage_is_reported_when_it_is_read() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Note).await?;
    Note::insert_all((0..2_000).map(|number| note("x".repeat(number % 50) + &number.to_string()))).execute(&db).await?;
    db.close().await?;
    let mut bytes = fs::read(&path).unwrap();
    // The first page contains the schema, and the second page is the root of the table. The pages
    // after them, which contain the table's rows, are overwritten.
    bytes[2 * 4096..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    for parameters in ["", "?mode=ro"] {
        let db = Database::open(url(&path, parameters)).await?;
        let error = Note::select().all(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("damaged"), "{error}");
        assert!(error.sql().unwrap().starts_with("SELECT"));
        assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1, "the connection goes on");
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_schema_is_reported_when_the_file_is_opened() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..4096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    refused(Database::open(&path), ErrorKind::Corrupt, &["damaged"]).await;
    Ok(())
}

#[tokio::test]
async fn a_missing_file_is_reported_when_a_connection_is_opened() -> Result<()> {
    let directory = directory();
    let folder = directory.path().join("folder");
    let path = folder.join("app.db");
    fs::create_dir(&folder).unwrap();
    made(&path).await?;
    let db = Database::builder(&path).acquire_timeout(Duration::from_millis(50)).open().await?;
    fs::remove_dir_all(&folder).unwrap();
    let error = db.connect().await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Moved, "{error}");
    assert!(error.to_string().contains("deleted or moved away"), "{error}");
    let error = Note::select().count(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Moved, "{error}");
    db.close().await
}

#[tokio::test]
async fn a_failed_open_leaves_no_thread_that_has_the_file_open() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    fs::write(&path, "no database".repeat(100)).unwrap();
    refused(Database::open(&path), ErrorKind::NotADatabase, &[]).await;
    fs::remove_file(&path).unwrap();
    made(&path).await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_special_file_is_named_and_neither_read_nor_written() {
    let directory = directory();
    let (pipe, socket, link) =
        (directory.path().join("pipe"), directory.path().join("socket"), directory.path().join("link"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    for (path, what) in [
        (Path::new("/dev/zero"), "device"),
        (Path::new("/dev/null"), "device"),
        (&link, "device"),
        (&pipe, "pipe"),
        (&socket, "socket"),
    ] {
        for parameters in ["", "?mode=ro", "?immutable=1", "?vfs=unix"] {
            let words = [path.to_str().unwrap(), what, "not a database file"];
            refused(Database::open(url(path, parameters)), ErrorKind::CannotOpen, &words).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_place_of_a_journal_or_log_is_named_and_not_opened() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    for ending in ["-journal", "-wal", "-shm"] {
        let beside = directory.path().join(format!("app.db{ending}"));
        assert!(std::process::Command::new("mkfifo").arg(&beside).status().unwrap().success());
        for parameters in ["", "?mode=ro"] {
            let words = [beside.to_str().unwrap(), "a pipe"];
            let open = refused(Database::open(url(&path, parameters)), ErrorKind::CannotOpen, &words);
            let opened = tokio::time::timeout(Duration::from_secs(30), open).await;
            assert!(opened.is_ok(), "{ending}{parameters}: it is waited for");
        }
        fs::remove_file(&beside).unwrap();
    }
    let db = Database::open(&path).await?;
    assert_eq!(Note::select().count(&db).await?, 100);
    db.close().await
}
