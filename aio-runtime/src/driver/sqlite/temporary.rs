//! The directory of a database in memory.
//!
//! A file beside it is locked for as long as the process lives. A process that ends without closing its database leaves
//! both behind; the next one that makes such a directory finds the lock free and removes them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io, process};

use crate::error::{Error, ErrorKind, Result};

/// A directory that is removed when the database is closed.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    path: PathBuf,
    /// The locked file beside the directory.
    _lock: File,
}

impl TemporaryDirectory {
    /// Makes one in the system's memory file system, or where that is missing in its temporary directory.
    pub(super) fn create() -> Result<TemporaryDirectory> {
        let mut tried = None;
        for parent in [PathBuf::from("/dev/shm"), env::temp_dir()] {
            match create_in(&parent) {
                Ok(directory) => return Ok(directory),
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
        let _ = fs::remove_file(lock_path(&self.path));
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        self.remove();
    }
}

const PREFIX: &str = "aio-sql-";

fn lock_path(directory: &Path) -> PathBuf {
    directory.with_extension("lock")
}

/// Removes what processes have left behind that are gone.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = path.extension().is_some_and(|extension| extension == "lock")
            && entry.file_name().to_string_lossy().starts_with(PREFIX);
        // What belongs to another user cannot be opened. What cannot be removed stays for the next sweep.
        if ours
            && let Ok(lock) = File::options().write(true).open(&path)
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}

fn create_in(parent: &Path) -> io::Result<TemporaryDirectory> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if !parent.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    sweep(parent);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", process::id()));
        let lock = match File::create_new(lock_path(&path)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        // A sweep of another process may have come between: the next number is as good.
        if lock.try_lock().is_err() {
            continue;
        }
        match private_directory(&path) {
            // Left behind by another process of the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(TemporaryDirectory { path, _lock: lock }),
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
