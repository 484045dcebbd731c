//! Backups of a database in use, checkpoints, and integrity checks.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aio_sql::report::BackupProgress;
use aio_sql::{Database, Error, ErrorKind, Result, Table, query, rusqlite, sql};

use hold::{LONG, Place, hold, send_and_drop, sent, until};

#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "it can do more than is asked of it here")]
#[path = "faults/fault.rs"]
mod fault;
mod hold;
#[cfg(target_os = "linux")]
mod shim;

#[derive(Table, Clone, Debug, PartialEq)]
struct Entry {
    #[column(primary_key, auto)]
    id: i64,
    #[column(index)]
    number: i64,
    text: String,
}

/// The second row of a pair, which is always inserted together with an entry.
#[derive(Table, Clone, Debug, PartialEq)]
struct Twin {
    #[column(primary_key)]
    number: i64,
}

fn entry(number: i64) -> NewEntry {
    NewEntry { number, text: "x".repeat(200) }
}

async fn pair(db: &Database, number: i64) -> Result<()> {
    db.transaction(|tx| async move {
        Entry::insert(entry(number)).execute(&tx).await?;
        Twin::insert(Twin { number }).execute(&tx).await.map(drop)
    })
    .await
}

/// Opens a database with this many pairs of an entry and a twin, whose numbers are negative.
async fn made(path: &Path, pairs: i64) -> Result<Database> {
    let db = Database::open(path).await?;
    db.create_all((Entry, Twin)).await?;
    fill(&db, pairs).await?;
    Ok(db)
}

async fn fill(db: &Database, pairs: i64) -> Result<()> {
    Entry::insert_all((-pairs..0).map(entry)).execute(db).await?;
    Twin::insert_all((-pairs..0).map(|number| Twin { number })).execute(db).await.map(drop)
}

/// A number of pairs for which a backup takes several steps.
const MANY: i64 = 8_000;

fn quietly(_: BackupProgress) {}

/// Returns a progress closure that waits at the place while that is closed.
fn waits(place: &Place) -> impl FnMut(BackupProgress) + Send + 'static {
    let place = place.clone();
    move |_| place.come()
}

type Running = tokio::task::JoinHandle<Result<()>>;

/// Starts a backup that waits after its first step until the place is opened.
fn held_backup(db: &Database, copy: &Path) -> (Place, Running) {
    let place = Place::default();
    place.close();
    let (db, copy, progress) = (db.clone(), copy.to_owned(), waits(&place));
    let running = tokio::spawn(async move { db.backup(copy, progress).await });
    place.until(1);
    (place, running)
}

/// Returns the names of the files in a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Checks with SQLite, without the library, that a copy is intact. Returns the numbers of its
/// entries.
fn numbers_of(copy: &Path) -> Vec<i64> {
    let raw = rusqlite::Connection::open(copy).unwrap();
    assert_eq!(raw.query_row("pragma integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
    let numbers = |table: &str| -> Vec<i64> {
        let mut statement = raw.prepare(&format!("select number from {table} order by number")).unwrap();
        let numbers = statement.query_map([], |row| row.get(0)).unwrap();
        numbers.collect::<rusqlite::Result<_>>().unwrap()
    };
    let entries = numbers("entry");
    assert!(entries == numbers("twin"), "the copy has a part of a transaction");
    entries
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_during_writes_is_one_snapshot_with_every_earlier_acknowledged_write() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let (over, next) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let (db, over, next, acknowledged) = (db.clone(), over.clone(), next.clone(), acknowledged.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    pair(&db, number).await?;
                    acknowledged.lock().unwrap().push(number);
                }
                Ok::<_, Error>(())
            })
        })
        .collect();
    let written = || acknowledged.lock().unwrap().len();
    for round in 1..=5 {
        let copy = directory.path().join(format!("copy-{round}.db"));
        until("others write", || written() >= round * 40).await;
        let before = acknowledged.lock().unwrap().clone();
        db.backup(&copy, quietly).await?;
        let there = numbers_of(&copy);
        assert!(there.iter().copied().take(MANY as usize).eq(-MANY..0));
        let lost: Vec<_> = before.iter().filter(|number| there.binary_search(number).is_err()).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
    }
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap()?;
    }
    // A copy can be opened like any other database.
    let copy = Database::open(directory.path().join("copy-5.db")).await?;
    let before = Entry::select().count(&copy).await?;
    pair(&copy, 1_000_000).await?;
    assert_eq!(Entry::select().count(&copy).await?, before + 1);
    copy.integrity_check().await?;
    copy.close().await?;
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_blocks_no_writes_and_contains_none_of_them() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    let (place, backup) = held_backup(&db, &copy);
    for number in 0..300 {
        pair(&db, number).await?;
    }
    Entry::delete().filter(Entry::NUMBER.lt(-100)).execute(&db).await?;
    assert_eq!(Entry::select().count(&db).await?, 400);
    assert!(!copy.exists(), "nobody sees the copy before it is whole");
    place.open();
    backup.await.unwrap()?;
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    let there = files(directory.path());
    assert!(there.iter().all(|name| !name.contains("part")), "{there:?}");
    assert_eq!(Entry::select().count(&db).await?, 400);
    db.close().await
}

