//! Opening a database: paths and URLs, the settings of a connection, and the errors of files that
//! cannot be opened.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

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

/// Creates a file with a table and some rows, and closes it.
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

#[path = "opening/at_once.rs"]
mod at_once;
#[path = "opening/files_that_cannot_be_opened.rs"]
mod files_that_cannot_be_opened;
#[path = "opening/hooks.rs"]
mod hooks;
#[path = "opening/limits.rs"]
mod limits;
#[path = "opening/memory.rs"]
mod memory;
#[path = "opening/paths.rs"]
mod paths;
#[path = "opening/pragmas.rs"]
mod pragmas;
#[path = "opening/read_only.rs"]
mod read_only;
