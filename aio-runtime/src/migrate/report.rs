//! What a call of `migrate` has done.

use std::path::{Path, PathBuf};

/// What a call of [`Database::migrate`](crate::Database::migrate) has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationReport {
    pub(super) steps: Vec<String>,
    pub(super) recorded: Vec<String>,
    pub(super) backup: Option<PathBuf>,
}

impl MigrationReport {
    /// Returns the names of the steps that this call has run, in their order. Steps that another
    /// process has run in the meantime are not among them.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// Returns the names of the steps that this call has recorded without running them: those of
    /// [`baseline`](crate::Database::baseline), steps that replace others which were run before,
    /// and the steps that make the tables which
    /// [`create_if_missing`](crate::Executor::create_if_missing) has created.
    pub fn recorded(&self) -> &[String] {
        &self.recorded
    }

    /// Returns the file of the backup that this call has made, or `None` if it has made none.
    pub fn backup(&self) -> Option<&Path> {
        self.backup.as_deref()
    }
}