#[tokio::test]
async fn progress_counts_pages_and_ends_when_all_are_copied() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    db.backup(directory.path().join("copy.db"), move |progress| tell.lock().unwrap().push(progress)).await?;
    let told = told.lock().unwrap().clone();
    assert!(told.len() > 1, "{told:?}");
    assert!(told.is_sorted_by(|before, after| before.copied < after.copied), "{told:?}");
    let pages = sql!("pragma page_count").scalar::<u32>(&db).await?;
    assert!(told.iter().all(|progress| progress.total == pages), "{pages} pages: {told:?}");
    assert_eq!(told.last().unwrap().copied, pages);
    db.close().await
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_is_refused_beside_the_files_of_another() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), 10).await?;
    let copy = directory.path().join("copy.db");
    for name in ["copy.db", "copy.db-wal", "copy.db-journal"] {
        let lies = directory.path().join(name);
        fs::write(&lies, "someone's").unwrap();
        let before = files(directory.path());
        let error = db.backup(&copy, |_| panic!("it has begun")).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error:?}");
        assert!(error.to_string().contains(&format!("`{}`", lies.display())), "{error}");
        assert_eq!(fs::read_to_string(&lies).unwrap(), "someone's");
        assert_eq!(files(directory.path()), before);
        fs::remove_file(lies).unwrap();
    }
    let folder = directory.path().join("folder.db");
    fs::create_dir(&folder).unwrap();
    assert_eq!(db.backup(&folder, quietly).await.unwrap_err().kind(), &ErrorKind::Usage);
    // A backup cannot replace the database itself.
    assert_eq!(db.backup(db.path(), quietly).await.unwrap_err().kind(), &ErrorKind::Usage);
    let error = db.backup(directory.path().join("nowhere/copy.db"), quietly).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::CannotOpen, "{error:?}");
    db.backup(&copy, quietly).await?;
    assert_eq!(numbers_of(&copy).len(), 10);
    db.integrity_check().await?;
    db.close().await
}

#[tokio::test]
async fn a_backup_cannot_have_the_name_of_a_file_that_sqlite_keeps_beside_another() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    made(&at("other.db"), 10).await?.close().await?;
    let db = made(&at("app.db"), 10).await?;
    let before = files(directory.path());
    for name in ["app.db-journal", "other.db-wal", "other.db-journal", "other.db-shm"] {
        let answer = db.backup(at(name), |_| panic!("it has begun")).await;
        let Err(error) = answer else { panic!("{name}: a backup was made") };
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error:?}");
        assert!(error.to_string().contains(&format!("`{}`", at(name).display())), "{error}");
        assert_eq!(files(directory.path()), before);
    }
    // SQLite keeps no file with one of these names, because there is no database to which it would
    // belong.
    fs::create_dir(at("my")).unwrap();
    for name in ["my-journal", "nobodys.db-wal"] {
        db.backup(at(name), quietly).await?;
        assert_eq!(numbers_of(&at(name)).len(), 10);
    }
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_backup_leaves_no_file_and_the_next_one_succeeds() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    made(&path, MANY).await?.close().await?;
    let db = Database::builder(&path).max_connections(1).open().await?;
    let connection = db.connect().await?;
    let before = files(directory.path());
    let copy = directory.path().join("copy.db");
    // A backup whose future was never polled has not begun. A backup whose future was polled once
    // waits for a connection.
    drop(db.backup(&copy, quietly));
    send_and_drop(db.backup(&copy, quietly));
    drop(connection);
    let (place, backup) = held_backup(&db, &copy);
    backup.abort();
    assert!(backup.await.unwrap_err().is_cancelled());
    place.open();
    until("the copy is removed", || files(directory.path()) == before).await;
    db.backup(&copy, quietly).await?;
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    db.close().await
}

