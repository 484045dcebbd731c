//! The pragmas and settings of every connection.

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
async fn settings_apply_to_every_connection() -> Result<()> {
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
async fn durability_sets_the_pragma_synchronous() -> Result<()> {
    let directory = directory();
    for (durability, value) in [(Durability::Full, "2"), (Durability::Normal, "1"), (Durability::Off, "0")] {
        let db = Database::builder(directory.path().join("app.db")).durability(durability).open().await?;
        assert_eq!(on_each(&db, "synchronous").await?, [value; 3]);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_pragma_of_the_user_overrides_the_librarys() -> Result<()> {
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
async fn an_invalid_pragma_is_refused() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    for (name, value) in [("cache_size", "1; drop table t"), ("x y", "1"), ("x;", "1"), ("a", "\0")] {
        refused(Database::builder(&path).pragma(name, value).open(), ErrorKind::Usage, &["is not a pragma"]).await;
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
async fn a_double_quoted_name_that_is_not_a_column_is_an_error() -> Result<()> {
    let db = Database::memory().await?;
    let error = sql!("select \"nothing\"").scalar::<String>(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Sql, "{error}");
    db.close().await
}

#[tokio::test]
async fn pragmas_for_new_files_apply_to_new_files() -> Result<()> {
    let directory = directory();
    for (number, (name, value, stored)) in [
        ("page_size", "8192", "8192"),
        ("main.PAGE_SIZE", "512", "512"),
        ("auto_vacuum", "incremental", "2"),
        ("auto_vacuum", "1", "1"),
        ("encoding", "'UTF-16le'", "UTF-16le"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = directory.path().join(format!("{number}.db"));
        let bare = name.trim_start_matches("main.").to_lowercase();
        for again in [false, true] {
            let db = Database::builder(&path).readers(1).pragma(name, value).open().await?;
            assert_eq!(on_each(&db, &bare).await?, [stored; 3], "{name} = {value}");
            assert_eq!(on_each(&db, "journal_mode").await?, ["wal"; 3]);
            db.create_if_missing(Note).await?;
            Note::insert(note("ünïcödé")).execute(&db).await?;
            assert_eq!(Note::select().columns(Note::TEXT).all(&db).await?, vec!["ünïcödé"; 1 + usize::from(again)]);
            db.close().await?;
        }
        let raw = rusqlite::Connection::open(&path).unwrap();
        let found: String =
            raw.query_row(&format!("select cast({bare} as text) from pragma_{bare}"), [], |row| row.get(0)).unwrap();
        assert_eq!(found, stored, "{name} = {value}");
    }
    let db = Database::builder(":memory:").pragma("page_size", 1024).open().await?;
    assert_eq!(on_each(&db, "page_size").await?, ["1024"; 3]);
    db.close().await
}

#[tokio::test]
async fn pragmas_for_new_files_do_not_change_existing_files() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    made(&path).await?;
    let shaped = Database::builder(&path).pragma("page_size", 8192).pragma("encoding", "'UTF-16'");
    let db = shaped.pragma("auto_vacuum", "full").open().await?;
    for (name, value) in [("page_size", "4096"), ("encoding", "UTF-8"), ("auto_vacuum", "0")] {
        assert_eq!(on_each(&db, name).await?, [value; 3], "{name}");
    }
    assert_eq!(Note::select().count(&db).await?, 100);
    db.close().await
}

#[tokio::test]
async fn an_unknown_pragma_is_refused_by_name() -> Result<()> {
    let directory = directory();
    let path = directory.path().join("app.db");
    for name in ["cahce_size", "main.cahce_size", "writeable_schema", "page", "", "main."] {
        let open = Database::builder(&path).pragma("cache_size", 100).pragma(name, "s3cret").open();
        let error = refused(open, ErrorKind::Usage, &[&format!("`{name}`"), "not a pragma"]).await;
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    for name in ["cache_size", "temp.cache_size", "MMAP_SIZE"] {
        Database::builder(&path).pragma(name, 100).open().await?.close().await?;
    }
    // The pragma `busy_timeout` would have no effect, so it is an error, whose message says what
    // to use instead.
    let open = Database::builder(&path).pragma("busy_timeout", 100).open();
    refused(open, ErrorKind::Usage, &["`busy_timeout` does nothing", "`Builder::busy_timeout`"]).await;
    // A VFS may have pragmas that SQLite does not know, so with `vfs` in the URL an unknown pragma
    // is no error.
    Database::builder(url(&path, "?vfs=unix")).pragma("of_the_vfs", 1).open().await?.close().await?;
    Ok(())
}
