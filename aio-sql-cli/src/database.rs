//! Which database a command is about, and opening it.

mod file;
mod passwords;
mod server;

use std::fmt;
use std::path::{Path, PathBuf};

use aio_sql::{Builder, Database, Dialect};

pub use self::passwords::without_passwords;
use self::server::ServerAddress;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::project::Project;

/// The environment variable, and the name in `.env`, with the address of the database.
pub const VARIABLE: &str = "DATABASE_URL";

/// The environment variable with the address of a server for `--scratch`.
const SCRATCH: &str = "AIO_SQL_SCRATCH_URL";

/// The address of a database, and where it was found. It is shown without passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    found_in: String,
    dialect: Dialect,
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
    /// If there is no address, if it is that of a database that the tool does not know, or if a
    /// file `.env` cannot be read.
    pub fn find(global: &Global, project: impl FnOnce() -> Result<Project>) -> Result<Address> {
        if let Some(text) = &global.db {
            return Address::new(text, "`--db`");
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
            return Address::new(in_folder(text, project.folder()), "[package.metadata.aio-sql]");
        }
        let help = format!(
            "pass `--db sqlite:app.db`, set {VARIABLE}, or write `{VARIABLE}=sqlite:app.db` into the file `.env` of the package"
        );
        Err(Error::usage("no database is named").help(help))
    }

    /// Creates an address from its text and the place where it was found.
    ///
    /// # Errors
    /// If the tool does not know this kind of database.
    pub fn new(text: impl Into<String>, found_in: impl Into<String>) -> Result<Address> {
        let (text, found_in) = (text.into().trim().to_owned(), found_in.into());
        let dialect = match scheme(&text) {
            None => Dialect::Sqlite,
            Some(scheme) if SQLITE.contains(&scheme) => Dialect::Sqlite,
            Some(scheme) if POSTGRES.contains(&scheme) => Dialect::Postgres,
            Some(scheme) => {
                let message = format!("`{}` (from {found_in}) is a database of {scheme}", without_passwords(&text));
                return Err(Error::usage(message).help("write `sqlite:app.db` or `postgres://user@host/name`"));
            }
        };
        Ok(Address { text, found_in, dialect })
    }

    /// Returns the address of the server on which steps are run to see what they make:
    /// `--scratch`, else the environment variable `AIO_SQL_SCRATCH_URL`; `None` if neither is
    /// given.
    ///
    /// # Errors
    /// If the address is not one of PostgreSQL.
    pub fn of_scratch(global: &Global) -> Result<Option<Address>> {
        let variable = || std::env::var(SCRATCH).ok().filter(|text| !text.trim().is_empty());
        let Some(text) = global.scratch.clone().or_else(variable) else { return Ok(None) };
        let address = Address::new(text, "`--scratch`")?;
        if address.dialect() != Dialect::Postgres {
            return Err(Error::usage(format!("the scratch database `{address}` is not on a server"))
                .help("SQLite needs none: write `--scratch postgres://user@host/name`"));
        }
        Ok(Some(address))
    }

    /// Returns which database it is, by its dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the address as that of a server; `None` for SQLite.
    fn server(&self) -> Option<ServerAddress<'_>> {
        (self.dialect == Dialect::Postgres).then(|| ServerAddress::of(&self.text))
    }

    /// Returns the address of another database on the same server.
    pub fn with_database(&self, name: &str) -> Address {
        Address { text: ServerAddress::of(&self.text).with("dbname", name), ..self.clone() }
    }

    /// Returns where the address was found: `--db`, a variable or a file.
    pub fn found_in(&self) -> &str {
        &self.found_in
    }

    /// Returns the path of the file; `None` for a database in memory or of a server.
    pub fn path(&self) -> Option<PathBuf> {
        if self.dialect != Dialect::Sqlite {
            return None;
        }
        path_in(&self.text).map(|(before, path, _)| if before.is_empty() { path.into() } else { decoded(path).into() })
    }

    /// Returns whether the file exists, or the server has the database; `false` for a database in
    /// memory.
    ///
    /// # Errors
    /// If the server cannot be asked.
    pub async fn exists(&self) -> Result<bool> {
        if self.server().is_none() {
            return Ok(self.path().is_some_and(|path| path.exists()));
        }
        match self.builder().open().await {
            Ok(db) => {
                db.close().await?;
                Ok(true)
            }
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the error that is shown if the database does not exist.
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
    /// If the database does not exist or cannot be opened.
    pub async fn open(&self) -> Result<Database> {
        self.open_by(self.builder()).await
    }

    /// Opens an existing database for reading only: each transaction of a server is READ ONLY,
    /// also that of a single statement.
    ///
    /// # Errors
    /// If the database does not exist or cannot be opened.
    pub async fn open_read_only(&self) -> Result<Database> {
        let builder = match self.server() {
            Some(server) => Database::builder(server.read_only()?),
            None if self.path().is_some() => self.builder().read_only(),
            None => self.builder(),
        };
        self.open_by(builder).await
    }

    async fn open_by(&self, builder: Builder) -> Result<Database> {
        if self.path().is_some_and(|path| !path.exists()) {
            return Err(self.missing());
        }
        builder.open().await.map_err(|error| if is_missing(&error) { self.missing() } else { error.into() })
    }

    /// Creates the database if it does not exist, and opens it. Creates the folder of a file, too.
    ///
    /// # Errors
    /// If the database cannot be created.
    pub async fn create(&self) -> Result<Database> {
        if let Some(server) = self.server() {
            if !self.exists().await? {
                server.create().await?;
            }
            return self.open().await;
        }
        if let Some(folder) = self.path().and_then(|path| path.parent().map(Path::to_path_buf))
            && !folder.as_os_str().is_empty()
        {
            crate::error::AtPath::at_path(std::fs::create_dir_all(&folder), "create the folder", &folder)?;
        }
        Ok(Database::builder(&self.text).create(true).open().await?)
    }

    /// Fails if the database cannot be deleted, before anything is done.
    ///
    /// # Errors
    /// If it is in memory, if the file is no database, or if the address does not name it.
    pub fn check_deletable(&self) -> Result<()> {
        match (self.server(), self.path()) {
            (Some(server), _) => server.name().map(drop),
            (None, Some(path)) => file::check_is_database(&path),
            (None, None) => Err(Error::usage("a database in memory cannot be deleted")),
        }
    }

    /// Deletes the database with all that is in it.
    ///
    /// # Errors
    /// If it cannot be deleted, for example because others use it.
    pub async fn delete(&self) -> Result<()> {
        self.check_deletable()?;
        match (self.server(), self.path()) {
            (Some(server), _) => server.drop().await,
            (None, path) => path.map_or(Ok(()), |path| file::delete(&path)),
        }
    }
}

/// Returns whether an error says that the server has no database of this name.
fn is_missing(error: &aio_sql::Error) -> bool {
    error.code() == Some("3D000")
}

/// The schemes of files of SQLite.
const SQLITE: [&str; 2] = ["sqlite", "file"];

/// The schemes of PostgreSQL.
const POSTGRES: [&str; 2] = ["postgres", "postgresql"];

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
        let path = |text: &str| Address::new(text, "a test").unwrap().path();
        assert_eq!(path("sqlite:///var/my%20app.db?mode=ro"), Some("/var/my app.db".into()));
        assert_eq!(path("app%20.db"), Some("app%20.db".into()), "a plain path is no URL");
        assert_eq!(path("sqlite::memory:"), None);
        assert_eq!(path("sqlite:x?mode=memory"), None);
    }
}
