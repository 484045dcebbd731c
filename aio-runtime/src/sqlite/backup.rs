//! Writes the file of a backup, under a temporary name beside its final path. The file gets its
//! final name when it is complete.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Raw;
use super::copy::{BackupProgress, copy_to};
use super::options::with_ending;
use crate::error::{Error, ErrorKind, Result};

/// A backup file being written. Dropping it removes the temporary file.
pub(crate) struct BackupFile {
    /// The path of the temporary file.
    partial: PathBuf,
    to: PathBuf,
    original: PathBuf,
}

impl BackupFile {
    /// Creates an empty temporary file beside `to`, which on Unix only its owner can read.
    /// `original` is the database file, whose permissions the backup gets.
    ///
    /// # Errors
    /// Fails if something exists at `to`, if SQLite would take a file there for a log or journal,
    /// or if no file can be created in the folder.
    pub(crate) fn begin(to: &Path, original: &Path) -> Result<BackupFile> {
        if to.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(Error::usage("a path cannot contain a NUL character"));
        }
        // An absolute path never begins with `file:`, which SQLite would take for the beginning of
        // a URI.
        let to = std::path::absolute(to).map_err(|error| creation_error(to, error))?;
        let original = original.to_owned();
        check_path(&to)?;
        // A unique name: two backups to the same path do not collide, and no other file is
        // touched.
        for number in 0..u32::MAX {
            let partial = with_ending(&to, &format!(".{}-{number}.part", std::process::id()));
            match private_file(&partial) {
                Ok(_) => return Ok(BackupFile { partial, to, original }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(creation_error(&to, error)),
            }
        }
        Err(Error::usage(format!("too many partial backups lie beside `{}`", to.display())))
    }

    /// Copies the database and gives the copy its final name. Calls `should_continue` after each
    /// step of the copy, and fails when it returns false.
    pub(crate) fn write(self, raw: &mut Raw, should_continue: impl FnMut(BackupProgress) -> bool) -> Result<()> {
        copy_to(raw, &self.partial, should_continue)?;
        self.finish()
    }

    /// Gives the copy the permissions of the original and its final name. Fails if something has
    /// appeared at the final path in the meantime.
    fn finish(self) -> Result<()> {
        check_path(&self.to)?;
        let permissions_set = copy_permissions(&self.original, &self.partial);
        permissions_set.map_err(|error| {
            let message =
                format!("the backup `{}` cannot be given the mode of the original: {error}", self.to.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        let named = match fs::hard_link(&self.partial, &self.to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(&self.partial, &self.to),
            linked => linked,
        };
        named.and_then(|()| sync_folder(&self.to)).map_err(|error| {
            let message = format!("the backup cannot be named `{}`: {error}", self.to.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })
    }
}

fn creation_error(to: &Path, error: io::Error) -> Error {
    let message = format!("the backup `{}` cannot be created: {error}", to.display());
    Error::new(ErrorKind::CannotOpen, message).with_source(error)
}

/// Creates a new file. On Unix only its owner can read it, because the original may be private.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Gives the copy the permissions of the original, and flushes the copy to the disk.
#[cfg(unix)]
fn copy_permissions(original: &Path, copy: &Path) -> io::Result<()> {
    fs::set_permissions(copy, fs::metadata(original)?.permissions())?;
    fs::File::open(copy)?.sync_all()
}

#[cfg(not(unix))]
fn copy_permissions(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Fails if something exists at the path or where SQLite would look for the log or journal of a
/// database there. Fails also if the path is that of the log or journal of another database.
fn check_path(to: &Path) -> Result<()> {
    for ending in ["-wal", "-journal", "-shm"] {
        if let Some(database) = without_ending(to, ending).filter(|database| database.is_file()) {
            let (to, database) = (to.display(), database.display());
            return Err(Error::usage(format!(
                "`{to}` is the name of a file that SQLite keeps beside `{database}` and may delete: use another name"
            )));
        }
    }
    // SQLite would take a log or journal that another database has left behind for that of the
    // copy.
    for ending in ["", "-wal", "-journal"] {
        let path = with_ending(to, ending);
        // `symlink_metadata` does not follow a symbolic link, so a link to a missing file counts
        // as existing.
        if path.symlink_metadata().is_ok() {
            let path = path.display();
            return Err(Error::usage(format!(
                "`{path}` already exists, and a backup replaces no file: use another name"
            )));
        }
    }
    Ok(())
}

/// Returns the path without `ending`, or `None` if the path does not end with `ending`.
#[cfg(unix)]
fn without_ending(path: &Path, ending: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;

    let path = path.as_os_str().as_bytes().strip_suffix(ending.as_bytes())?;
    Some(std::ffi::OsStr::from_bytes(path).into())
}

#[cfg(not(unix))]
fn without_ending(path: &Path, ending: &str) -> Option<PathBuf> {
    path.to_str()?.strip_suffix(ending).map(PathBuf::from)
}

impl Drop for BackupFile {
    fn drop(&mut self) {
        // After success the backup has its final name, and this removes the temporary name if it
        // still exists. After a failure, an incomplete file that cannot be removed keeps its
        // temporary name, so that nobody mistakes it for the backup.
        for ending in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(with_ending(&self.partial, ending));
        }
    }
}

/// Flushes the folder of the file to the disk, so that the file's new name survives a power loss
/// (<https://man7.org/linux/man-pages/man2/fsync.2.html>).
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
