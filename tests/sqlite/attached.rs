//! Files that are attached to a SQLite database.

use std::path::Path;

use aio_sql::{Builder, Database, ErrorKind, Result, Table, TransactionMode, query};
use tempfile::tempdir;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(schema = "archive")]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

/// A table of the database itself.
#[derive(Table, Clone, Debug, PartialEq)]
struct Draft {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

fn note(text: &str) -> NewNote {
    NewNote { text: text.into() }
}

fn builder(folder: &Path) -> Builder {
    Database::builder(folder.join("app.db")).attach("archive", folder.join("archive.db"))
}

#[tokio::test]
async fn every_connection_has_the_attached_file() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).readers(4).open().await?;
    db.create_all((Note, Draft)).await?;
    Note::insert(note("old")).execute(&db).await?;
    let reads: Vec<_> = (0..40).map(|_| tokio::spawn(Note::select().all(&db))).collect();
    for read in reads {
        assert_eq!(read.await.expect("no panic")?.len(), 1);
    }
    let conn = db.connect().await?;
    assert_eq!(Note::select().count(&conn).await?, 1);
    conn.close().await?;
    db.close().await?;
    let archive = Database::open(folder.path().join("archive.db").to_str().expect("UTF-8")).await?;
    assert_eq!(archive.table_names().await?, ["note"]);
    archive.close().await
}

#[tokio::test]
async fn a_transaction_writes_to_both_files_or_to_none() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).open().await?;
    db.create_all((Note, Draft)).await?;
    let draft = |text: &str| NewDraft { text: text.into() };
    db.transaction(|tx| async move {
        Draft::insert(draft("a")).execute(&tx).await?;
        Note::insert(note("a")).execute(&tx).await?;
        Ok(())
    })
    .await?;
    let tx = db.begin().await?;
    Note::insert(note("b")).execute(&tx).await?;
    Draft::insert(draft("b")).execute(&tx).await?;
    tx.rollback().await?;
    assert_eq!((Note::select().count(&db).await?, Draft::select().count(&db).await?), (1, 1));
    db.close().await
}

#[tokio::test]
async fn a_read_only_transaction_reads_every_file_as_it_was_at_its_begin() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).open().await?;
    db.create(Note).await?;
    let tx = db.begin_with(TransactionMode::ReadOnly).await?;
    Note::insert(note("later")).execute(&db).await?;
    assert_eq!(Note::select().count(&tx).await?, 0);
    tx.rollback().await?;
    db.close().await
}

#[tokio::test]
async fn the_files_have_the_settings_of_the_library() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).durability(aio_sql::Durability::Normal).open().await?;
    let conn = db.connect().await?;
    for schema in ["main", "archive"] {
        let journal: String = query(format!("pragma {schema}.journal_mode")).scalar(&conn).await?;
        let synchronous: i64 = query(format!("pragma {schema}.synchronous")).scalar(&conn).await?;
        assert_eq!((journal.as_str(), synchronous), ("wal", 1), "{schema}");
    }
    conn.close().await?;
    db.close().await
}

#[tokio::test]
async fn the_log_of_an_attached_file_is_written_back_into_it() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).durability(aio_sql::Durability::Off).open().await?;
    db.create(Note).await?;
    for _ in 0..3 {
        Note::insert_all((0..2000).map(|_| note(&"x".repeat(1000)))).execute(&db).await?;
    }
    db.checkpoint().await?;
    let length = |name: &str| std::fs::metadata(folder.path().join(name)).expect("a file").len();
    assert_eq!(length("archive.db-wal"), 0);
    assert!(length("archive.db") > 6_000_000);
    db.close().await
}

