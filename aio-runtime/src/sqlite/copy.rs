//! Copies a database with SQLite's backup API (<https://sqlite.org/backup.html>).

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::error::typed;
use super::options::uri_of;
use crate::error::{Error, ErrorKind, Result};

/// The progress of a backup.
///
/// ```
/// # use aio_runtime::{BackupProgress, Database, Result};
/// # async fn run(db: Database) -> Result<()> {
/// let print = |progress: BackupProgress| println!("{} of {}", progress.copied, progress.total);
/// db.backup("monday.db", print).await?;
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupProgress {
    /// The number of copied pages.
    pub copied: u32,
    /// The total number of pages.
    pub total: u32,
}

/// The number of pages that are copied in one step.
const PAGES: i32 = 256;

/// Copies the current state of the database into the empty file at `to`. Calls `should_continue`
/// after each step, and fails when it returns false.
pub(super) fn copy_to(
    raw: &mut Connection,
    to: &Path,
    mut should_continue: impl FnMut(BackupProgress) -> bool,
) -> Result<()> {
    // Without a transaction that holds a snapshot, SQLite restarts the backup whenever another
    // connection writes.
    raw.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1").map_err(typed)?;
    let copied = copy(raw, to, &mut should_continue).and_then(|()| check_copy(raw, to));
    let ended = raw.execute_batch("ROLLBACK").map_err(typed);
    copied.and(ended)
}

fn copy(raw: &Connection, to: &Path, should_continue: &mut impl FnMut(BackupProgress) -> bool) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut target = Connection::open_with_flags(to, flags).map_err(typed)?;
    // The copy is not used before it is complete, so it needs no journal. It is flushed to the
    // disk at the end.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL").map_err(typed)?;
    let backup = Backup::new(raw, &mut target).map_err(typed)?;
    loop {
        let step = backup.step(PAGES).map_err(typed)?;
        let progress = backup.progress();
        let count = |pages: i32| u32::try_from(pages).unwrap_or_default();
        let (total, left) = (count(progress.pagecount), count(progress.remaining));
        let continues = should_continue(BackupProgress { copied: total.saturating_sub(left), total });
        match step {
            // The backup can also be stopped after the last step, because flushing the copy to the
            // disk may have taken long.
            _ if !continues => return Err(Error::new(ErrorKind::Interrupted, "the backup was stopped")),
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
}

/// Checks that the file at the path is the copy: it has the expected size and the same number of
/// schema entries.
fn check_copy(raw: &Connection, to: &Path) -> Result<()> {
    let other = |what: String| {
        let message = format!("the file at `{}` is not the copy that was written there: {what}", to.display());
        Error::new(ErrorKind::Io, message)
    };
    let length = std::fs::metadata(to).map_err(|error| other(error.to_string()).with_source(error))?.len();
    let number = |pragma| raw.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(typed);
    // SQLite writes a database without pages as a database of one page.
    let expected = number("page_count")?.max(1) * number("page_size")?;
    if i64::try_from(length) != Ok(expected) {
        return Err(other(format!("it has {length} bytes instead of {expected}")));
    }
    let objects =
        |raw: &Connection| raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // Opening the file as immutable avoids creating a write-ahead log beside it.
    let copy = Connection::open_with_flags(uri_of(to, &[("immutable", "1")]), flags);
    let found = copy.and_then(|copy| objects(&copy)).map_err(|error| other(error.to_string()).with_source(error))?;
    if found == objects(raw).map_err(typed)? { Ok(()) } else { Err(other("it has a different schema".to_owned())) }
}
