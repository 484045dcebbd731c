//! The name of the operating system's user.

use std::fs;

/// Returns the name of the user as whom the process runs, or `None` if it is not known.
///
/// This is the default name for a login, as in PostgreSQL's own programs. `variable` looks up an
/// environment variable, for systems whose users are not in a file.
pub(super) fn system_user(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let id = nix::unistd::geteuid().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_file = users.lines().find_map(|line| name_of_line(line, &id));
    of_file.or_else(|| ["USER", "LOGNAME"].into_iter().find_map(variable)).filter(|name| !name.is_empty())
}

/// Returns the name of the user in a line of `/etc/passwd`, if the user has this id.
fn name_of_line(line: &str, id: &str) -> Option<String> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    (fields.nth(1)? == id).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{name_of_line, system_user};

    #[test]
    fn the_user_of_the_process_has_a_name() {
        assert!(system_user(|_| Some("ann".to_owned())).is_some());
        assert_eq!(name_of_line("ann:x:1000:1000:Ann:/home/ann:/bin/sh", "1000").as_deref(), Some("ann"));
        assert_eq!(name_of_line("ann:x:1000:1000:Ann:/home/ann:/bin/sh", "100"), None);
        assert_eq!(name_of_line("", "1000"), None);
    }
}