#[tokio::test]
async fn a_panicking_progress_closure_fails_only_the_backup() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let before = files(directory.path());
    let copy = directory.path().join("copy.db");
    let error = db.backup(&copy, |_| panic!("the user's closure")).await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Panic, "{error:?}");
    assert_eq!(files(directory.path()), before);
    pair(&db, 1).await?;
    db.backup(&copy, quietly).await?;
    assert!(numbers_of(&copy).into_iter().eq((-MANY..0).chain([1])));
    db.close().await
}

/// A timeout that soon passes.
const SOON: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_waits_for_a_backup_and_one_that_takes_too_long_leaves_no_file() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    made(&path, MANY).await?.close().await?;
    let copy = directory.path().join("copy.db");

    let db = Database::builder(&path).close_timeout(LONG).open().await?;
    let (place, backup) = held_backup(&db, &copy);
    let closing = sent(db.clone().close());
    assert!(db.backup(directory.path().join("late.db"), quietly).await.unwrap_err().is_closed());
    place.open();
    closing.await?;
    backup.await.unwrap()?;
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    fs::remove_file(&copy).unwrap();

    let db = Database::builder(&path).close_timeout(SOON).open().await?;
    let (place, backup) = held_backup(&db, &copy);
    let closing = sent(db.close());
    let error = backup.await.unwrap().unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    place.open();
    closing.await?;
    until("the copy is removed", || files(directory.path()) == ["app.db"]).await;
    Ok(())
}

#[tokio::test]
async fn in_memory_and_empty_databases_can_be_backed_up() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::memory().await?;
    let copy = directory.path().join("empty.db");
    db.backup(&copy, quietly).await?;
    let empty = Database::open(&copy).await?;
    assert_eq!(empty.table_names().await?, Vec::<String>::new());
    empty.create(Entry).await?;
    empty.close().await?;

    db.create_all((Entry, Twin)).await?;
    fill(&db, MANY).await?;
    let copy = directory.path().join("memory.db");
    db.backup(&copy, quietly).await?;
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    db.close().await?;

    let db = Database::builder(&copy).read_only().open().await?;
    let again = directory.path().join("again.db");
    db.backup(&again, quietly).await?;
    assert!(numbers_of(&again).into_iter().eq(-MANY..0));
    db.close().await
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_failing_disk_is_an_error_and_leaves_no_file() {
    fault::under_shim(async |fault| {
        let db = fault.database().await?;
        db.create(Twin).await?;
        fill(&db, MANY).await?;
        // Closing writes the write-ahead log into the database file, so that this file does not
        // grow in the cases below, and only the copy needs room.
        db.close().await?;
        let db = Database::open(fault.path()).await?;
        pair(&db, 1).await?;
        sql!("delete from entry where number > 0").execute(&db).await?;
        sql!("delete from twin where number > 0").execute(&db).await?;
        let (copy, folder) = (fault.path().with_file_name("copy.db"), fault.path().parent().unwrap().to_owned());
        db.backup(&copy, quietly).await?;
        fs::remove_file(&copy).unwrap();
        let before = files(&folder);
        let cases = [
            ("room 0", ErrorKind::Full),
            ("room 4096", ErrorKind::Full),
            ("room 500000", ErrorKind::Full),
            ("fail write 1 eio always .part", ErrorKind::Io),
            ("fail write 300 enospc always .part", ErrorKind::Full),
            ("fail sync 1 eio always .part", ErrorKind::Io),
            ("fail open 1 eacces always .part", ErrorKind::CannotOpen),
        ];
        for (order, kind) in cases {
            fault.order(order);
            let answer = db.backup(&copy, quietly).await;
            fault.clear();
            let error = answer.expect_err(order);
            assert_eq!(error.kind(), &kind, "{order}: {error:?}");
            assert_eq!(files(&folder), before, "{order}");
            // The database still works.
            pair(&db, 1).await?;
            sql!("delete from entry where number > 0").execute(&db).await?;
            sql!("delete from twin where number > 0").execute(&db).await?;
        }
        db.backup(&copy, quietly).await?;
        assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
        db.close().await
    });
}

