//! The password file of PostgreSQL's own programs, `~/.pgpass`
//! (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).
//!
//! Each line has the form `host:port:database:user:password`. A `*` in one of the first four
//! fields fits everything; `\` stands before a `:` or a `\` that belongs to a field. A comment
//! begins with a `#`, as no host does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::server::{Host, Password};

/// A password file.
#[derive(Clone, Debug)]
pub(crate) struct PasswordFile {
    path: PathBuf,
    /// Whether the user named the file, so that it is an error if it does not exist.
    is_named: bool,
}

impl PasswordFile {
    pub(crate) fn new(path: PathBuf, is_named: bool) -> PasswordFile {
        PasswordFile { path, is_named }
    }

    /// Reads the file. Returns the password of the first line that fits, or `None`.
    ///
    /// # Errors
    /// Returns [`ErrorKind::CannotOpen`] if the file cannot be read, or if other users of the
    /// machine may read it.
    pub(super) fn password(&self, host: &Host, database: &str, user: &str) -> Result<Option<Password>> {
        let path = self.path.display();
        let text = match self.read() {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_named => return Ok(None),
            Err(error) => {
                let message = format!("cannot read the password file `{path}`: {error}");
                return Err(Error::new(ErrorKind::CannotOpen, message).with_source(error));
            }
        };
        if is_open_to_others(&self.path) {
            let message = format!("other users may read the password file `{path}`: set its permissions to 0600");
            return Err(Error::new(ErrorKind::CannotOpen, message));
        }
        Ok(text.lines().find_map(|line| password_of_line(line, host, database, user)).map(Password::new))
    }

    fn read(&self) -> io::Result<String> {
        if !fs::metadata(&self.path)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        fs::read_to_string(&self.path)
    }
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}

/// Returns the password of a line if the line fits the login.
fn password_of_line(line: &str, host: &Host, database: &str, user: &str) -> Option<String> {
    let mut fields = fields(line);
    let (line_host, line_port) = (fields.next()?, fields.next()?);
    let fits = match host {
        Host::Tcp { name, port } => fits(line_host, name) && fits(line_port, &port.to_string()),
        Host::Unix(path) => {
            let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
            let port = path.extension().and_then(|port| port.to_str()).unwrap_or_default();
            (fits(line_host, folder) || fits(line_host, "localhost")) && fits(line_port, port)
        }
    } && fits(fields.next()?, database)
        && fits(fields.next()?, user);
    fields.next().filter(|_| fits).map(unescaped)
}

/// Returns whether a field of a line fits a text.
fn fits(field: &str, text: &str) -> bool {
    field == "*" || unescaped(field) == text
}

/// Returns the fields of a line, with their escapes.
fn fields(line: &str) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    line.split(move |c| {
        let is_end = c == ':' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })
}

/// Removes the `\` of escapes.
fn unescaped(field: &str) -> String {
    let mut chars = field.chars();
    std::iter::from_fn(|| match chars.next()? {
        '\\' => chars.next(),
        c => Some(c),
    })
    .collect()
}

#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{PasswordFile, password_of_line};
    use crate::error::ErrorKind;
    use crate::server::Host;

    fn tcp(name: &str, port: u16) -> Host {
        Host::Tcp { name: name.to_owned(), port }
    }

    #[test]
    fn a_line_fits_by_its_host_port_database_and_user() {
        let socket = Host::Unix(PathBuf::from("/run/postgresql/.s.PGSQL.5433"));
        let cases = [
            ("db:5432:shop:ann:secret", tcp("db", 5432), Some("secret")),
            ("db:5433:shop:ann:secret", tcp("db", 5432), None),
            ("other:5432:shop:ann:secret", tcp("db", 5432), None),
            ("db:5432:other:ann:secret", tcp("db", 5432), None),
            ("db:5432:shop:bob:secret", tcp("db", 5432), None),
            ("*:*:*:*:secret", tcp("db", 5432), Some("secret")),
            (r"*:*:*:*:a\:b\\c:ignored", tcp("db", 5432), Some(r"a:b\c")),
            (r"\*:*:*:*:secret", tcp("db", 5432), None),
            (r"\:\:1:*:*:*:secret", tcp("::1", 5432), Some("secret")),
            ("#*:*:*:*:secret", tcp("db", 5432), None),
            ("*:*:*:*", tcp("db", 5432), None),
            ("", tcp("db", 5432), None),
            ("localhost:5433:*:*:secret", socket.clone(), Some("secret")),
            ("/run/postgresql:5433:*:*:secret", socket.clone(), Some("secret")),
            ("db:5433:*:*:secret", socket.clone(), None),
            ("localhost:5432:*:*:secret", socket, None),
        ];
        for (line, host, password) in cases {
            assert_eq!(password_of_line(line, &host, "shop", "ann").as_deref(), password, "{line}");
        }
    }

    /// Returns a file of its own with this text.
    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("aio-sql-pgpass-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        path
    }

    #[cfg(unix)]
    #[test]
    fn the_first_line_that_fits_counts_and_others_may_not_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let path = file("first", "a:*:*:*:one\n*:*:*:*:two\n*:*:*:*:three\n");
        let password = || PasswordFile::new(path.clone(), true).password(&tcp("db", 5432), "shop", "ann");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = password().unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::CannotOpen);
        assert!(error.to_string().contains("set its permissions to 0600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(password().unwrap().unwrap().reveal(), "two");
        fs::remove_file(&path).unwrap();
        let error = password().unwrap_err();
        assert!(error.to_string().contains("cannot read the password file"), "{error}");
        assert!(PasswordFile::new(path, false).password(&tcp("db", 5432), "shop", "ann").unwrap().is_none());
    }
}
