//! The file of a backup: made beside its path under another name, and named when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Raw;
use super::copy::{BackupProgress, copy_to};
use super::options::with_ending;
use crate::error::{Error, ErrorKind, Result};

/// A copy that is being made; removed unless it is finished.
pub(crate) struct Copy {
    /// Where it is made.
    part: PathBuf,
    to: PathBuf,
    original: PathBuf,
}

impl Copy {
    /// Makes an empty file for the copy that only its owner may read.
    ///
    /// # Errors
    /// Where something lies at the path already, or nothing can be made beside it.
    pub(crate) fn begin(to: &Path, original: &Path) -> Result<Copy> {
        if to.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(Error::usage("a path cannot contain a NUL character"));
        }
        // SQLite takes a path for a URL that begins as one, which an absolute path does not.
        let to = std::path::absolute(to).map_err(|error| cannot_be_made(to, error))?;
        let original = original.to_owned();
        refuse_existing(&to)?;
        // A name of its own: two backups to one path do not meet, and nobody else's file is
        // touched.
        for number in 0..u32::MAX {
            let part = with_ending(&to, &format!(".{}-{number}.part", std::process::id()));
            match private_file(&part) {
                Ok(_) => return Ok(Copy { part, to, original }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_be_made(&to, error)),
            }
        }
        Err(Error::usage(format!("there are too many parts of backups beside `{}`", to.display())))
    }

    /// Copies the database, for as long as `goes_on` returns true, and gives the copy its name.
    pub(crate) fn make(self, raw: &mut Raw, goes_on: impl FnMut(BackupProgress) -> bool) -> Result<()> {
        copy_to(raw, &self.part, goes_on)?;
        self.finish()
    }

    /// Gives the copy its name, for good. What has come to lie there meanwhile is not replaced.
    fn finish(self) -> Result<()> {
        refuse_existing(&self.to)?;
        let allowed = allow_as(&self.original, &self.part);
        allowed.map_err(|error| {
            let message =
                format!("the backup `{}` cannot be given the mode of the original: {error}", self.to.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })?;
        let named = match fs::hard_link(&self.part, &self.to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(&self.part, &self.to),
            linked => linked,
        };
        named.and_then(|()| sync_folder_of(&self.to)).map_err(|error| {
            let message = format!("the backup cannot be named `{}`: {error}", self.to.display());
            Error::new(ErrorKind::Io, message).with_source(error)
        })
    }
}

fn cannot_be_made(to: &Path, error: io::Error) -> Error {
    let message = format!("the backup `{}` cannot be made: {error}", to.display());
    Error::new(ErrorKind::CannotOpen, message).with_source(error)
}

/// Makes a file that nobody else may read, for it may hold what nobody else may read in the
/// original.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Lets those read and write the copy who may do so with the original.
#[cfg(unix)]
fn allow_as(original: &Path, copy: &Path) -> io::Result<()> {
    fs::set_permissions(copy, fs::metadata(original)?.permissions())?;
    fs::File::open(copy)?.sync_all()
}

#[cfg(not(unix))]
fn allow_as(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Refuses a path at which something lies, and one that SQLite takes for a file of another
/// database.
fn refuse_existing(to: &Path) -> Result<()> {
    for ending in ["-wal", "-journal", "-shm"] {
        if let Some(database) = without_ending(to, ending).filter(|database| database.is_file()) {
            let (to, database) = (to.display(), database.display());
            return Err(Error::usage(format!(
                "`{to}` is the name of a file that SQLite keeps beside `{database}`, and may remove: name another file"
            )));
        }
    }
    // A log that was left of another database would be taken for the copy's own.
    for ending in ["", "-wal", "-journal"] {
        let path = with_ending(to, ending);
        // A symbolic link that leads nowhere is something too.
        if path.symlink_metadata().is_ok() {
            let path = path.display();
            return Err(Error::usage(format!(
                "`{path}` exists already, and a backup replaces nothing: name a new file"
            )));
        }
    }
    Ok(())
}

/// Returns the path without the end of its name, if its name ends so.
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

impl Drop for Copy {
    fn drop(&mut self) {
        // After it was finished there is none; what cannot be removed stays, and is no database
        // anybody has asked for.
        for ending in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(with_ending(&self.part, ending));
        }
    }
}

/// Makes a new name last (<https://man7.org/linux/man-pages/man2/fsync.2.html>).
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}