#[cfg(target_os = "linux")]
#[test]
fn without_hard_links_a_backup_is_renamed_and_replaces_no_file() {
    fault::under_shim(async |fault| {
        let db = fault.database().await?;
        db.create(Twin).await?;
        let (copy, folder) = (fault.path().with_file_name("copy.db"), fault.path().parent().unwrap().to_owned());
        let before = files(&folder);
        // The link fails as if another program had created the file after the check that there is
        // none.
        fault.order("fail link 1 eexist always .part");
        let error = db.backup(&copy, quietly).await.expect_err("the name is taken");
        assert_eq!(*error.kind(), ErrorKind::Io, "{error:?}");
        assert_eq!((fault.fired(), files(&folder)), (1, before.clone()));
        fault.order("fail link 1 eperm always .part");
        db.backup(&copy, quietly).await?;
        fault.clear();
        assert_eq!(fault.fired(), 2);
        assert_eq!(files(&folder), [before, vec!["copy.db".to_owned()]].concat());
        assert!(numbers_of(&copy).is_empty());
        db.close().await
    });
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

#[tokio::test]
async fn a_checkpoint_writes_the_log_into_the_file_and_empties_it() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let log = directory.path().join("app.db-wal");
    let db = Database::builder(&path).pragma("wal_autocheckpoint", 0).busy_timeout(SOON).open().await?;
    db.create_all((Entry, Twin)).await?;
    fill(&db, 1_000).await?;
    let before = length(&path);
    assert!(length(&log) > 100_000);
    db.checkpoint().await?;
    assert_eq!(length(&log), 0);
    assert!(length(&path) > before);
    assert_eq!(db.metrics().checkpoints, 1);
    // After the checkpoint, the file is complete without its write-ahead log.
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(numbers_of(&copy).len(), 1_000);

    // A checkpoint leaves the part of the write-ahead log that a read transaction still needs.
    let tx = db.begin_with(aio_sql::TransactionMode::ReadOnly).await?;
    pair(&db, 1).await?;
    let error = db.checkpoint().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Busy, "{error:?}");
    assert!(length(&log) > 0);
    assert_eq!(Entry::select().count(&tx).await?, 1_000);
    tx.rollback().await?;
    db.checkpoint().await?;
    assert_eq!(length(&log), 0);

    // A checkpoint dropped before its turn never runs.
    pair(&db, 2).await?;
    let held = hold(&db);
    send_and_drop(db.checkpoint());
    held.release().await?;
    db.run(|_| ()).await?;
    assert!(length(&log) > 0);
    assert_eq!(db.metrics().checkpoints, 2);
    db.clone().close().await?;
    assert!(db.checkpoint().await.unwrap_err().is_closed());

    let db = Database::memory().await?;
    db.create(Entry).await?;
    db.checkpoint().await?;
    db.close().await
}

#[tokio::test]
async fn an_integrity_check_accepts_an_intact_file_and_lists_damages() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let db = made(&path, 1_000).await?;
    let held = hold(&db);
    // An integrity check only reads, so it does not wait for a writer.
    db.integrity_check().await?;
    held.release().await?;
    let page = sql!("select max(pageno) from dbstat where name = 'entry' and pagetype = 'leaf'");
    let page = page.scalar::<i64>(&db).await? as usize;
    db.close().await?;
    let whole = fs::read(&path).unwrap();

    // A file with a page that is filled with garbage.
    let mut damaged = whole.clone();
    damaged[(page - 1) * 4096..page * 4096].fill(0xa5);
    fs::write(&path, damaged).unwrap();
    let db = Database::open(&path).await?;
    let error = db.integrity_check().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Corrupt, "{error:?}");
    // Undamaged tables can still be read.
    assert_eq!(Twin::select().count(&db).await?, 1_000);
    db.close().await?;

    // A file with an index whose declaration names another column than the one whose values it
    // holds.
    fs::write(&path, &whole).unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(
        "pragma writable_schema = on;
         update sqlite_schema set sql = replace(sql, '(\"number\")', '(\"text\")') where type = 'index' and tbl_name = 'entry'",
    )
    .unwrap();
    drop(raw);
    let db = Database::open(&path).await?;
    let error = db.integrity_check().await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Corrupt, "{error:?}");
    assert!(error.to_string().contains("index"), "{error}");
    db.clone().close().await?;
    assert!(db.integrity_check().await.unwrap_err().is_closed());

    fs::write(&path, &whole).unwrap();
    let db = Database::open(&path).await?;
    db.integrity_check().await?;
    db.close().await
}

