//! Whether the file is still the one that was opened.
//!
//! SQLite goes on with a file that was deleted or replaced, and what it writes there is lost
//! (<https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use>).

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How long what was seen is believed.
const BELIEVED: Duration = Duration::from_millis(500);

/// A file as it was when it was opened.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    path: PathBuf,
    /// Device and number; `None` where the system has none, or the path is no file.
    number: Option<(u64, u64)>,
    looked: Instant,
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

impl Identity {
    pub(super) fn of(path: &Path) -> Identity {
        let number = std::fs::metadata(path).ok().and_then(|metadata| number(&metadata));
        Identity { path: path.to_owned(), number, looked: Instant::now() }
    }

    /// Looks, unless it was done a moment ago; fails where another file, or none, lies at the path.
    pub(super) fn look(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.number.is_some() && now.duration_since(self.looked) >= BELIEVED {
            self.is_there()?;
            self.looked = now;
        }
        Ok(())
    }

    /// Fails where another file, or none, lies at the path.
    pub(super) fn is_there(&self) -> Result<()> {
        let Some(opened) = self.number else { return Ok(()) };
        let what = match std::fs::metadata(&self.path) {
            Ok(metadata) if number(&metadata) == Some(opened) => return Ok(()),
            Ok(_) => "was replaced by another file",
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "was deleted or moved away",
            // Whether it is still there cannot be seen; SQLite says what it can do with it.
            Err(_) => return Ok(()),
        };
        let message = format!(
            "the database file `{}` {what} while it was open: what is written now would be lost; put it back, or close the \
             database and open it again",
            self.path.display()
        );
        Err(Error::new(ErrorKind::Moved, message))
    }
}
