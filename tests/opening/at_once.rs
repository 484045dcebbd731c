//! Several programs open a file, or write to it, at the same time.

use super::*;

#[tokio::test]
async fn many_open_and_write_the_same_new_file_at_once() -> Result<()> {
    for round in 0..10 {
        let directory = directory();
        let path = directory.path().join("app.db");
        let opened = (0..6).map(|number| {
            let path = path.clone();
            tokio::spawn(async move {
                let db = Database::builder(&path).busy_timeout(Duration::from_secs(60)).open().await?;
                query("create table if not exists t (number integer)").execute(&db).await?;
                sql!("insert into t values ({number})").execute(&db).await?;
                db.close().await
            })
        });
        for opened in opened.collect::<Vec<_>>() {
            opened.await.unwrap().inspect_err(|_| eprintln!("in round {round}"))?;
        }
        let db = Database::open(&path).await?;
        assert_eq!(query("select count(*) from t").scalar::<i64>(&db).await?, 6);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_new_file_that_another_program_writes_is_opened_afterwards() -> Result<()> {
    for _ in 0..10 {
        let directory = directory();
        let path = directory.path().join("app.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("begin immediate; create table t (number); insert into t values (1)").unwrap();
        let open = Database::builder(&path).busy_timeout(Duration::from_secs(60)).open();
        let commit = tokio::task::spawn_blocking(move || other.execute_batch("commit").unwrap());
        let (db, committed) = tokio::join!(open, commit);
        committed.unwrap();
        let db = db?;
        assert_eq!(query("select number from t").scalar::<i64>(&db).await?, 1);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_another_program_keeps_locked_is_busy_after_the_busy_timeout() {
    let timeout = Duration::from_millis(200);
    for begin in ["begin immediate; create table t (number)", "begin exclusive", "pragma locking_mode = exclusive"] {
        let directory = directory();
        let path = directory.path().join("app.db");
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch(&format!("create table s (number); {begin}; insert into s values (1)")).unwrap();
        let started = Instant::now();
        let words = ["another process or connection", "busy timeout"];
        let error = refused(Database::builder(&path).busy_timeout(timeout).open(), ErrorKind::Busy, &words).await;
        assert!(started.elapsed() >= timeout, "{begin}: {error}");
        assert!(error.is_transient());
        drop(other);
        let db = Database::builder(&path).busy_timeout(timeout).open().await.unwrap();
        db.close().await.unwrap();
    }
}
