//! The copy of a database before a step that loses data.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::database::Database;
use crate::engine::Access;
use crate::error::Result;

/// Where the copy of the database goes.
pub(super) struct Destination {
    path: PathBuf,
    /// Whether the path existed when the call of `migrate` began.
    existed: bool,
}

impl Destination {
    pub(super) fn new(path: &Path) -> Destination {
        Destination { path: path.to_owned(), existed: path.symlink_metadata().is_ok() }
    }

    /// Copies the database before the step with this name is run. Returns the file, or `None` if a
    /// file has appeared at the path in the meantime: the copy of another process that runs the
    /// same steps.
    ///
    /// The caller holds the write lock. The copy is made by a connection that reads.
    pub(super) async fn copy(&self, db: &Database, step: &str) -> Result<Option<PathBuf>> {
        let file = if self.path.is_dir() {
            unused_file(&self.path, step)
        } else if !self.existed && self.path.symlink_metadata().is_ok() {
            return Ok(None);
        } else {
            self.path.clone()
        };
        let stopped = StopOnDrop(Arc::new(AtomicBool::new(false)));
        let lent = db.backend().backup(&file, Arc::clone(&stopped.0))?;
        db.without_default_timeout().lend(Access::Read, lent).await??;
        Ok(Some(file))
    }
}

/// Returns a path in the folder at which there is no file, with the name of the step in the file
/// name.
fn unused_file(folder: &Path, step: &str) -> PathBuf {
    let name: String = step.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let mut file = folder.join(format!("before-{name}.db"));
    for number in 2.. {
        if file.symlink_metadata().is_err() {
            break;
        }
        file = folder.join(format!("before-{name}-{number}.db"));
    }
    file
}

/// Stops the copy, which runs on the thread of a connection, if the future that waits for it is
/// dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
