//! Which database a command is about, and opening it.

use std::fmt;
use std::path::{Path, PathBuf};

use aio_sql::{Builder, Database};

use crate::args::Global;
use crate::error::{Error, Result};
use crate::project::Project;

/// The environment variable, and the name in `.env`, with the address of the database.
pub const VARIABLE: &str = "DATABASE_URL";

/// The address of a database, and where it was found. It is shown without passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    found_in: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_passwords(&self.text))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} (from {})", self.found_in)
    }
}

impl Address {
    /// Finds the address: `--db`, then `DATABASE_URL`, then the file `.env` of the package, then
    /// that of the workspace, then `[package.metadata.aio-sql]`.
    ///
    /// A relative path in a file belongs to the folder of that file, any other one to the current
    /// folder. `project` is called only if neither the argument nor the variable is there.
    ///
    /// # Errors
    /// If there is no address, if it is that of another database than SQLite, or if a file `.env`
    /// cannot be read.
    pub fn find(global: &Global, project: impl FnOnce() -> Result<Project>) -> Result<Address> {
        if let Some(text) = &global.db {
            return Address::new(text.clone(), "`--db`".to_owned());
        }
        if let Some(text) = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty()) {
            return Address::new(text, format!("the environment variable {VARIABLE}"));
        }
        let here = std::env::current_dir().unwrap_or_default();
        let project = project();
        let folders = match &project {
            Ok(project) => vec![project.folder().to_owned(), project.workspace().to_owned()],
            Err(_) => vec![here],
        };
        for folder in folders {
            let path = folder.join(".env");
            if let Some(text) = in_env_file(&path)? {
                return Address::new(in_folder(&text, &folder), path.display().to_string());
            }
        }
        if let Ok(project) = &project
            && let Some(text) = &project.settings().database
        {
            return Address::new(in_folder(text, project.folder()), "[package.metadata.aio-sql]".to_owned());
        }
        let help = format!(
            "pass `--db sqlite:app.db`, set {VARIABLE}, or write `{VARIABLE}=sqlite:app.db` into the file `.env` of the package"
        );
        Err(Error::usage("no database is named").help(help))
    }

    fn new(text: String, found_in: String) -> Result<Address> {
        let text = text.trim().to_owned();
        if let Some(scheme) = scheme(&text).filter(|scheme| !SQLITE.contains(scheme)) {
            let message = format!("`{}` (from {found_in}) is a database of {scheme}", without_passwords(&text));
            return Err(Error::usage(message).help("this command knows SQLite only: write `sqlite:app.db`"));
        }
        Ok(Address { text, found_in })
    }

    /// Returns the address that an argument says, of SQLite or of a server.
    ///
    /// # Errors
    /// If the tool does not know this kind of database.
    pub fn of_any_database(argument: &str) -> Result<Address> {
        let text = argument.trim().to_owned();
        let known = |scheme: &&str| SQLITE.contains(scheme) || SERVERS.contains(scheme);
        if let Some(scheme) = scheme(&text).filter(|scheme| !known(scheme)) {
            let message = format!("`{}` is a database of {scheme}", without_passwords(&text));
            return Err(Error::usage(message).help("write `sqlite:app.db` or `postgres://user@host/name`"));
        }
        Ok(Address { text, found_in: "the arguments".to_owned() })
    }

    /// Returns whether the database is one of a server.
    fn is_on_server(&self) -> bool {
        scheme(&self.text).is_some_and(|scheme| SERVERS.contains(&scheme))
    }

    /// Returns where the address was found: `--db`, a variable or a file.
    pub fn found_in(&self) -> &str {
        &self.found_in
    }

    /// Returns the path of the file; `None` for a database in memory or of a server.
    pub fn path(&self) -> Option<PathBuf> {
        if self.is_on_server() {
            return None;
        }
        path_in(&self.text).map(|(before, path, _)| if before.is_empty() { path.into() } else { decoded(path).into() })
    }

    /// Returns whether the file exists; `false` for a database in memory.
    pub fn exists(&self) -> bool {
        self.path().is_some_and(|path| path.exists())
    }

    /// Returns the error that is shown if the file does not exist.
    pub fn missing(&self) -> Error {
        Error::new(format!("there is no database at `{self}` (from {})", self.found_in))
            .help(format!("`aio-sql db create --db {self}` creates it"))
    }

    /// Returns a builder, which does not create the file.
    pub fn builder(&self) -> Builder {
        let builder = Database::builder(&self.text);
        if self.path().is_some() { builder.create(false) } else { builder }
    }

    /// Opens an existing database for reading and writing.
    ///
    /// # Errors
    /// If the file does not exist or cannot be opened.
    pub async fn open(&self) -> Result<Database> {
        self.check_exists()?;
        Ok(self.builder().open().await?)
    }

    /// Opens an existing database for reading only.
    ///
    /// # Errors
    /// If the file does not exist or cannot be opened.
    pub async fn open_read_only(&self) -> Result<Database> {
        self.check_exists()?;
        let builder = self.builder();
        let builder = if self.path().is_some() { builder.read_only() } else { builder };
        Ok(builder.open().await?)
    }

    /// Creates the file and its folder if they do not exist, and opens the file.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub async fn create(&self) -> Result<Database> {
        if let Some(folder) = self.path().and_then(|path| path.parent().map(Path::to_path_buf))
            && !folder.as_os_str().is_empty()
        {
            crate::error::AtPath::at_path(std::fs::create_dir_all(&folder), "create the folder", &folder)?;
        }
        Ok(Database::builder(&self.text).create(true).open().await?)
    }

    fn check_exists(&self) -> Result<()> {
        match self.path() {
            Some(path) if !path.exists() => Err(self.missing()),
            _ => Ok(()),
        }
    }
}

