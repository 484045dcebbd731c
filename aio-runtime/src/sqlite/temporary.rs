//! The directory of an in-memory database.
//!
//! A lock file beside it is locked as long as the process lives. If a process ends without closing
//! its database, the directory and the lock file stay behind. The next process that creates such a
//! directory finds the lock free and removes both.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{fs, io, process};

use super::memory_folder;

use crate::error::{Error, ErrorKind, Result};

/// A directory that is removed when the database is closed.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    path: PathBuf,
    /// The locked file beside the directory.
    _lock: File,
    /// Whether the directory has been removed. Its name may belong to another process by now.
    removed: AtomicBool,
}

impl TemporaryDirectory {
    /// Creates a directory in the preferred folder, or in the other one if that fails.
    pub(super) fn create() -> Result<TemporaryDirectory> {
        let mut tried = None;
        for parent in memory_folder::folders() {
            match create_in(&parent) {
                Ok(directory) => return Ok(directory),
                Err(error) => tried = Some((parent, error)),
            }
        }
        let (parent, error) = tried.unwrap_or_else(|| (PathBuf::new(), io::ErrorKind::NotFound.into()));
        let message = format!("no directory for an in-memory database can be created in `{}`", parent.display());
        Err(Error::new(ErrorKind::CannotOpen, message).with_source(error))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the directory and its files. Files that are still open continue to exist without a
    /// name.
    pub(super) fn remove(&self) {
        if self.removed.swap(true, Ordering::AcqRel) {
            return;
        }
        match fs::remove_dir_all(&self.path) {
            // The lock file goes last: while it exists, nobody else takes the name.
            Ok(()) => drop(fs::remove_file(lock_path(&self.path))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(fs::remove_file(lock_path(&self.path))),
            // A connection that is just being opened may have created a file in the directory.
            // `drop` tries again to remove it.
            Err(_) => self.removed.store(false, Ordering::Release),
        }
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

/// Removes the directories that dead processes of the same user have left. `own` is the lock file
/// of this process.
fn sweep(parent: &Path, own: &File) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_lock = path.extension().is_some_and(|extension| extension == "lock")
            && entry.file_name().to_string_lossy().starts_with(PREFIX);
        // A directory that cannot be removed stays until the next sweep.
        if is_lock
            && let Ok(lock) = open_lock(&path, own)
            && lock.try_lock().is_ok()
        {
            let _ = fs::remove_dir_all(path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}

/// Opens a lock file of the same user. Anybody may create files in this folder: opening a pipe
/// would block, a link may lead elsewhere, and files of other users are not ours to remove.
#[cfg(unix)]
fn open_lock(path: &Path, own: &File) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    let lock = File::options().write(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path)?;
    let metadata = lock.metadata()?;
    if metadata.is_file() && metadata.uid() == own.metadata()?.uid() {
        Ok(lock)
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(not(unix))]
fn open_lock(path: &Path, _: &File) -> io::Result<File> {
    File::options().write(true).open(path)
}

fn create_in(parent: &Path) -> io::Result<TemporaryDirectory> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    if !parent.is_dir() {
        return Err(io::ErrorKind::NotFound.into());
    }
    // `TMPDIR` may be a relative path, and the working directory may change.
    let parent = std::path::absolute(parent)?;
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("{PREFIX}{}-{number}", process::id()));
        let lock = match File::create_new(lock_path(&path)) {
            Ok(lock) => lock,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        // Another process is removing this file right now. Use the next number.
        if lock.try_lock().is_err() {
            continue;
        }
        match private_directory(&path) {
            // An earlier process with the same id has left the directory behind.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {
                sweep(&parent, &lock);
                return Ok(TemporaryDirectory { path, _lock: lock, removed: AtomicBool::new(false) });
            }
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
