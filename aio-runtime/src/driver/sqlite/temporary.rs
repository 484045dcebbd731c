//! The directory of a database in memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io, process};

use crate::error::{Error, ErrorKind, Result};

/// A directory that is removed when the database is closed.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    path: PathBuf,
}

impl TemporaryDirectory {
    /// Makes one in the system's memory file system, or where that is missing in its temporary directory.
    pub(super) fn create() -> Result<TemporaryDirectory> {
        let mut tried = None;
        for parent in [PathBuf::from("/dev/shm"), env::temp_dir()] {
            match create_in(&parent) {
                Ok(path) => return Ok(TemporaryDirectory { path }),
                Err(error) => tried = Some((parent, error)),
            }
        }
        let (parent, error) = tried.unwrap_or_else(|| (PathBuf::new(), io::ErrorKind::NotFound.into()));
        let message = format!("no directory for a database in memory can be made in `{}`", parent.display());
        Err(Error::new(ErrorKind::CannotOpen, message).with_source(error))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the directory and what is in it.
    pub(super) fn remove(&self) {
        // Gone is what is wanted; a directory that cannot be removed is the operating system's to clean.
        let _ = fs::remove_dir_all(&self.path);
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        self.remove();
    }
}

fn create_in(parent: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if !parent.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("aio-sql-{}-{number}", process::id()));
        match private_directory(&path) {
            // Left behind by another process of the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(path),
        }
    }
}

#[cfg(unix)]
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
