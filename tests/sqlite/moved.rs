//! A database file or its write-ahead log that is deleted, replaced or moved while it is open.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aio_sql::{Connection, Database, ErrorKind, Executor, Result, rusqlite};

use crate::hold::{Item, item, numbers};

mod commits;
mod foreign_files;
mod log;

struct Open {
    directory: tempfile::TempDir,
    db: Database,
    conn: Connection,
}

impl Open {
    async fn new() -> Result<Open> {
        let directory = tempfile::tempdir().expect("a directory");
        let db = Database::builder(directory.path().join("app.db")).readers(1).open().await?;
        db.create(Item).await?;
        Item::insert(item(1)).execute(&db).await?;
        let conn = db.connect().await?;
        // These queries open the file on the reader and on the explicit connection.
        assert_eq!((numbers(&db).await?, numbers(&conn).await?), (vec![1], vec![1]));
        Ok(Open { directory, db, conn })
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("app.db")
    }

    /// Waits until reads fail, because the library has noticed that a file is missing or another
    /// one. This takes up to a second, and longer on a busy machine.
    async fn is_noticed(&self, words: &str) {
        let began = Instant::now();
        for ex in [&*self.db, &*self.conn] {
            loop {
                match Item::select().count(ex).await {
                    Err(error) => {
                        assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
                        assert!(error.to_string().contains(words) && error.to_string().contains("app.db"), "{error}");
                        break;
                    }
                    Ok(_) => assert!(began.elapsed() < Duration::from_secs(3), "nobody notices"),
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Checks that inserts, scripts and closures fail with `ErrorKind::Moved` on the database and
    /// on the explicit connection. A transaction on the connection, and inserts that are sent
    /// together to the database, fail in the same way.
    async fn refuses(&self) {
        for ex in [&*self.db, &*self.conn] {
            for (what, result) in [
                ("insert", Item::insert(item(100)).execute(ex).await.map(drop)),
                ("insert all", Item::insert_all([item(100), item(101)]).execute(ex).await.map(drop)),
                ("script", ex.execute_script("insert into item (number) values (100)").await),
                ("run", ex.run(|_| ()).await),
            ] {
                let error = result.expect_err(what);
                assert_eq!(error.kind(), &ErrorKind::Moved, "{what} on {ex:?}: {error}");
            }
        }
        assert_eq!(self.conn.begin().await.expect_err("begin").kind(), &ErrorKind::Moved);
        // Writes that are sent together are all refused.
        let together: Vec<_> =
            (0..10).map(|number| tokio::spawn(Item::insert(item(number)).execute(&self.db))).collect();
        for write in together {
            let error = write.await.expect("no panic").expect_err("refused");
            assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
        }
    }
}

/// Creates another database with one row, moves its file to a path, where it replaces any other,
/// and returns the content of the file.
fn put_another_at(path: &Path) -> Vec<u8> {
    let other = path.with_file_name("other.db");
    rusqlite::Connection::open(&other)
        .and_then(|raw| {
            raw.execute_batch(
                "create table item (id integer primary key, number integer); insert into item values (1, 77)",
            )
        })
        .expect("it is made");
    let bytes = fs::read(&other).expect("it is there");
    fs::rename(&other, path).expect("it takes the place");
    bytes
}

/// Returns the path of a file that SQLite keeps beside a database.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Returns the numbers that another program reads from the file and its write-ahead log.
fn found(path: &Path) -> Vec<i64> {
    let raw = rusqlite::Connection::open(path).expect("it opens");
    let mut select = raw.prepare("select number from item order by id").expect("it is there");
    select.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("numbers")
}

#[tokio::test]
async fn a_moved_file_is_not_written_until_it_is_back() -> Result<()> {
    let open = Open::new().await?;
    let away = open.directory.path().join("away.db");
    let writing = open.db.begin().await?;
    Item::insert(item(2)).execute(&writing).await?;
    fs::rename(open.path(), &away).expect("it is moved");
    open.is_noticed("was deleted or moved away").await;
    // A transaction that began before the file was moved cannot commit any more.
    let error = writing.commit().await.expect_err("it would be lost");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    open.refuses().await;
    assert!(!open.path().exists(), "nobody made another");
    fs::rename(&away, open.path()).expect("it is moved back");
    for (number, ex) in [(10, &*open.db), (11, &*open.conn)] {
        Item::insert(item(number)).execute(ex).await?;
    }
    assert_eq!(numbers(&open.db).await?, [1, 10, 11]);
    open.db.transaction(|tx| async move { Item::insert(item(12)).execute(&tx).await }).await?;
    let Open { directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert_eq!(found(&directory.path().join("app.db")), [1, 10, 11, 12]);
    Ok(())
}

#[tokio::test]
async fn a_deleted_file_is_noticed_and_not_created_again() -> Result<()> {
    let open = Open::new().await?;
    fs::remove_file(open.path()).expect("it is deleted");
    open.is_noticed("was deleted or moved away").await;
    open.refuses().await;
    assert!(!open.path().exists());
    let Open { directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert!(!directory.path().join("app.db").exists());
    Ok(())
}

#[tokio::test]
async fn a_replaced_file_is_noticed_and_the_new_one_is_not_touched() -> Result<()> {
    let open = Open::new().await?;
    let bytes = put_another_at(&open.path());
    open.is_noticed("was replaced by another file").await;
    open.refuses().await;
    assert!(fs::read(open.path()).expect("it is there") == bytes, "it was written");
    let Open { directory, db, conn } = open;
    drop(conn);
    db.close().await?;
    assert!(fs::read(directory.path().join("app.db")).expect("it is there") == bytes, "it was written");
    Ok(())
}

#[tokio::test]
async fn a_new_connection_to_a_file_that_was_replaced_is_refused_as_well() -> Result<()> {
    let open = Open::new().await?;
    let other = open.directory.path().join("other.db");
    fs::copy(open.path(), &other).expect("it is copied");
    fs::rename(&other, open.path()).expect("it takes the place");
    open.is_noticed("was replaced by another file").await;
    // Connections that were not open before would open the new file.
    let mut conns = Vec::new();
    for _ in 0..3 {
        match open.db.connect().await {
            Ok(conn) => conns.push(conn),
            Err(error) => assert_eq!(error.kind(), &ErrorKind::Moved, "{error}"),
        }
    }
    for conn in &conns {
        let ex: &Executor = conn;
        let error = Item::insert(item(5)).execute(ex).await.expect_err("it is another file");
        assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reader_opened_after_the_file_was_moved_creates_no_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let (path, away) = (directory.path().join("app.db"), directory.path().join("away.db"));
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    Item::insert(item(1)).execute(&db).await?;
    fs::rename(&path, &away).expect("it is moved");
    let error = numbers(&db).await.expect_err("the file is gone");
    assert!(!path.exists(), "another file was made: {error}");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    Ok(())
}

#[tokio::test]
async fn a_transaction_begun_after_the_file_was_deleted_creates_no_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    fs::remove_file(&path).expect("it is deleted");
    // A connection that was open already may read for a while without a check. A connection that
    // is opened now creates no file.
    if let Err(error) = db.begin().await {
        assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    }
    assert!(!path.exists(), "another file was made");
    Ok(())
}

#[tokio::test]
async fn a_reader_that_is_opened_after_the_file_was_replaced_does_not_touch_the_other_one() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let db = Database::open(&path).await?;
    db.create(Item).await?;
    let bytes = put_another_at(&path);
    let read = numbers(&db).await;
    assert!(fs::read(&path).expect("it is there") == bytes, "it was written");
    assert_eq!(read.expect_err("it is another file").kind(), &ErrorKind::Moved);
    Ok(())
}