/// The schemes of files of SQLite.
const SQLITE: [&str; 2] = ["sqlite", "file"];

/// The schemes of servers.
const SERVERS: [&str; 2] = ["postgres", "postgresql"];

/// Returns the scheme of an address; `None` for a path.
fn scheme(text: &str) -> Option<&str> {
    text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        // `C:\app.db` is a path.
        scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Returns the value of [`VARIABLE`] in a file such as `.env`. Returns `None` if the file does not
/// exist, or has no value for it.
fn in_env_file(path: &Path) -> Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    // The messages of the parser quote the line, which may contain a password.
    let unreadable = |_| Error::new(format!("{} cannot be read: a line is not `NAME=value`", path.display()));
    for pair in dotenvy::from_path_iter(path).map_err(unreadable)? {
        let (name, value) = pair.map_err(unreadable)?;
        if name == VARIABLE && !value.trim().is_empty() {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Splits an address into what is before the path, the path, and the parameters after it. Returns
/// `None` for a database in memory.
fn path_in(text: &str) -> Option<(&str, &str, &str)> {
    let scheme = ["sqlite:", "file:"].into_iter().find(|scheme| text.starts_with(scheme));
    let Some(scheme) = scheme else { return Some(("", text, "")).filter(|_| text != ":memory:") };
    let rest = &text[scheme.len()..];
    let slashes = if rest.starts_with("//") { 2 } else { 0 };
    let end = rest.find('?').unwrap_or(rest.len());
    let path = &rest[slashes..end];
    let is_memory = path == ":memory:" || rest[end..].contains("mode=memory");
    (!is_memory).then_some((&text[..scheme.len() + slashes], path, &rest[end..]))
}

/// Puts the folder before the path of an address, if the path is relative.
fn in_folder(text: &str, folder: &Path) -> String {
    match path_in(text.trim()) {
        Some((before, path, after))
            if Path::new(path).is_relative() && (!before.is_empty() || !path.contains("://")) =>
        {
            let folder = folder.to_string_lossy();
            let folder = if before.is_empty() { folder.into_owned() } else { encoded(&folder) };
            format!("{before}{folder}/{path}{after}")
        }
        _ => text.to_owned(),
    }
}

/// Percent-encodes the characters of a path that have a meaning in a URL.
fn encoded(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// Decodes a percent-encoded path. A `%` without two hexadecimal digits after it stays as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Replaces the passwords of URLs in a text by `***`: that before the host, and the values of
/// parameters such as `password`.
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown += before;
        let end = after.find(|c: char| c.is_whitespace() || "/?#'`\"".contains(c)).unwrap_or(after.len());
        // A password may contain an `@` or a slash that was not encoded, so the last `@` before
        // white space or a quote is taken for its end.
        let word = after.find(|c: char| c.is_whitespace() || "'`\"".contains(c)).unwrap_or(after.len());
        let user = after[..word].rfind('@').filter(|at| after[..*at].contains(':') || *at < end);
        match user {
            Some(at) => {
                let name = after[..at].split_once(':').map(|(name, _)| name);
                shown += &name.map_or_else(|| after[..at].to_owned(), |name| format!("{name}:***"));
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    shown += rest;
    for parameter in ["password", "passwd", "pwd", "secret", "token", "key"] {
        shown = without_parameter(&shown, parameter);
    }
    shown
}

/// Replaces the value after `?name=` and `&name=` by `***`.
fn without_parameter(text: &str, name: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let lower = |text: &str| text.to_ascii_lowercase();
    while let Some(at) = lower(rest).find(&format!("{name}=")) {
        let (before, after) = rest.split_at(at + name.len() + 1);
        shown += before;
        rest = after;
        if before[..at].ends_with(['?', '&']) {
            let end = after.find(|c: char| c.is_whitespace() || "&'`\"".contains(c)).unwrap_or(after.len());
            shown += "***";
            rest = &after[end..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_addresses_are_not_shown() {
        for (text, shown) in [
            ("postgres://dana:s3cret@host/db", "postgres://dana:***@host/db"),
            ("a `postgres://dana:s3:c@r/et@host/db` b", "a `postgres://dana:***@host/db` b"),
            ("mysql://host/db?user=a&PASSWORD=s3cret&x=1", "mysql://host/db?user=a&PASSWORD=***&x=1"),
            ("sqlite:app.db?key=s3cret", "sqlite:app.db?key=***"),
            ("sqlite:app.db?mode=ro", "sqlite:app.db?mode=ro"),
            ("http://host/path and dana:s3@x", "http://host/path and dana:s3@x"),
            ("postgres://dana@host/db", "postgres://dana@host/db"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn a_relative_path_belongs_to_the_folder_of_its_file() {
        let folder = Path::new("/srv/my app?");
        assert_eq!(in_folder("sqlite:app.db?mode=ro", folder), "sqlite:/srv/my app%3f/app.db?mode=ro");
        assert_eq!(in_folder("app.db", folder), "/srv/my app?/app.db");
        for unchanged in ["sqlite:///var/app.db", "sqlite::memory:", ":memory:", "/var/app.db", "postgres://host/db"] {
            assert_eq!(in_folder(unchanged, folder), unchanged);
        }
    }

    #[test]
    fn the_path_is_that_of_the_address() {
        let path = |text: &str| Address { text: text.to_owned(), found_in: String::new() }.path();
        assert_eq!(path("sqlite:///var/my%20app.db?mode=ro"), Some("/var/my app.db".into()));
        assert_eq!(path("app%20.db"), Some("app%20.db".into()), "a plain path is no URL");
        assert_eq!(path("sqlite::memory:"), None);
        assert_eq!(path("sqlite:x?mode=memory"), None);
    }
}
