//! Folders that are copied, and paths that other users can reach.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use super::user::User;

/// Copies a folder with all that it contains, and gives it to a user.
pub(super) fn copy(from: &Path, to: &Path, owner: Option<User>) -> io::Result<()> {
    copy_entries(from, to, owner, &|from, to| {
        fs::copy(from, to)?;
        give(to, owner)
    })
}

/// Makes a folder with the same files as another one, without copying their contents where that is
/// possible, and gives the folders to a user, who can therefore remove them.
pub(super) fn link(from: &Path, to: &Path, owner: Option<User>) -> io::Result<()> {
    copy_entries(from, to, owner, &|from, to| fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop)))
}

fn copy_entries(
    from: &Path,
    to: &Path,
    owner: Option<User>,
    file: &dyn Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if fs::metadata(&from)?.is_dir() {
            copy_entries(&from, &to, owner, file)?;
        } else {
            file(&from, &to)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    give(to, owner)
}

/// Gives a file or a folder to a user.
pub(super) fn give(path: &Path, owner: Option<User>) -> io::Result<()> {
    owner.map_or(Ok(()), |User { id, group }| chown(path, Some(id), Some(group)))
}

/// Returns whether every user can reach a path.
pub(super) fn is_open_to_all(path: &Path) -> bool {
    path.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o1 != 0))
}
