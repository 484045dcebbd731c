//! Databases in memory: they are private, and their folder is removed with them.

use super::*;

/// Waits until the directory is removed. A database that is dropped is closed by its own threads.
async fn gone(directory: &Path) {
    while directory.exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn each_in_memory_database_is_private() -> Result<()> {
    let databases = [
        Database::memory().await?,
        Database::memory().await?,
        Database::open(":memory:").await?,
        Database::open("sqlite::memory:").await?,
        Database::open("sqlite://:memory:").await?,
        Database::open("sqlite:app.db?mode=memory&cache=shared").await?,
        Database::open("sqlite:app.db?mode=memory&cache=shared").await?,
    ];
    for db in &databases {
        assert!(!db.has_table("notes").await?);
        db.create(Note).await?;
    }
    for db in databases {
        db.close().await?;
    }
    assert!(!Path::new("app.db").exists());
    Ok(())
}

#[tokio::test]
async fn readers_and_connections_share_it() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Note).await?;
    let (first, second) = (db.connect().await?, db.connect().await?);
    Note::insert(note("a")).execute(&first).await?;
    let tx = first.begin().await?;
    Note::insert(note("b")).execute(&tx).await?;
    assert_eq!(Note::select().count(&db).await?, 1, "a reader beside a writer");
    assert_eq!(Note::select().count(&second).await?, 1);
    let snapshot = second.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(Note::select().count(&snapshot).await?, 1);
    tx.commit().await?;
    assert_eq!(Note::select().count(&snapshot).await?, 1, "one consistent view");
    assert_eq!(Note::select().count(&db).await?, 2);
    snapshot.commit().await?;
    let all = (0..20).map(|_| tokio::spawn(Note::select().count(&db)));
    for count in all.collect::<Vec<_>>() {
        assert_eq!(count.await.unwrap()?, 2);
    }
    assert_eq!(pragma(&db, "journal_mode").await?, "wal");
    assert_eq!(pragma(&db, "synchronous").await?, "0");
    db.close().await
}

#[tokio::test]
async fn its_directory_is_removed_when_it_is_closed() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Note).await?;
    let conn = db.connect().await?;
    Note::insert(note("x")).execute(&conn).await?;
    let directory = db.path().parent().unwrap().to_owned();
    assert!(directory.is_dir());
    db.close().await?;
    assert!(!directory.exists(), "with a connection still in hand");
    Ok(())
}

#[tokio::test]
async fn its_directory_is_removed_after_it_is_dropped() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Note).await?;
    let (conn, other) = (db.connect().await?, db.clone());
    let directory = db.path().parent().unwrap().to_owned();
    drop(db);
    assert_eq!(Note::select().count(&other).await?, 0, "another clone lives");
    drop(other);
    assert_eq!(Note::select().count(&conn).await?, 0, "a connection lives");
    drop(conn);
    gone(&directory).await;
    Ok(())
}

#[tokio::test]
async fn its_directory_is_removed_when_opening_fails() -> Result<()> {
    let place = Arc::new(std::sync::Mutex::new(PathBuf::new()));
    let seen = Arc::clone(&place);
    let fails = move |raw: &mut rusqlite::Connection| {
        *seen.lock().unwrap() = PathBuf::from(raw.path().unwrap());
        Err(rusqlite::Error::InvalidQuery)
    };
    Database::builder(":memory:").on_connect(fails).open().await.unwrap_err();
    let directory = place.lock().unwrap().parent().unwrap().to_owned();
    assert!(directory.to_str().unwrap().contains("aio-sql"), "{directory:?}");
    gone(&directory).await;
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn other_users_cannot_read_it() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let db = Database::memory().await?;
    let mode = fs::metadata(db.path().parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    db.close().await
}

/// Returns the folder for the directories of in-memory databases.
#[cfg(target_os = "linux")]
async fn parent() -> Result<PathBuf> {
    let db = Database::memory().await?;
    let parent = db.path().parent().and_then(Path::parent).unwrap().to_owned();
    db.close().await?;
    Ok(parent)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pipe_with_the_name_of_a_lock_file_does_not_block() -> Result<()> {
    let pipe = parent().await?.join(format!("aio-sql-pipe-{}.lock", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let opened = futures_lite::future::block_on(async { Database::memory().await?.close().await });
        sender.send(opened).unwrap();
    });
    let opened = receiver.recv_timeout(Duration::from_secs(10));
    // Unblocks a thread that waits for a reader of the pipe.
    let reader = fs::File::options().read(true).write(true).open(&pipe).unwrap();
    assert!(pipe.exists(), "what is no lock of ours is left alone");
    fs::remove_file(&pipe).unwrap();
    opened.expect("it opens while the pipe is there")?;
    drop(reader);
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_target_of_a_link_with_the_name_of_a_lock_file_is_not_touched() -> Result<()> {
    let parent = parent().await?;
    let directory = parent.join(format!("aio-sql-link-{}", std::process::id()));
    let lock = directory.with_extension("lock");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("kept"), "kept").unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), &lock).unwrap();
    Database::memory().await?.close().await?;
    let kept = fs::read_to_string(directory.join("kept"));
    let _ = fs::remove_dir_all(&directory);
    let _ = fs::remove_file(&lock);
    assert_eq!(kept.ok().as_deref(), Some("kept"));
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn directories_of_dead_processes_are_removed() -> Result<()> {
    let directory = parent().await?.join(format!("aio-sql-left-{}", std::process::id()));
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("memory.db"), "left").unwrap();
    fs::write(directory.with_extension("lock"), "").unwrap();
    Database::memory().await?.close().await?;
    assert!(!directory.exists() && !directory.with_extension("lock").exists());
    Ok(())
}

