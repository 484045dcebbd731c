//! Advice for a full file system.

use std::sync::Arc;

use rusqlite::ffi;

use super::memory_folder;
use super::options::Options;
use crate::error::{Error, ErrorKind};

/// The advice that is added to the error when there is no space for the files of a database.
#[derive(Clone, Debug)]
pub(super) struct FullDiskAdvice {
    advice: Arc<str>,
    is_in_memory: bool,
}

impl FullDiskAdvice {
    /// Returns the advice, which says where space is needed: at the path of the database and in
    /// the folder of SQLite's temporary files, or in the folder that contains the files of an
    /// in-memory database.
    pub(super) fn of(options: &Options) -> FullDiskAdvice {
        let directory = options.temporary_directory();
        let advice = directory.map_or_else(
            || {
                format!(
                    "the database is `{}`; SQLite sorts in temporary files in the folder that `TMPDIR` names",
                    options.path.display()
                )
            },
            memory_folder::advice,
        );
        FullDiskAdvice { advice: advice.into(), is_in_memory: directory.is_some() }
    }

    /// Adds the advice to an error about missing space.
    pub(super) fn add_context(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Full => error.with_remark(&self.advice),
            // When the index of the write-ahead log cannot grow, SQLite reports no more than
            // SQLITE_IOERR_SHMSIZE. For an in-memory database, missing space is the likely cause.
            ErrorKind::Io if self.is_in_memory && has_code(&error, ffi::SQLITE_IOERR_SHMSIZE) => {
                error.with_kind(ErrorKind::Full).with_remark(&self.advice)
            }
            _ => error,
        }
    }
}

fn has_code(error: &Error, code: i32) -> bool {
    error.code().is_some_and(|told| told == code.to_string())
}
