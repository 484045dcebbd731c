//! A backup is made before a step that loses data on purpose, and never replaces a file.

use std::path::Path;

use super::*;

const INIT: Migration<'_> =
    Migration::new("0001_init", "create table note (id integer, text text); insert into note values (1, 's3cret')");
const MORE: Migration<'_> = Migration::new("0002_more", "insert into note values (2, 'more')");
const LOSES: Migration<'_> =
    Migration::new("0003_text", "-- aio-sql: accepts loss of note.text\nalter table note drop column text");
const AGAIN: Migration<'_> = Migration::new("0004_id", "-- aio-sql: accepts loss of note\ndrop table note");

/// Returns the texts of the notes in a copy.
fn texts(path: &Path) -> Vec<String> {
    let raw = rusqlite::Connection::open(path).expect("a copy");
    let mut texts = raw.prepare("select text from note order by id").expect("the column is there");
    let texts = texts.query_map([], |row| row.get(0)).expect("a query");
    texts.collect::<rusqlite::Result<_>>().expect("rows")
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("a file").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_has_the_state_before_the_first_step_that_loses_data() -> Result<()> {
    let folder = tempfile::tempdir().expect("a directory");
    let db = Database::builder(":memory:").max_connections(1).open().await?;
    let copy = folder.path().join("copy.db");
    let report = db.migrate(Migrations::new(&[INIT, MORE]).backup_to(&copy)).await?;
    assert_eq!(report.backup(), None, "nothing is lost");
    assert!(!copy.exists());
    let report = db.migrate(Migrations::new(&[INIT, MORE, LOSES, AGAIN]).backup_to(&copy)).await?;
    assert_eq!(report.steps(), ["0003_text", "0004_id"]);
    assert_eq!(report.backup(), Some(&*copy));
    assert_eq!(texts(&copy), ["s3cret", "more"]);
    // Once the steps were run, there is no reason for a backup.
    let report = db.migrate(Migrations::new(&[INIT, MORE, LOSES, AGAIN]).backup_to(folder.path())).await?;
    assert_eq!(report, MigrationReport::default());
    assert_eq!(files(folder.path()), ["copy.db"]);
    db.close().await
}

#[tokio::test]
async fn a_backup_replaces_no_file_and_the_step_does_not_run() -> Result<()> {
    let folder = tempfile::tempdir().expect("a directory");
    let db = Database::memory().await?;
    let copy = folder.path().join("copy.db");
    std::fs::write(&copy, "mine").expect("a file");
    let error = db.migrate(Migrations::new(&[INIT, LOSES]).backup_to(&copy)).await.expect_err("it exists");
    assert_eq!(error.kind(), &ErrorKind::Usage);
    assert_says(&error, &["`0003_text`", "copy.db", "already exists", "use another name"]);
    assert_eq!(std::fs::read_to_string(&copy).expect("text"), "mine");
    assert_eq!(sql!("select text from note").all::<String>(&db).await?, ["s3cret"]);
    // In a folder the copy gets a name that is not used.
    std::fs::write(folder.path().join("before-0003_text.db"), "mine").expect("a file");
    let report = db.migrate(Migrations::new(&[INIT, LOSES]).backup_to(folder.path())).await?;
    let made = folder.path().join("before-0003_text-2.db");
    assert_eq!(report.backup(), Some(&*made));
    assert_eq!(texts(&made), ["s3cret"]);
    assert_eq!(files(folder.path()), ["before-0003_text-2.db", "before-0003_text.db", "copy.db"]);
    db.close().await
}

#[tokio::test]
async fn without_a_place_for_it_no_backup_is_made() -> Result<()> {
    let db = Database::memory().await?;
    let report = db.migrate(&[INIT, LOSES]).await?;
    assert_eq!((report.steps().len(), report.backup()), (2, None));
    db.close().await
}

#[test]
fn a_dropped_migration_leaves_no_part_of_a_backup() {
    for polls in 1.. {
        let folder = tempfile::tempdir().expect("a directory");
        let done = block_on(async {
            let db = Database::builder(":memory:").max_connections(1).open().await.expect("it opens");
            db.migrate(&[INIT]).await.expect("it runs");
            let copy = folder.path().join("copy.db");
            let done = poll_times(db.migrate(Migrations::new(&[INIT, LOSES]).backup_to(&copy)), polls);
            let texts_left = sql!("select text from note").all::<String>(&db).await.is_ok();
            db.close().await.expect("it closes");
            assert!(texts_left || copy.exists(), "{polls}: nothing is lost without a copy");
            if !files(folder.path()).is_empty() {
                assert_eq!(files(folder.path()), ["copy.db"], "{polls}");
                assert_eq!(texts(&copy), ["s3cret"], "{polls}");
            }
            done
        });
        if let Some(done) = done {
            assert!(done.expect("it runs").backup().is_some());
            break;
        }
    }
}

#[tokio::test]
async fn of_many_that_migrate_at_once_one_makes_the_backup() -> Result<()> {
    let folder = tempfile::tempdir().expect("a directory");
    let copy = folder.path().join("copy.db");
    let path = folder.path().join("app.db");
    let first = Database::open(&path).await?;
    first.migrate(&[INIT]).await?;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let (db, copy) = (Database::open(&path).await?, copy.clone());
        tasks.push(tokio::spawn(async move {
            let list = [INIT, MORE, LOSES, AGAIN];
            let report = db.migrate(Migrations::new(&list).backup_to(copy)).await?;
            db.close().await?;
            Ok::<_, Error>(report)
        }));
    }
    let (mut steps, mut backups) = (Vec::new(), 0);
    for task in tasks {
        let report = task.await.expect("no panic")?;
        steps.extend(report.steps().to_vec());
        backups += usize::from(report.backup().is_some());
    }
    steps.sort();
    assert_eq!(steps, ["0002_more", "0003_text", "0004_id"]);
    assert_eq!(backups, 1);
    assert_eq!(texts(&copy), ["s3cret", "more"]);
    first.close().await
}