#[tokio::test]
async fn its_directory_is_removed_when_the_last_handle_is_dropped() -> Result<()> {
    for _ in 0..20 {
        let db = Database::memory().await?;
        db.create(Note).await?;
        let conn = db.connect().await?;
        Note::insert(note("x")).execute(&conn).await?;
        let directory = db.path().parent().unwrap().to_owned();
        drop(conn);
        drop(db);
        assert!(!directory.exists(), "a program that ends here leaves nothing behind");
        assert!(!directory.with_extension("lock").exists());
    }
    Ok(())
}

/// The variable that tells a child process of a test that a separate folder for shared memory is
/// mounted for it.
#[cfg(target_os = "linux")]
const CHILD: &str = "AIO_SQL_SMALL_MEMORY";

/// Runs a test of this binary again with folders for shared memory and temporary files of these
/// sizes, if the machine allows mounting them. A folder without a size is on the disk.
#[cfg(target_os = "linux")]
fn with_folders_of(shared: &str, temporary: Option<&str>, test: &str) {
    let folder = directory();
    let script = "mount -t tmpfs -o size=\"$1\" small /dev/shm && if [ -n \"$2\" ]; then mount -t tmpfs -o size=\"$2\" small \
                  \"$TMPDIR\"; fi && shift 2 && exec \"$@\"";
    let unshared = |command: &str| {
        let mut unshare = std::process::Command::new("unshare");
        unshare.args(["-rm", "sh", "-c", command, "sh", shared, temporary.unwrap_or_default()]);
        unshare.env("TMPDIR", folder.path());
        unshare
    };
    let tried = unshared(&format!("{script}; true")).arg("true").output();
    if !tried.as_ref().is_ok_and(|tried| tried.status.success() && tried.stderr.is_empty()) {
        // The choice of the folder is also tested in the module itself, with made-up sizes.
        eprintln!("{test}: not run, for this machine lets nobody mount folders of his own: {tried:?}");
        return;
    }
    let mut command = unshared(script);
    command.arg(std::env::current_exe().unwrap()).args([test, "--exact", "--nocapture", "--test-threads=1"]);
    let child = command.env(CHILD, "1").output().unwrap();
    let told = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && told.contains("1 passed"), "{told}");
}

#[cfg(target_os = "linux")]
#[derive(Table, Clone, Debug)]
struct Block {
    #[column(primary_key, auto)]
    id: i64,
    bytes: Vec<u8>,
}

/// Writes one megabyte after the other until one does not fit, or until this number is written.
#[cfg(target_os = "linux")]
async fn filled(db: &Database, megabytes: usize) -> Result<()> {
    for _ in 0..megabytes {
        Block::insert(NewBlock { bytes: vec![7; 1 << 20] }).execute(db).await?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn with_little_shared_memory_it_is_in_the_temporary_folder() -> Result<()> {
    const NAME: &str = "memory::with_little_shared_memory_it_is_in_the_temporary_folder";
    if std::env::var_os(CHILD).is_none() {
        with_folders_of("64m", None, NAME);
        return Ok(());
    }
    let db = Database::memory().await?;
    assert!(db.path().starts_with(std::env::temp_dir()), "{:?}", db.path());
    db.create(Block).await?;
    filled(&db, 100).await?;
    assert_eq!(Block::select().count(&db).await?, 100);
    db.close().await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn with_two_small_folders_it_is_in_the_larger_and_names_it_when_full() -> Result<()> {
    const NAME: &str = "memory::with_two_small_folders_it_is_in_the_larger_and_names_it_when_full";
    if std::env::var_os(CHILD).is_none() {
        with_folders_of("32m", Some("16m"), NAME);
        with_folders_of("16m", Some("32m"), NAME);
        return Ok(());
    }
    let db = Database::memory().await?;
    let is_shared = db.path().starts_with("/dev/shm");
    db.create(Block).await?;
    let wanted: [&str; 2] = if is_shared {
        ["`/dev/shm`", "--shm-size"]
    } else {
        [std::env::temp_dir().to_str().unwrap(), "TMPDIR"]
            .map(|word| Box::leak(word.to_owned().into_boxed_str()) as &str)
    };
    let assert_told = |error: Error| {
        assert_eq!(*error.kind(), ErrorKind::Full, "{error}");
        for word in wanted {
            assert!(error.to_string().contains(word), "`{word}` in: {error}");
        }
    };
    assert_told(filled(&db, 100).await.unwrap_err());
    let stored = Block::select().count(&db).await?;
    assert!(stored > 3, "{stored}");
    // Writes of several kinds fail.
    let block = || NewBlock { bytes: vec![7; 40 << 20] };
    assert_told(Block::insert_all([block()]).execute(&db).await.unwrap_err());
    assert_told(sql!("insert into block (bytes) values (zeroblob(40000000))").execute(&db).await.unwrap_err());
    assert_told(db.execute_script("insert into block (bytes) values (zeroblob(40000000))").await.unwrap_err());
    let tx = db.begin().await?;
    assert_told(Block::insert(block()).execute(&tx).await.unwrap_err());
    drop(tx);
    let many = (0..8).map(|_| tokio::spawn(Block::insert(NewBlock { bytes: vec![7; 8 << 20] }).execute(&db)));
    for written in many.collect::<Vec<_>>() {
        let _ = written.await.unwrap().map_err(assert_told);
    }
    // Existing rows can still be read.
    assert!(Block::select().count(&db).await? >= stored);
    db.close().await
}
