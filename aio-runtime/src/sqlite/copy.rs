//! A copy of a database, by SQLite's backup (<https://sqlite.org/backup.html>).

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::error::typed;
use super::options::uri_of;
use crate::error::{Error, ErrorKind, Result};

/// How far a backup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupProgress {
    /// Pages that have been copied.
    pub copied: u32,
    /// Pages that there are.
    pub total: u32,
}

/// How many pages are copied at a time.
const PAGES: i32 = 256;

/// Copies the database as it is now into a new file, as long as it is wanted.
pub(super) fn copy_to(raw: &mut Connection, to: &Path, mut goes_on: impl FnMut(BackupProgress) -> bool) -> Result<()> {
    // SQLite begins a backup anew when another connection writes, unless a transaction holds what
    // is copied as it is.
    raw.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1").map_err(typed)?;
    let copied = copy(raw, to, &mut goes_on).and_then(|()| compare(raw, to));
    let ended = raw.execute_batch("ROLLBACK").map_err(typed);
    copied.and(ended)
}

fn copy(raw: &Connection, to: &Path, goes_on: &mut impl FnMut(BackupProgress) -> bool) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(typed)?;
    // Nobody sees the copy before it is whole: it needs no journal, and is written to the disk at
    // its end.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL").map_err(typed)?;
    let backup = Backup::new(raw, &mut target).map_err(typed)?;
    loop {
        let step = backup.step(PAGES).map_err(typed)?;
        let progress = backup.progress();
        let count = |pages: i32| u32::try_from(pages).unwrap_or_default();
        let (total, left) = (count(progress.pagecount), count(progress.remaining));
        let wanted = goes_on(BackupProgress { copied: total.saturating_sub(left), total });
        match step {
            // Also after the last pages: to write them to the disk may have taken long.
            _ if !wanted => return Err(Error::new(ErrorKind::Interrupted, "the backup was stopped")),
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
}

/// Looks whether what lies at the path is the copy: a file of as many pages as there are, with the
/// same schema in it.
fn compare(raw: &Connection, to: &Path) -> Result<()> {
    let other = |what: String| {
        let message = format!("what lies at `{}` is not the copy that was written there: {what}", to.display());
        Error::new(ErrorKind::Io, message)
    };
    let length = std::fs::metadata(to).map_err(|error| other(error.to_string()).with_source(error))?.len();
    let number = |pragma| raw.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(typed);
    // A database without any page becomes one of a single page.
    let expected = number("page_count")?.max(1) * number("page_size")?;
    if i64::try_from(length) != Ok(expected) {
        return Err(other(format!("it has {length} bytes instead of {expected}")));
    }
    let objects =
        |raw: &Connection| raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // To read it as the original is read, a log would have to be made beside it.
    let copy = Connection::open_with_flags(uri_of(to, &[("immutable", "1")]), flags);
    let found = copy.and_then(|copy| objects(&copy)).map_err(|error| other(error.to_string()).with_source(error))?;
    if found == objects(raw).map_err(typed)? { Ok(()) } else { Err(other("it has another schema".to_owned())) }
}
