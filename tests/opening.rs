//! Opening a database: paths and URLs, what is set on it, and what is wrong with a file that cannot be opened.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aio_sql::{Database, Durability, Error, ErrorKind, Executor, Result, Table, TransactionMode, query, rusqlite, sql};
use tempfile::TempDir;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "notes")]
struct Note {
    #[column(primary_key, auto)]
    id: i64,
    text: String,
}

fn note(text: impl Into<String>) -> NewNote {
    NewNote { text: text.into() }
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn url(path: &Path, parameters: &str) -> String {
    format!("sqlite:{}{parameters}", path.display())
}

/// A file with a table and some rows, closed again.
async fn made(path: &Path) -> Result<()> {
    let db = Database::open(path).await?;
    db.create(Note).await?;
    Note::insert_all((0..100).map(|number| note(format!("note {number}")))).execute(&db).await?;
    db.close().await
}

async fn refused(open: impl Future<Output = Result<Database>>, kind: ErrorKind, words: &[&str]) -> Error {
    let error = open.await.unwrap_err();
    assert_eq!(*error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` in: {error}");
    }
    error
}

async fn pragma(ex: &Executor, name: &str) -> Result<String> {
    query(format!("select cast({name} as text) from pragma_{name}")).scalar(ex).await
}

fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

mod paths {
    use super::*;

    #[tokio::test]
    async fn a_path_that_is_not_there_is_made() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        assert_eq!(files(directory.path()), ["app.db"], "and closing leaves the file alone");
        let db = Database::open(&path).await?;
        assert_eq!(db.path(), path);
        assert_eq!(Note::select().count(&db).await?, 100);
        db.close().await
    }

    #[tokio::test]
    async fn closing_ends_only_when_the_file_is_closed() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        for round in 0..200 {
            let db = Database::open(&path).await?;
            db.create_if_missing(Note).await?;
            assert_eq!(Note::select().count(&db).await?, 0);
            db.close().await?;
            assert_eq!(files(directory.path()), ["app.db"], "round {round}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_url_names_a_file_by_its_absolute_path() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        for start in ["sqlite:", "sqlite://", "file:", "file://"] {
            let db = Database::open(format!("{start}{}", path.display())).await?;
            assert_eq!(db.path(), path, "{start}");
            assert_eq!(Note::select().count(&db).await?, 100);
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_relative_path_is_one_of_the_working_directory() -> Result<()> {
        // The working directory belongs to the whole process: a file in the build's own directory does.
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let path = directory.path().join("app.db");
        let here = std::env::current_dir().unwrap();
        let up = "../".repeat(here.components().count() - 1);
        let relative = PathBuf::from(format!("{up}{}", path.strip_prefix("/").unwrap().display()));
        made(&relative).await?;
        for url in [format!("sqlite:{}", relative.display()), format!("sqlite://{}", relative.display())] {
            let db = Database::open(url).await?;
            assert_eq!(db.path(), relative);
            assert_eq!(Note::select().count(&db).await?, 100);
            db.close().await?;
        }
        assert_eq!(files(directory.path()), ["app.db"]);
        Ok(())
    }

    #[tokio::test]
    async fn escapes_in_a_url_are_characters_of_the_path() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("a b%?#&=ü.db");
        let name = "a%20b%25%3f%23%26%3D%C3%BC.db";
        for parameters in ["", "?mode=rwc", "?nolock=0&mode=rwc", "?vfs=unix"] {
            let db = Database::open(format!("sqlite:{}/{name}{parameters}", directory.path().display())).await?;
            assert_eq!(db.path(), path);
            db.create_if_missing(Note).await?;
            db.close().await?;
            assert_eq!(files(directory.path()), ["a b%?#&=ü.db"], "{parameters}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_path_is_taken_as_it_is() -> Result<()> {
        let directory = directory();
        for name in ["a%20b.db", "a?mode=ro.db", "a#b.db", "ü.db", "it's \"so\".db"] {
            let path = directory.path().join(name);
            made(&path).await?;
            assert!(path.is_file(), "{name}");
        }
        assert_eq!(files(directory.path()).len(), 5);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_path_that_is_no_utf8_is_a_path_too() -> Result<()> {
        use std::os::unix::ffi::OsStringExt;
        let directory = directory();
        let path = directory.path().join(std::ffi::OsString::from_vec(b"caf\xe9.db".to_vec()));
        made(&path).await?;
        assert!(path.is_file());
        Ok(())
    }

    #[tokio::test]
    async fn what_a_url_asks_for_and_nobody_knows_is_named() {
        let directory = directory();
        let path = directory.path().join("app.db");
        for (parameters, words) in [
            ("?mode=readonly", ["`mode=readonly`", "`ro`"]),
            ("?cahce=shared", ["`cahce=shared`", "cache"]),
            ("?cache=all", ["`cache=all`", "cache"]),
            ("?immutable=yes", ["`immutable=yes`", "immutable"]),
            ("?x", ["`x=1`", "mode"]),
        ] {
            refused(Database::open(url(&path, parameters)), ErrorKind::Usage, &words).await;
        }
        refused(Database::open("sqlite:"), ErrorKind::Usage, &["sqlite:app.db"]).await;
        refused(Database::open(""), ErrorKind::Usage, &["Database::memory()"]).await;
        refused(Database::open("sqlite:%ff.db"), ErrorKind::Usage, &["UTF-8"]).await;
        assert!(files(directory.path()).is_empty());
    }

    #[tokio::test]
    async fn another_database_is_named_and_its_password_is_not() {
        for scheme in ["postgres", "mysql", "sqlserver", "sqlite3"] {
            let url = format!("{scheme}://user:s3cret@host/app");
            let error = refused(Database::open(url), ErrorKind::Usage, &[&format!("`{scheme}`")]).await;
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }
}

mod files_that_cannot_be_opened {
    use super::*;

    #[tokio::test]
    async fn a_missing_directory_is_named() {
        let directory = directory();
        let path = directory.path().join("missing/app.db");
        let folder = directory.path().join("missing");
        let words = [path.to_str().unwrap(), folder.to_str().unwrap(), "does not exist"];
        refused(Database::open(&path), ErrorKind::CannotOpen, &words).await;
        refused(Database::open(url(&path, "?mode=ro")), ErrorKind::CannotOpen, &words).await;
    }

    #[tokio::test]
    async fn a_directory_is_no_file() {
        let directory = directory();
        let words = [directory.path().to_str().unwrap(), "is a directory"];
        for parameters in ["", "?mode=rw", "?mode=ro", "?immutable=1"] {
            refused(Database::open(url(directory.path(), parameters)), ErrorKind::CannotOpen, &words).await;
        }
    }

    #[tokio::test]
    async fn a_file_where_a_directory_should_be_cannot_be_opened() {
        let directory = directory();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let path = file.join("app.db");
        refused(Database::open(&path), ErrorKind::CannotOpen, &[path.to_str().unwrap()]).await;
    }

    #[tokio::test]
    async fn a_missing_file_is_not_made_when_it_must_exist() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        let words = [path.to_str().unwrap(), "does not exist", "mode=rwc"];
        for parameters in ["?mode=rw", "?mode=ro", "?immutable=1"] {
            refused(Database::open(url(&path, parameters)), ErrorKind::CannotOpen, &words).await;
        }
        refused(Database::builder(&path)?.read_only().open(), ErrorKind::CannotOpen, &words).await;
        assert!(files(directory.path()).is_empty());
        made(&path).await?;
        for parameters in ["?mode=rw", "?mode=ro", "?immutable=1", "?mode=rwc"] {
            let db = Database::open(url(&path, parameters)).await?;
            assert_eq!(Note::select().count(&db).await?, 100);
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_file_of_another_kind_is_no_database() {
        let directory = directory();
        let path = directory.path().join("app.db");
        let text = "This is the diary of a person who never heard of databases. ".repeat(50);
        fs::write(&path, &text).unwrap();
        for parameters in ["", "?mode=rw", "?mode=ro", "?immutable=1"] {
            refused(Database::open(url(&path, parameters)), ErrorKind::NotADatabase, &["no SQLite database"]).await;
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "and it is left as it was");
        assert_eq!(files(directory.path()), ["app.db"]);
    }

    #[tokio::test]
    async fn damage_is_told_when_it_is_read() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        let db = Database::open(&path).await?;
        db.create(Note).await?;
        Note::insert_all((0..2_000).map(|number| note("x".repeat(number % 50) + &number.to_string())))
            .execute(&db)
            .await?;
        db.close().await?;
        let mut bytes = fs::read(&path).unwrap();
        // The first page holds the schema; what comes behind is the table.
        bytes[2 * 4096..].fill(0x5a);
        fs::write(&path, bytes).unwrap();
        for parameters in ["", "?mode=ro"] {
            let db = Database::open(url(&path, parameters)).await?;
            let error = Note::select().all(&db).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Corrupt, "{error}");
            assert!(error.to_string().contains("damaged"), "{error}");
            assert!(error.sql().unwrap().starts_with("SELECT"));
            assert_eq!(sql!("select 1").scalar::<i64>(&db).await?, 1, "the connection goes on");
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_damaged_schema_is_told_when_the_file_is_opened() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        let mut bytes = fs::read(&path).unwrap();
        bytes[100..4096].fill(0x5a);
        fs::write(&path, bytes).unwrap();
        refused(Database::open(&path), ErrorKind::Corrupt, &["damaged"]).await;
        Ok(())
    }

    #[tokio::test]
    async fn a_file_that_went_away_is_told_when_a_connection_is_opened() -> Result<()> {
        let directory = directory();
        let folder = directory.path().join("folder");
        let path = folder.join("app.db");
        fs::create_dir(&folder).unwrap();
        made(&path).await?;
        let db = Database::builder(&path)?.acquire_timeout(Duration::from_millis(50)).open().await?;
        fs::remove_dir_all(&folder).unwrap();
        let error = db.connect().await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error}");
        assert!(error.to_string().contains("does not exist"), "{error}");
        let error = Note::select().count(&db).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen, "{error}");
        db.close().await
    }

    #[tokio::test]
    async fn a_failed_open_leaves_no_thread_with_the_file_behind() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        fs::write(&path, "no database".repeat(100)).unwrap();
        refused(Database::open(&path), ErrorKind::NotADatabase, &[]).await;
        fs::remove_file(&path).unwrap();
        made(&path).await
    }
}

mod read_only {
    use super::*;

    async fn assert_refuses_writes(ex: &Executor) {
        let typed = Note::insert(note("x")).execute(ex).await.unwrap_err();
        let raw = sql!("delete from notes").execute(ex).await.unwrap_err();
        let script = ex.execute_script("create table t (x)").await.unwrap_err();
        for error in [typed, raw, script] {
            assert_eq!(*error.kind(), ErrorKind::ReadOnly, "{error}");
        }
    }

    #[tokio::test]
    async fn nothing_can_be_written() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        for db in [Database::open(url(&path, "?mode=ro")).await?, Database::builder(&path)?.read_only().open().await?] {
            let conn = db.connect().await?;
            assert_refuses_writes(&db).await;
            assert_refuses_writes(&conn).await;
            let tx = db.begin_with(TransactionMode::ReadOnly).await?;
            assert_eq!(Note::select().count(&tx).await?, 100);
            assert_refuses_writes(&tx).await;
            tx.commit().await?;
            conn.close().await?;
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn the_file_and_its_journal_mode_stay_as_they_are() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        for mode in ["wal", "delete"] {
            let raw = rusqlite::Connection::open(&path).unwrap();
            raw.pragma_update(None, "journal_mode", mode).unwrap();
            raw.execute_batch(
                "drop table if exists notes; create table notes (id integer primary key, text text not null);
                 create index notes_text on notes (text);
                 with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
                 insert into notes select i, 'note ' || (i % 100) from n",
            )
            .unwrap();
            raw.close().unwrap();
            let before = fs::read(&path).unwrap();
            let db = Database::open(url(&path, "?mode=ro")).await?;
            assert_eq!(Note::select().filter(Note::TEXT.eq("note 7")).count(&db).await?, 20);
            let conn = db.connect().await?;
            assert_eq!(Note::select().count(&conn).await?, 2_000);
            assert_eq!(pragma(&conn, "journal_mode").await?, mode);
            conn.close().await?;
            db.close().await?;
            assert!(fs::read(&path).unwrap() == before, "{mode}");
            // The planner's statistics are what `PRAGMA optimize` would have made.
            let raw = rusqlite::Connection::open(&path).unwrap();
            assert!(!raw.table_exists(None, "sqlite_stat1").unwrap());
        }
        Ok(())
    }

    #[tokio::test]
    async fn optimize_runs_when_a_database_that_can_be_written_is_closed() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        let db = Database::open(&path).await?;
        db.create(Note).await?;
        db.execute_script("create index notes_text on notes (text)").await?;
        Note::insert_all((0..2_000).map(|number| note(format!("note {}", number % 100)))).execute(&db).await?;
        db.close().await?;
        let raw = rusqlite::Connection::open(&path).unwrap();
        assert!(raw.table_exists(None, "sqlite_stat1").unwrap());
        Ok(())
    }

    #[tokio::test]
    async fn a_log_that_cannot_be_made_asks_for_immutable() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        // What SQLite meets on read-only media: it cannot make the log's files.
        for file in ["app.db-wal", "app.db-shm"] {
            fs::create_dir(directory.path().join(file)).unwrap();
        }
        let words = [path.to_str().unwrap(), "`immutable=1`"];
        let error = refused(Database::open(url(&path, "?mode=ro")), ErrorKind::CannotOpen, &words).await;
        refused(Database::builder(&path)?.read_only().open(), ErrorKind::CannotOpen, &words).await;
        let advice = error.to_string();
        let advised = advice.split('`').find(|part| part.starts_with("sqlite:")).unwrap();
        for url in [url(&path, "?immutable=1"), url(&path, "?mode=ro&immutable=1"), advised.to_owned()] {
            let db = Database::open(&url).await?;
            assert_eq!(Note::select().count(&db).await?, 100, "{url}");
            assert_refuses_writes(&db).await;
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn what_another_writes_is_seen() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        let (reader, writer) = (Database::open(url(&path, "?mode=ro")).await?, Database::open(&path).await?);
        assert_eq!(Note::select().count(&reader).await?, 100);
        Note::insert(note("new")).execute(&writer).await?;
        assert_eq!(Note::select().count(&reader).await?, 101);
        reader.close().await?;
        writer.close().await
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_without_permission_to_write_is_read_only() -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        // Permissions are not for root.
        let everything_is_allowed = fs::OpenOptions::new().append(true).open(&path).is_ok();
        match Database::open(&path).await {
            Ok(db) => {
                let written = Note::insert(note("x")).execute(&db).await;
                if everything_is_allowed {
                    written?;
                } else {
                    assert_eq!(*written.unwrap_err().kind(), ErrorKind::ReadOnly);
                }
                db.close().await?;
            }
            Err(error) => assert!(matches!(error.kind(), ErrorKind::ReadOnly | ErrorKind::CannotOpen), "{error}"),
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_database_in_memory_cannot_be_read_only() -> Result<()> {
        let open = Database::builder(":memory:")?.read_only().open();
        refused(open, ErrorKind::Usage, &["begins empty"]).await;
        Ok(())
    }
}

mod pragmas {
    use super::*;

    async fn on_each(db: &Database, name: &str) -> Result<[String; 3]> {
        let name = name.to_owned();
        let text = name.clone();
        let writer = db
            .run(move |raw| {
                raw.query_row(&format!("select cast({text} as text) from pragma_{text}"), [], |row| row.get(0))
            })
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
        let timeout: String = sql!("select cast(timeout as text) from pragma_busy_timeout").scalar(&db).await?;
        assert_eq!(timeout, "5000");
        db.close().await
    }

    #[tokio::test]
    async fn what_is_said_holds_on_every_connection() -> Result<()> {
        let directory = directory();
        let db = Database::builder(directory.path().join("app.db"))?
            .readers(1)
            .busy_timeout(Duration::from_millis(1234))
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
        for ex in [&*db, &*db.connect().await?] {
            assert_eq!(sql!("select timeout from pragma_busy_timeout").scalar::<i64>(ex).await?, 1234);
        }
        db.close().await
    }

    #[tokio::test]
    async fn durability_is_the_synchronous_of_each_connection() -> Result<()> {
        let directory = directory();
        for (durability, value) in [(Durability::Full, "2"), (Durability::Normal, "1"), (Durability::Off, "0")] {
            let db = Database::builder(directory.path().join("app.db"))?.durability(durability).open().await?;
            assert_eq!(on_each(&db, "synchronous").await?, [value; 3]);
            db.close().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_pragma_of_the_users_has_the_last_word() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        let db =
            Database::builder(&path)?.pragma("journal_mode", "delete").pragma("foreign_keys", false).open().await?;
        assert_eq!(on_each(&db, "journal_mode").await?, ["delete"; 3]);
        assert_eq!(on_each(&db, "foreign_keys").await?, ["0"; 3]);
        db.close().await
    }

    #[tokio::test]
    async fn what_is_no_pragma_is_refused() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        for (name, value) in [("cache_size", "1; drop table t"), ("x y", "1"), ("x;", "1"), ("a", "\0")] {
            refused(Database::builder(&path)?.pragma(name, value).open(), ErrorKind::Usage, &["is no pragma"]).await;
        }
        let error = Database::builder(&path)?.pragma("journal_mode", "(").open().await.unwrap_err();
        assert!(error.to_string().starts_with("PRAGMA journal_mode: "), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn a_cache_of_no_statements_works_too() -> Result<()> {
        let db = Database::builder(":memory:")?.statement_cache(0).open().await?;
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
}

mod hooks {
    use super::*;

    #[tokio::test]
    async fn a_hook_runs_once_on_every_connection_after_the_pragmas() -> Result<()> {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let db = Database::builder(":memory:")?
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
            Database::builder(&path)?.on_connect(fails).open(),
            ErrorKind::Sql,
            &["on-connect hook", "nowhere"],
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
        refused(Database::builder(&path)?.on_connect(panics).open(), ErrorKind::Panic, &["on-connect hook"]).await;
        made(&path).await
    }

    #[tokio::test]
    async fn a_hook_that_fails_on_one_connection_fails_that_one() -> Result<()> {
        for panics in [false, true] {
            let calls = AtomicUsize::new(0);
            let db = Database::builder(":memory:")?
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
        let db = Database::builder(":memory:")?
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
}

mod limits {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_nothing_else() -> Result<()> {
        let directory = directory();
        let db = Database::builder(directory.path().join("app.db"))?.pragma("max_page_count", 20).open().await?;
        db.create(Note).await?;
        Note::insert(note("small")).execute(&db).await?;
        let conn = db.connect().await?;
        for ex in [&*db, &*conn] {
            let error = Note::insert(note("s3cret".repeat(1 << 15))).execute(ex).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Full, "{error}");
            assert!(error.to_string().contains("full") && error.sql().is_some(), "{error}");
            assert!(!format!("{error:?}").contains("s3cret"));
            let many = (0..50).map(|_| note("x".repeat(4_000)));
            assert_eq!(*Note::insert_all(many).execute(ex).await.unwrap_err().kind(), ErrorKind::Full);
            assert_eq!(Note::select().columns(Note::TEXT).one(ex).await?, "small");
            Note::insert(note("small")).execute(ex).await?;
        }
        assert_eq!(Note::select().columns(Note::TEXT).all(&db).await?, ["small"; 3]);
        conn.close().await?;
        db.close().await
    }

    #[tokio::test]
    async fn a_transaction_that_fills_the_disk_is_over() -> Result<()> {
        let directory = directory();
        let db = Database::builder(directory.path().join("app.db"))?.pragma("max_page_count", 20).open().await?;
        db.create(Note).await?;
        let tx = db.begin().await?;
        Note::insert(note("first")).execute(&tx).await?;
        let error = Note::insert(note("x".repeat(1 << 18))).execute(&tx).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Full, "{error}");
        // SQLite has rolled it back by itself; nothing may run on its own behind that.
        for error in [Note::insert(note("second")).execute(&tx).await.unwrap_err(), tx.commit().await.unwrap_err()] {
            assert_eq!(*error.kind(), ErrorKind::RolledBack, "{error}");
            let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).unwrap();
            assert_eq!(*cause.kind(), ErrorKind::Full);
        }
        assert_eq!(Note::select().count(&db).await?, 0);
        Note::insert(note("small")).execute(&db).await?;
        db.close().await
    }

    #[tokio::test]
    async fn a_lock_that_another_holds_for_too_long_is_busy() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        let db = Database::builder(&path)?.busy_timeout(Duration::from_millis(20)).open().await?;
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("begin immediate").unwrap();
        let conn = db.connect().await?;
        for ex in [&*db, &*conn] {
            for error in [
                Note::insert(note("x")).execute(ex).await.unwrap_err(),
                Note::insert_all([note("x"), note("y")]).execute(ex).await.unwrap_err(),
                ex.begin().await.unwrap_err(),
            ] {
                assert_eq!(*error.kind(), ErrorKind::Busy, "{error}");
                assert!(error.is_transient() && error.to_string().contains("busy timeout"), "{error}");
            }
            assert_eq!(Note::select().count(ex).await?, 100, "readers are not in the way");
        }
        other.execute_batch("rollback").unwrap();
        for ex in [&*db, &*conn] {
            Note::insert(note("x")).execute(ex).await?;
        }
        assert_eq!(Note::select().count(&db).await?, 102);
        conn.close().await?;
        db.close().await
    }

    #[tokio::test]
    async fn a_lock_that_is_given_back_in_time_is_waited_for() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        let db = Database::open(&path).await?;
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("begin immediate").unwrap();
        let write = tokio::spawn(Note::insert(note("x")).execute(&db));
        // The write is on its way to the lock, or there: either way it has to wait for this.
        tokio::task::yield_now().await;
        other.execute_batch("insert into notes (text) values ('theirs'); commit").unwrap();
        write.await.unwrap()?;
        assert_eq!(Note::select().count(&db).await?, 102);
        db.close().await
    }

    #[tokio::test]
    async fn a_deferred_transaction_that_writes_too_late_is_a_conflict() -> Result<()> {
        let directory = directory();
        let path = directory.path().join("app.db");
        made(&path).await?;
        let db = Database::open(&path).await?;
        let tx = db.begin_with(TransactionMode::Deferred).await?;
        assert_eq!(Note::select().count(&tx).await?, 100);
        Note::insert(note("between")).execute(&db).await?;
        let error = Note::insert(note("late")).execute(&tx).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.is_transient());
        tx.rollback().await?;
        db.close().await
    }
}

mod memory {
    use super::*;

    /// Waits until the directory is gone; a database that is dropped is closed by its own thread.
    async fn gone(directory: &Path) {
        while directory.exists() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn each_database_in_memory_is_its_own() -> Result<()> {
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
    async fn its_directory_is_gone_when_it_is_closed() -> Result<()> {
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
    async fn its_directory_is_gone_after_it_is_dropped() -> Result<()> {
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
    async fn its_directory_is_gone_when_opening_fails() -> Result<()> {
        let place = Arc::new(std::sync::Mutex::new(PathBuf::new()));
        let seen = Arc::clone(&place);
        let fails = move |raw: &mut rusqlite::Connection| {
            *seen.lock().unwrap() = PathBuf::from(raw.path().unwrap());
            Err(rusqlite::Error::InvalidQuery)
        };
        Database::builder(":memory:")?.on_connect(fails).open().await.unwrap_err();
        let directory = place.lock().unwrap().parent().unwrap().to_owned();
        assert!(directory.to_str().unwrap().contains("aio-sql"), "{directory:?}");
        gone(&directory).await;
        Ok(())
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_look_into_it() -> Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let db = Database::memory().await?;
        let mode = fs::metadata(db.path().parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        db.close().await
    }
}