#[tokio::test]
async fn a_checkpoint_right_after_a_large_insert_succeeds_without_readers() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::builder(directory.path().join("a.db")).pragma("wal_autocheckpoint", 20).open().await?;
    db.create(Entry).await?;
    for round in 0..100 {
        Entry::insert_all((round * 10_000..(round + 1) * 10_000).map(entry)).execute(&db).await?;
        db.checkpoint().await.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_appears_meanwhile_is_not_replaced() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    let (place, backup) = held_backup(&db, &copy);
    fs::write(&copy, "someone's").unwrap();
    place.open();
    let answer = backup.await.unwrap();
    assert!(fs::read(&copy).unwrap() == b"someone's", "replaced, and answered {answer:?}");
    assert_eq!(*answer.unwrap_err().kind(), ErrorKind::Usage);
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_backup_to_the_same_path_does_not_harm_the_first() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    let (place, backup) = held_backup(&db, &copy);
    db.backup(&copy, quietly).await?;
    place.open();
    // The first one is the loser: when it has its last page, the copy of the second has the name.
    assert_eq!(*backup.await.unwrap().unwrap_err().kind(), ErrorKind::Usage);
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    db.close().await
}

#[tokio::test]
async fn a_temporary_file_of_another_backup_is_not_touched() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    let part = directory.path().join("copy.db.part");
    fs::write(&part, "someone's own file").unwrap();
    let answer = db.backup(&copy, quietly).await;
    assert_eq!(fs::read(&part).ok(), Some(b"someone's own file".to_vec()), "{answer:?}");
    db.close().await
}

#[tokio::test]
async fn a_temporary_file_of_a_killed_backup_does_not_prevent_the_next() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    let part = directory.path().join("copy.db.part");
    db.backup(&copy, quietly).await?;
    let whole = fs::read(&copy).unwrap();
    fs::remove_file(&copy).unwrap();
    for half in [0, 100, 4096, whole.len() / 2 / 4096 * 4096, whole.len() / 2 + 7] {
        fs::write(&part, &whole[..half]).unwrap();
        db.backup(&copy, quietly).await.unwrap_or_else(|error| panic!("{half}: {error:?}"));
        assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
        fs::remove_file(&copy).unwrap();
    }
    db.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_timeout_does_not_apply_to_a_backup() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    made(&path, MANY).await?.close().await?;
    let db = Database::builder(&path).timeout(Duration::from_millis(300)).open().await?;
    let copy = directory.path().join("copy.db");
    let slow = move |_| std::thread::sleep(Duration::from_millis(400));
    let answer = db.backup(&copy, slow).await;
    assert!(answer.is_ok(), "{answer:?}");
    db.close().await
}

#[tokio::test]
async fn a_dangling_symbolic_link_is_not_replaced() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let copy = directory.path().join("copy.db");
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), &copy).unwrap();
    let answer = db.backup(&copy, quietly).await;
    assert!(fs::symlink_metadata(&copy).unwrap().is_symlink(), "{answer:?}");
    db.close().await
}

/// A part of the names of the files that a test creates in the working directory, which the whole
/// process shares. Dropping it removes these files.
struct Litter(String);

impl Litter {
    fn names(&self) -> Vec<String> {
        files(Path::new(".")).into_iter().filter(|name| name.contains(&self.0)).collect()
    }
}

impl Drop for Litter {
    fn drop(&mut self) {
        for name in self.names() {
            let _ = fs::remove_file(name);
        }
    }
}

#[tokio::test]
async fn a_path_that_looks_like_a_url_is_a_path() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), 10).await?;
    let tag = format!("aio-sql-backup-{}", std::process::id());
    let litter = Litter(tag.clone());
    // Only a relative path can begin like a URI, so these copies are made in the working
    // directory.
    let names = [
        format!("file:{tag}.db"),
        format!("file:{tag}.db?mode=memory"),
        format!("file::memory:{tag}"),
        format!(":memory:{tag}"),
        format!("sqlite:{tag}.db"),
        format!("{tag}%41.db?vfs=none#x"),
    ];
    for name in &names {
        db.backup(name, quietly).await?;
        assert_eq!(litter.names(), [name.as_str()], "one file of that name, and nothing else");
        assert_eq!(numbers_of(&fs::canonicalize(name).unwrap()).len(), 10, "{name}");
        fs::remove_file(name).unwrap();
    }
    db.close().await
}