#[tokio::test]
async fn a_write_to_an_attached_file_that_was_replaced_is_refused() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).open().await?;
    db.create(Note).await?;
    std::fs::rename(folder.path().join("archive.db"), folder.path().join("moved.db")).expect("a rename");
    let error = Note::insert(note("lost")).execute(&db).await.expect_err("the file is elsewhere");
    assert_eq!(*error.kind(), ErrorKind::Moved);
    assert!(error.to_string().contains("archive.db"), "{error}");
    drop(db);
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_attached_is_an_error_that_names_it() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let open = |name: &str, file: &str| Database::builder(path("app.db")).attach(name, path(file)).open();
    for (name, words) in [
        ("main", "that is the name of the database itself"),
        ("TEMP", "that is the name of temporary tables"),
        ("", "not empty"),
        ("a\0b", "no NUL character"),
    ] {
        let error = open(name, "archive.db").await.expect_err("it is no name");
        assert_eq!(*error.kind(), ErrorKind::Usage);
        assert!(error.to_string().contains(words), "{name:?}: {error}");
    }
    let twice = Database::builder(path("app.db")).attach("a", path("a.db")).attach("A", path("b.db"));
    let error = twice.open().await.expect_err("the name is used");
    assert!(error.to_string().contains("that is the name of another attached file"), "{error}");
    let error = open("archive", "nowhere/archive.db").await.expect_err("there is no folder");
    assert_eq!(*error.kind(), ErrorKind::CannotOpen);
    assert!(
        error.to_string().contains("attaching \"archive\"") && error.to_string().contains("does not exist"),
        "{error}"
    );
    std::fs::write(
        path("text.db"),
        "no database, but a text that is long enough for the header of a file, and longer than that",
    )
    .expect("a file");
    let error = open("archive", "text.db").await.expect_err("it is no database");
    assert_eq!(*error.kind(), ErrorKind::NotADatabase);
    let error = Database::builder(path("app.db")).attach("archive", ":memory:").open().await.expect_err("in memory");
    assert!(error.to_string().contains("each connection would have its own database in memory"), "{error}");
    let error = Database::builder(path("app.db")).create(false).attach("archive", path("new.db")).open().await;
    assert_eq!(*error.expect_err("neither exists").kind(), ErrorKind::CannotOpen);
    assert!(!path("new.db").exists());
    Ok(())
}

#[tokio::test]
async fn a_table_of_a_file_that_is_not_attached_is_an_error_that_says_so() -> Result<()> {
    let db = Database::memory().await?;
    let error = db.create(Note).await.expect_err("there is no such schema");
    assert_eq!(*error.kind(), ErrorKind::Sql);
    assert!(error.to_string().contains("`Builder::attach`"), "{error}");
    db.close().await
}

#[tokio::test]
async fn a_read_only_file_is_attached_to_a_database_that_is_written() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).open().await?;
    db.create(Note).await?;
    Note::insert(note("old")).execute(&db).await?;
    db.close().await?;
    let address = format!("sqlite:{}?mode=ro", folder.path().join("archive.db").display());
    let db = Database::builder(folder.path().join("app.db")).attach("archive", address).open().await?;
    db.create(Draft).await?;
    Draft::insert(NewDraft { text: "new".into() }).execute(&db).await?;
    assert_eq!(Note::select().one(&db).await?.text, "old");
    let error = Note::insert(note("new")).execute(&db).await.expect_err("the file is read-only");
    assert_eq!(*error.kind(), ErrorKind::ReadOnly);
    db.close().await?;
    let db = builder(folder.path()).read_only().open().await?;
    assert_eq!(Note::select().count(&db).await?, 1);
    db.close().await
}

#[tokio::test]
async fn a_table_of_an_attached_file_is_dropped_in_a_step_only_if_no_row_refers_to_it() -> Result<()> {
    let folder = tempdir().expect("a folder");
    let db = builder(folder.path()).open().await?;
    db.execute_script(
        "create table parent (id integer primary key); create table child (id integer references parent);
         insert into parent values (1); insert into child values (1); create table archive.parent (id integer primary key)",
    )
    .await?;
    // The table of the other file has the name of one that rows refer to.
    let step = aio_sql::Migration::new("0001_drop", "drop table archive.parent");
    db.migrate(&[step]).await?;
    assert!(!db.has_table_in("archive", "parent").await? && db.has_table("parent").await?);
    db.close().await
}
