//! A file system without any more space.

use std::sync::Arc;

use rusqlite::ffi;

use super::memory_folder;
use super::options::Options;
use crate::error::{Error, ErrorKind};

/// What is said where there is no more space for the files of a database.
#[derive(Clone, Debug)]
pub(super) struct WhenFull {
    advice: Arc<str>,
    is_in_memory: bool,
}

impl WhenFull {
    /// Names the place of the files, and what to do.
    pub(super) fn of(options: &Options) -> WhenFull {
        let directory = options.temporary_directory();
        let advice = directory.map_or_else(
            || {
                format!(
                    "the database is `{}`; what SQLite has to sort lies in the folder that `TMPDIR` names",
                    options.path.display()
                )
            },
            memory_folder::advice,
        );
        WhenFull { advice: advice.into(), is_in_memory: directory.is_some() }
    }

    /// Adds that to an error of this kind.
    pub(super) fn explain(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Full => error.with_remark(&self.advice),
            // SQLite does not tell why the index of the log could not be made larger. In memory,
            // nothing else can be missing than space.
            ErrorKind::Io if self.is_in_memory && is_code(&error, ffi::SQLITE_IOERR_SHMSIZE) => {
                error.with_kind(ErrorKind::Full).with_remark(&self.advice)
            }
            _ => error,
        }
    }
}

fn is_code(error: &Error, code: i32) -> bool {
    error.code().is_some_and(|told| told == code.to_string())
}
