use super::*;

async fn on_each(db: &Database, name: &str) -> Result<[String; 3]> {
    let name = name.to_owned();
    let text = name.clone();
    let writer = db
        .run(move |raw| raw.query_row(&format!("select cast({text} as text) from pragma_{text}"), [], |row| row.get(0)))
        .await?
        .unwrap();
    let conn = db.connect().await?;
    let values = [writer, pragma(db, &name).await?, pragma(&conn, &name).await?];
    conn.close().await?;
    Ok(values)
}

#[tokio::test]
async fn every_connection_is_safe_by_default() -> Result<()> {
    let directory = directory();
    let db = Database::open(directory.path().join("app.db")).await?;
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        assert_eq!(on_each(&db, name).await?, [value; 3], "{name}");
    }
    assert_eq!(on_each(&db, "query_only").await?, ["0", "1", "0"], "the readers of the database only read");
    db.close().await
}

#[tokio::test]
async fn what_is_said_holds_on_every_connection() -> Result<()> {
    let directory = directory();
    let db = Database::builder(directory.path().join("app.db"))
        .readers(1)
        .durability(Durability::Normal)
        .cache(512)
        .statement_cache(3)
        .pragma("recursive_triggers", "on")
        .pragma("temp_store", 2)
        .open()
        .await?;
    for (name, value) in
        [("synchronous", "1"), ("cache_size", "-512"), ("recursive_triggers", "1"), ("temp_store", "2")]
    {
        assert_eq!(on_each(&db, name).await?, [value; 3], "{name}");
    }
    db.close().await
}

#[tokio::test]
async fn durability_is_the_synchronous_of_each_connection() -> Result<()> {
    let directory = directory();
    for (durability, value) in [(Durability::Full, "2"), (Durability::Normal, "1"), (Durability::Off, "0")] {
        let db = Database::builder(directory.path().join("app.db")).durability(durability).open().await?;
        assert_eq!(on_each(&db, "synchronous").await?, [value; 3]);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_pragma_of_the_users_has_the_last_word() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let db = Database::builder(&path).pragma("synchronous", "off").pragma("foreign_keys", false).open().await?;
    assert_eq!(on_each(&db, "synchronous").await?, ["0"; 3]);
    assert_eq!(on_each(&db, "foreign_keys").await?, ["0"; 3]);
    db.close().await
}

#[tokio::test]
async fn a_database_without_its_log_is_refused() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    let words = &["write-ahead log", "`journal_mode` is `delete`"];
    refused(Database::builder(&path).pragma("journal_mode", "delete").open(), ErrorKind::Usage, words).await;
    Ok(())
}

#[tokio::test]
async fn what_is_no_pragma_is_refused() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    for (name, value) in [("cache_size", "1; drop table t"), ("x y", "1"), ("x;", "1"), ("a", "\0")] {
        refused(Database::builder(&path).pragma(name, value).open(), ErrorKind::Usage, &["is no pragma"]).await;
    }
    let error = Database::builder(&path).pragma("journal_mode", "(").open().await.unwrap_err();
    assert!(error.to_string().starts_with("PRAGMA journal_mode: "), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_cache_of_no_statements_works_too() -> Result<()> {
    let db = Database::builder(":memory:").statement_cache(0).open().await?;
    db.create(Note).await?;
    for _ in 0..3 {
        Note::insert(note("x")).execute(&db).await?;
    }
    assert_eq!(Note::select().count(&db).await?, 3);
    db.close().await
}

#[tokio::test]
async fn a_name_in_double_quotes_that_is_no_column_is_an_error() -> Result<()> {
    let db = Database::memory().await?;
    let error = sql!("select \"nothing\"").scalar::<String>(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
    db.close().await
}