#[tokio::test]
async fn another_file_at_the_path_of_the_copy_is_an_error() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = made(&directory.path().join("app.db"), MANY).await?;
    let (copy, folder) = (directory.path().join("copy.db"), directory.path().to_owned());
    let before = files(&folder);
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 3] = [
        ("replaced by an empty file", |part| {
            fs::remove_file(part).unwrap();
            fs::write(part, "").unwrap();
        }),
        ("replaced by another database", |part| {
            fs::remove_file(part).unwrap();
            rusqlite::Connection::open(part).unwrap().execute_batch("create table t (x)").unwrap();
        }),
        ("removed", |part| fs::remove_file(part).unwrap()),
    ];
    for (what, harm) in harms {
        let (mut done, at) = (false, folder.clone());
        let progress = move |_| {
            if !std::mem::replace(&mut done, true) {
                let part = files(&at).into_iter().find(|name| name.ends_with(".part")).expect("a part");
                harm(&at.join(part));
            }
        };
        let error = db.backup(&copy, progress).await.expect_err(what);
        assert!(error.to_string().contains("copy.db"), "{what}: {error}");
        assert!(!copy.exists(), "{what}");
        assert_eq!(files(&folder), before, "{what}");
    }
    db.backup(&copy, quietly).await?;
    assert!(numbers_of(&copy).into_iter().eq(-MANY..0));
    db.close().await
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_has_the_permissions_of_the_original() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let copy = directory.path().join("copy.db");
    made(&path, MANY).await?.close().await?;
    for original in [0o600, 0o640, 0o644, 0o666, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(original)).unwrap();
        let db = match original {
            0o400 => Database::builder(&path).read_only().open().await?,
            _ => Database::open(&path).await?,
        };
        let at = directory.path().to_owned();
        let progress = move |_| {
            let part = files(&at).into_iter().find(|name| name.ends_with(".part")).expect("a part");
            let part = mode(&at.join(part));
            assert_eq!(part & !original & 0o077, 0, "while it is made its mode is {part:o}");
        };
        db.backup(&copy, progress).await?;
        assert_eq!(mode(&copy), original, "{:o}", mode(&copy));
        db.close().await?;
        fs::remove_file(&copy).unwrap();
    }
    Ok(())
}

#[tokio::test]
async fn an_integrity_check_sees_writes_of_other_connections_to_virtual_tables() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::builder(directory.path().join("app.db")).readers(1).open().await?;
    db.execute_script(
        "create virtual table words using fts5(text); create virtual table old using fts4(text);
         create virtual table area using rtree(id, low, high); insert into words values ('a b'), ('b c');
         insert into old values ('a b'); insert into area values (1, 0, 1)",
    )
    .await?;
    let found = || async {
        sql!("select (select count(*) from words('b')) + (select count(*) from old where old match 'b') + (select count(*) from area where low < 9)")
            .scalar::<i64>(&db)
            .await
    };
    // The reader's connection and an explicit one read the tables first, so that both cache data
    // about them.
    assert_eq!(found().await?, 4);
    let conn = db.connect().await?;
    assert_eq!(query("select count(*) from words('b')").scalar::<i64>(&conn).await?, 2);
    for round in 0..10 {
        for text in [
            "insert into words values ('b c d'), ('b')",
            "delete from words where rowid in (select rowid from words limit 1)",
            "insert into old values ('b c')",
            "insert into area select max(id) + 1, 0, 1 from area",
            "insert into words(words) values ('optimize')",
        ] {
            query(text).execute(&db).await?;
            for check in ["pragma integrity_check", "PRAGMA quick_check"] {
                for ex in [&*db, &*conn] {
                    assert_eq!(query(check).all::<String>(ex).await?, ["ok"], "{round} {text} {check}");
                }
            }
            db.integrity_check()
                .await
                .map_err(|error| Error::new(ErrorKind::Other, format!("{round} {text}: {error}")))?;
        }
        assert_eq!(found().await?, 4 + 3 * (round + 1), "and it reads what was written");
    }
    conn.close().await?;
    // A damaged full-text index is still reported.
    sql!("delete from words_data where id > 10").execute(&db).await?;
    assert_eq!(db.integrity_check().await.unwrap_err().kind(), &ErrorKind::Corrupt);
    db.close().await
}
