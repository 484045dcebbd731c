//! Deleting the files of SQLite.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{AtPath, Error, Result};

/// Fails if a file is not a SQLite database. An empty file counts as one.
pub(super) fn check_is_database(path: &Path) -> Result<()> {
    let mut header = Vec::new();
    let file = fs::File::open(path).at_path("open", path)?;
    file.take(16).read_to_end(&mut header).at_path("read", path)?;
    if header.is_empty() || header == b"SQLite format 3\0" {
        return Ok(());
    }
    Err(Error::new(format!("{} is not a SQLite database, and is not deleted", path.display())))
}

/// Deletes the files of a database.
pub(super) fn delete(path: &Path) -> Result<()> {
    for file in files(path) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed.at_path("delete", &file)?,
        }
    }
    Ok(())
}

/// Returns the files of a database in the order in which they are to be deleted. The main file is
/// the last one: if it were deleted before its log, a new database at the same path could read
/// that log.
fn files(path: &Path) -> [PathBuf; 4] {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    [beside("-wal"), beside("-shm"), beside("-journal"), path.to_owned()]
}
