//! A copy of the database while it is in use.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::database::Database;
use crate::engine::Access;
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Copied, copy_to, with_ending};

/// How far a backup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupProgress {
    /// Pages that have been copied.
    pub copied: u32,
    /// Pages that there are.
    pub total: u32,
}

impl Database {
    /// Copies the database to a new file while it is in use, as it is now.
    ///
    /// The copy is made by a connection of its own, a few pages at a time, and keeps nobody from
    /// writing; what is written meanwhile is not in it. The file appears at its path when it is
    /// whole, looked at and safe on the disk, and not before; who may read and write it is as for
    /// the original. The path is a path, never a URL.
    ///
    /// ```
    /// # use aio_runtime::{Database, Result};
    /// # async fn run(db: Database) -> Result<()> {
    /// db.backup("monday.db", |progress| println!("{} of {} pages", progress.copied, progress.total)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::ErrorKind::Usage) where something lies at the path already, for
    /// a backup replaces nothing; [`ErrorKind::Io`](crate::ErrorKind::Io),
    /// [`ErrorKind::Full`](crate::ErrorKind::Full) and
    /// [`ErrorKind::CannotOpen`](crate::ErrorKind::CannotOpen) where the copy cannot be written.
    /// Nothing is left of it then.
    ///
    /// # Cancellation
    /// The copy is stopped and removed.
    pub async fn backup(
        &self,
        to: impl AsRef<Path>,
        mut progress: impl FnMut(BackupProgress) + Send + 'static,
    ) -> Result<()> {
        let copy = Copy::begin(to.as_ref(), self.path())?;
        let stopped = Arc::new(AtomicBool::new(false));
        let on_drop = StopOnDrop(Arc::clone(&stopped));
        let conn = self.connect().await?;
        // A deadline that statements have by default is not one for a copy.
        let result = conn
            .call(Access::Read, Some(Duration::MAX), move |raw| {
                let goes_on = |Copied { copied, total }| {
                    progress(BackupProgress { copied, total });
                    !stopped.load(Ordering::Relaxed)
                };
                copy_to(raw, &copy.part, goes_on)?;
                copy.finish()
            })
            .await;
        drop(on_drop);
        conn.close().await?;
        result?
    }
}

/// Tells the thread that the future of the backup was dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A copy that is being made; removed unless it is finished.
struct Copy {
    /// Where it is made.
    part: PathBuf,
    to: PathBuf,
    original: PathBuf,
}

impl Copy {
    fn begin(to: &Path, original: &Path) -> Result<Copy> {
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

/// A log that was left of another database would be taken for the copy's own.
fn refuse_existing(to: &Path) -> Result<()> {
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
