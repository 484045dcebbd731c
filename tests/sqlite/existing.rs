//! Databases of other programs: values in their formats are read, compared, sorted and written.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aio_sql::{Database, ErrorKind, Result, Table, rusqlite};

mod forms;
mod libraries;
mod shape;
mod undeclared;

/// 2026-01-05 10:00:00 UTC.
const MORNING: u64 = 1_767_607_200;

/// Returns the time `nanoseconds` after the morning.
fn morning(nanoseconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(MORNING) + Duration::from_nanos(nanoseconds)
}

/// A database file as another program makes it.
struct Foreign {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Foreign {
    /// Creates a file by a script that plain SQLite runs.
    fn made_by(script: &str) -> Foreign {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(script).unwrap();
        Foreign { _folder: folder, path }
    }

    async fn open(&self) -> Result<Database> {
        Database::open(&self.path).await
    }

    /// Returns the rows of a query as plain SQLite reads them, each value as an SQL literal.
    fn stored(&self, query: &str) -> Vec<String> {
        stored_in(&self.path, query)
    }
}

/// Returns the rows of a query, each value as an SQL literal.
fn stored_in(path: &Path, query: &str) -> Vec<String> {
    let raw = rusqlite::Connection::open(path).unwrap();
    let mut statement = raw.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let values: Vec<String> = (0..columns)
            .map(|place| {
                let value: rusqlite::types::Value = row.get(place)?;
                raw.query_row("select quote(?)", [value], |row| row.get(0))
            })
            .collect::<rusqlite::Result<_>>()?;
        Ok(values.join(" "))
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}
