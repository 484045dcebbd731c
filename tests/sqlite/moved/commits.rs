//! A file that is replaced, or a write-ahead log that is deleted, while a write commits: the
//! answer says where the write went.

use crate::hold::{Places, sent};

use super::*;

/// Ways to write, each with one commit.
const WAYS: [&str; 8] =
    ["insert", "returning", "insert all", "deadline", "script", "run", "transaction", "several that wait together"];

async fn write(ex: &Executor, way: &str) -> Vec<Result<()>> {
    let one = match way {
        "insert" => Item::insert(item(2)).execute(ex).await.map(drop),
        "returning" => Item::insert(item(2)).one(ex).await.map(drop),
        "insert all" => Item::insert_all([item(2), item(3)]).execute(ex).await.map(drop),
        "deadline" => Item::insert(item(2)).timeout(crate::hold::LONG).execute(ex).await.map(drop),
        "script" => ex.execute_script("insert into item (number) values (2)").await,
        "run" => ex.run(|raw| raw.execute_batch("insert into item (number) values (2)")).await.map(drop),
        "transaction" => ex.transaction(|tx| async move { Item::insert(item(2)).execute(&tx).await.map(drop) }).await,
        _ => {
            let held = crate::hold::hold(ex);
            let mut waiting: Vec<_> =
                (2..5).map(|number| sent(Item::insert(item(number)).execute(ex).into_future())).collect();
            held.release().await.expect("nothing is wrong yet");
            let mut answers = Vec::new();
            for write in &mut waiting {
                answers.push(write.await.map(drop));
            }
            return answers;
        }
    };
    vec![one]
}

/// Starts a thread that calls `act` while the next write commits, and then lets that write
/// continue.
fn while_it_commits(places: &Places, act: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
    places.commit.close();
    let commit = places.commit.clone();
    std::thread::spawn(move || {
        commit.until(1);
        act();
        commit.open();
    })
}

/// Writes to a new database, calls `act` with the path of its file while the write commits, and
/// returns the answers.
async fn written(
    way: &'static str,
    act: impl FnOnce(&Path) + Send + 'static,
) -> Result<(tempfile::TempDir, Vec<Result<()>>)> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let places = Places::default();
    let db = places.open(Database::builder(&path)).await?;
    Item::insert(item(1)).execute(&db).await?;
    let acting = while_it_commits(&places, move || act(&path));
    let answers = write(&db, way).await;
    acting.join().expect("no panic");
    db.close().await?;
    Ok((directory, answers))
}

fn says_where_it_went(answers: Vec<Result<()>>, file: &str, way: &str) {
    for answer in answers {
        let error = answer.expect_err(way);
        assert_eq!(error.kind(), &ErrorKind::Moved, "{way}: {error}");
        let words = error.to_string();
        assert!(words.contains("was committed to the old file") && words.contains(file), "{way}: {words}");
    }
}

#[tokio::test]
async fn a_write_whose_file_was_replaced_while_it_committed_says_that_it_went_to_the_old_one() -> Result<()> {
    for way in WAYS {
        let (_directory, answers) = written(way, |path| drop(put_another_at(path))).await?;
        says_where_it_went(answers, "app.db", way);
    }
    Ok(())
}

#[tokio::test]
async fn a_write_whose_file_was_moved_away_while_it_committed_is_in_the_file_that_was_moved() -> Result<()> {
    let (directory, answers) = written("transaction", |path| {
        fs::rename(path, path.with_file_name("away.db")).expect("it is moved");
    })
    .await?;
    says_where_it_went(answers, "app.db", "transaction");
    // The write-ahead log is still in its place and belongs to no other file.
    let path = directory.path().join("app.db");
    fs::rename(path.with_file_name("away.db"), &path).expect("it is moved back");
    assert_eq!(found(&path), [1, 2]);
    Ok(())
}

#[tokio::test]
async fn a_write_whose_log_was_deleted_while_it_committed_says_that_it_went_to_the_old_one() -> Result<()> {
    for way in WAYS {
        let delete = |path: &Path| fs::remove_file(beside(path, "-wal")).expect("it is deleted");
        let (_directory, answers) = written(way, delete).await?;
        says_where_it_went(answers, "app.db-wal", way);
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_write_reports_its_own_error_and_not_the_moved_file() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("app.db");
    let places = Places::default();
    let db = places.open(Database::builder(&path)).await?;
    Item::insert(item(1)).execute(&db).await?;
    let held = crate::hold::hold(&db);
    let (mut good, mut bad) = (
        sent(Item::insert(item(2)).execute(&db).into_future()),
        sent(Item::insert(item(1)).execute(&db).into_future()),
    );
    let acting = while_it_commits(&places, move || drop(put_another_at(&path)));
    held.release().await?;
    let error = (&mut good).await.expect_err("it went to the old file");
    assert_eq!(error.kind(), &ErrorKind::Moved, "{error}");
    let error = (&mut bad).await.expect_err("there is such a row");
    assert!(matches!(error.kind(), ErrorKind::Unique { .. }), "{error}");
    acting.join().expect("no panic");
    db.close().await
}

#[tokio::test]
async fn the_files_of_an_in_memory_database_are_not_checked() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    let conn = db.connect().await?;
    Item::insert(item(1)).execute(&db).await?;
    fs::remove_dir_all(db.path().parent().expect("a directory")).expect("it is removed");
    Item::insert(item(2)).execute(&db).await?;
    conn.transaction(|tx| async move { Item::insert(item(3)).execute(&tx).await }).await?;
    assert_eq!(numbers(&conn).await?, [1, 2, 3]);
    db.close().await
}
