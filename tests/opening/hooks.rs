use super::*;

#[tokio::test]
async fn a_hook_runs_once_on_every_connection_after_the_pragmas() -> Result<()> {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let db = Database::builder(":memory:")
        .readers(1)
        .pragma("recursive_triggers", 1)
        .on_connect(move |raw| {
            counted.fetch_add(1, Ordering::SeqCst);
            let on: bool = raw.pragma_query_value(None, "recursive_triggers", |row| row.get(0))?;
            raw.execute_batch(&format!("create temp table was (recursive_triggers); insert into was values ({on})"))
        })
        .on_connect(|raw| raw.execute_batch("create temp table second (x)"))
        .open()
        .await?;
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the writer");
    let (first, second) = (db.connect().await?, db.connect().await?);
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    for conn in [&first, &second] {
        assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(conn).await?, 1);
        assert_eq!(sql!("select count(*) from second").scalar::<i64>(conn).await?, 0);
    }
    assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(&db).await?, 1, "the reader");
    assert_eq!(sql!("select recursive_triggers from was").scalar::<i64>(&db).await?, 1);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    db.close().await
}

#[tokio::test]
async fn a_hook_that_fails_is_the_error_of_opening() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let fails = |raw: &mut rusqlite::Connection| raw.execute_batch("select * from nowhere");
    let error = refused(
        Database::builder(&path).on_connect(fails).open(),
        ErrorKind::Sql,
        &["on-connect hook", "no such table"],
    )
    .await;
    assert!(std::error::Error::source(&error).is_some());
    made(&path).await
}

#[tokio::test]
async fn a_hook_that_panics_is_an_error_too() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let panics = |_: &mut rusqlite::Connection| panic!("not today");
    refused(Database::builder(&path).on_connect(panics).open(), ErrorKind::Panic, &["on-connect hook"]).await;
    made(&path).await
}

#[tokio::test]
async fn a_hook_that_fails_on_one_connection_fails_that_one() -> Result<()> {
    for panics in [false, true] {
        let calls = AtomicUsize::new(0);
        let db = Database::builder(":memory:")
            .readers(1)
            .on_connect(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
                1 if panics => panic!("the second"),
                1 => Err(rusqlite::Error::InvalidQuery),
                _ => Ok(()),
            })
            .open()
            .await?;
        let error = db.connect().await.unwrap_err();
        assert!(error.to_string().contains("on-connect hook"), "{error}");
        let conn = db.connect().await?;
        assert_eq!(sql!("select 1").scalar::<i64>(&conn).await?, 1);
        assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
        conn.close().await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_hook_that_fails_for_a_reader_fails_the_query_and_not_the_next() -> Result<()> {
    let calls = AtomicUsize::new(0);
    let db = Database::builder(":memory:")
        .readers(1)
        .on_connect(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
            1 => Err(rusqlite::Error::InvalidQuery),
            _ => Ok(()),
        })
        .open()
        .await?;
    let error = sql!("select 1").scalar::<i64>(&db).await.unwrap_err();
    assert!(error.to_string().contains("on-connect hook"), "{error}");
    assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1);
    db.close().await
}
