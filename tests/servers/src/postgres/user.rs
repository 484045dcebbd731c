//! The user that a server runs as.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

/// A user of the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) group: u32,
}

impl User {
    /// Returns the user that servers run as, if it is not the user of this process: PostgreSQL
    /// refuses to run as root.
    pub(super) fn of_servers() -> Option<User> {
        static USER: LazyLock<Option<User>> = LazyLock::new(|| {
            let id = Command::new("id").arg("-u").output().expect("the command `id`");
            (id.stdout.trim_ascii() == b"0").then(unprivileged)
        });
        *USER
    }
}

/// Returns the user `nobody`, or `postgres` where that does not exist.
fn unprivileged() -> User {
    let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let user = |name: &str| {
        let fields: Vec<_> =
            users.lines().map(|line| line.split(':').collect()).find(|line: &Vec<_>| line[0] == name)?;
        Some(User { id: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
    };
    user("nobody").or_else(|| user("postgres")).expect("a user `nobody` or `postgres`, because PostgreSQL refuses root")
}
