//! A copy of a database, by SQLite's backup (<https://sqlite.org/backup.html>).

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::error::typed;
use crate::error::{Error, ErrorKind, Result};

/// How many pages are copied at a time.
const PAGES: i32 = 256;

/// How many pages have been copied, and how many there are.
pub(crate) struct Copied {
    pub(crate) copied: u32,
    pub(crate) total: u32,
}

/// Copies the database as it is now into a new file, as long as it is wanted.
pub(crate) fn copy_to(raw: &mut Connection, to: &Path, mut goes_on: impl FnMut(Copied) -> bool) -> Result<()> {
    // SQLite begins a backup anew when another connection writes, unless a transaction holds what is copied as it is.
    raw.execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1").map_err(typed)?;
    let copied = copy(raw, to, &mut goes_on);
    let ended = raw.execute_batch("ROLLBACK").map_err(typed);
    copied.and(ended)
}

fn copy(raw: &Connection, to: &Path, goes_on: &mut impl FnMut(Copied) -> bool) -> Result<()> {
    let mut target = Connection::open(to).map_err(typed)?;
    // Nobody sees the copy before it is whole: it needs no journal, and is written to the disk at its end.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = FULL").map_err(typed)?;
    let backup = Backup::new(raw, &mut target).map_err(typed)?;
    loop {
        let step = backup.step(PAGES).map_err(typed)?;
        let progress = backup.progress();
        let count = |pages: i32| u32::try_from(pages).unwrap_or_default();
        let (total, left) = (count(progress.pagecount), count(progress.remaining));
        let wanted = goes_on(Copied { copied: total.saturating_sub(left), total });
        match step {
            StepResult::Done => return Ok(()),
            _ if !wanted => return Err(Error::new(ErrorKind::Interrupted, "the backup was stopped")),
            StepResult::More => {}
            _ => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    }
}
