//! The options with which a SQLite database is opened.

use std::fmt::{self, Write as _};
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OpenFlags;

use super::attached::Attached;
use super::hooks::Hooks;
use super::temporary::TemporaryDirectory;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};

/// User code that runs on each new connection.
pub(crate) type Hook = Arc<dyn Fn(&mut rusqlite::Connection) -> rusqlite::Result<()> + Send + Sync>;

/// The events that an answered write survives
/// (<https://sqlite.org/pragma.html#pragma_synchronous>).
///
/// ```
/// # use aio_runtime as aio_sql;
/// # use aio_sql::{Database, Durability, Result};
/// # async fn run() -> Result<()> {
/// let db = Database::builder("cache.db").durability(Durability::Normal).open().await?;
/// # db.close().await
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The write survives a power loss (`synchronous = FULL`). The default, except for a database
    /// in memory.
    #[default]
    Full,
    /// The write survives a crash of the process. A power loss may lose the last writes, but does
    /// not damage the file (`synchronous = NORMAL`).
    Normal,
    /// The write is handed to the operating system. A power loss may damage the file (`synchronous
    /// = OFF`).
    Off,
}

impl Durability {
    pub(super) fn synchronous(self) -> &'static str {
        match self {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
            Durability::Off => "OFF",
        }
    }
}

/// The settings of `Database::builder` that only SQLite has.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) read_only: bool,
    /// Whether the file is created if it does not exist; `None` if the address decides that.
    pub(crate) create: Option<bool>,
    pub(crate) readers: u32,
    pub(crate) busy_timeout: Duration,
    /// The size of the write-ahead log in bytes above which new reads are held back so that the
    /// log can restart; 0 for no limit.
    pub(crate) wal_limit: u64,
    /// The time after which a warning reports a transaction that still holds the write lock.
    pub(crate) warn_after: Duration,
    /// `None` for the default, which depends on whether the database is in memory.
    pub(crate) durability: Option<Durability>,
    /// The size of each connection's page cache in KiB; `None` for SQLite's default.
    pub(crate) cache: Option<u32>,
    pub(crate) pragmas: Vec<(String, String)>,
    /// The files to be attached: the name and the address of each.
    pub(crate) attached: Vec<(String, PathBuf)>,
    pub(crate) on_connect: Vec<Hook>,
    pub(crate) hooks: Hooks,
    /// Whether the schema (views, triggers and so on) may call functions that were not registered
    /// for it.
    pub(crate) trust_schema: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            read_only: false,
            create: None,
            readers: std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 64) as u32),
            busy_timeout: Duration::from_secs(5),
            wal_limit: 64 << 20,
            warn_after: Duration::from_secs(1),
            durability: None,
            cache: None,
            pragmas: Vec::new(),
            attached: Vec::new(),
            on_connect: Vec::new(),
            hooks: Hooks::default(),
            trust_schema: false,
        }
    }
}

/// The options of a SQLite database: those of its address, and its settings.
#[derive(Clone)]
pub(crate) struct Options {
    /// The absolute path. It names the same file even if the working directory changes, and never
    /// begins like a URI.
    pub(crate) path: PathBuf,
    /// Whether the file is created if it does not exist.
    pub(super) create: bool,
    pub(super) read_only: bool,
    /// The parameters of the URL that are passed on to SQLite.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) common: engine::Settings,
    pub(crate) sqlite: Settings,
    /// The files that every connection attaches.
    pub(super) attached: Vec<Attached>,
    /// Whether this is an in-memory database. Its files are in a temporary directory, which is
    /// created when the database is opened.
    pub(super) is_in_memory: bool,
    temporary: Option<Arc<TemporaryDirectory>>,
}

impl Options {
    /// Parses an address: a path or a URL.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Usage`] if the address is invalid or contradicts the settings, and
    /// [`ErrorKind::CannotOpen`] if the working directory cannot be read.
    pub(crate) fn new(address: &Path, common: engine::Settings, sqlite: Settings) -> Result<Options> {
        let mut options = Options::of_address(address)?;
        if sqlite.read_only {
            if options.is_in_memory {
                return Err(Error::usage("an in-memory database starts empty: it cannot be opened read-only"));
            }
            (options.read_only, options.create) = (true, false);
        }
        match sqlite.create {
            Some(false) if options.is_in_memory => {
                return Err(Error::usage("an in-memory database is always new: `create(false)` does not apply to it"));
            }
            Some(create) if !options.read_only => options.create = create,
            _ => {}
        }
        for (name, address) in &sqlite.attached {
            let attached = Attached::new(name, address, &options)?;
            options.attached.push(attached);
        }
        (options.common, options.sqlite) = (common, sqlite);
        Ok(options)
    }

    /// Returns the default options for an address: a path or a URL.
    pub(super) fn of_address(address: &Path) -> Result<Options> {
        let mut options = match address.to_str() {
            Some(text) => parse_url(text)?,
            None => Options::for_path(address.to_owned()),
        };
        if !options.is_in_memory {
            options.path = absolute(options.path)?;
        }
        Ok(options)
    }

    /// Returns the names of the schemas: that of the database itself, and those of the files that
    /// are attached to it.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &str> {
        ["main"].into_iter().chain(self.attached.iter().map(|attached| attached.name.as_str()))
    }

    /// Returns the default options for a file.
    fn for_path(path: PathBuf) -> Options {
        Options {
            path,
            create: true,
            read_only: false,
            parameters: Vec::new(),
            common: engine::Settings::default(),
            sqlite: Settings::default(),
            attached: Vec::new(),
            is_in_memory: false,
            temporary: None,
        }
    }

    /// Returns the options for a private in-memory database.
    fn in_memory() -> Options {
        Options { is_in_memory: true, ..Options::for_path(PathBuf::from(":memory:")) }
    }

    /// Returns the durability of writes. The files of an in-memory database are gone after a crash
    /// anyway, so writes to them need not be flushed.
    pub(super) fn durability(&self) -> Durability {
        let usual = if self.is_in_memory { Durability::Off } else { Durability::Full };
        self.sqlite.durability.unwrap_or(usual)
    }

    /// Creates the directory of an in-memory database. This may block on the file system.
    pub(super) fn make_temporary(&mut self) -> Result<()> {
        let directory = TemporaryDirectory::create()?;
        self.path = directory.path().join("memory.db");
        for (number, attached) in
            self.attached.iter_mut().enumerate().filter(|(_, attached)| attached.file.is_in_memory)
        {
            attached.file.path = directory.path().join(format!("attached-{number}.db"));
        }
        self.temporary = Some(Arc::new(directory));
        Ok(())
    }

    /// Returns the directory of an in-memory database, or `None` for any other database.
    pub(super) fn temporary_directory(&self) -> Option<&Path> {
        self.temporary.as_deref().map(TemporaryDirectory::path)
    }

    /// Returns whether files are not locked, so that nothing prevents others from deleting the
    /// write-ahead log.
    pub(super) fn has_no_locks(&self) -> bool {
        self.parameters.iter().any(|(key, value)| matches!(key.as_str(), "immutable" | "nolock") && value != "0")
    }

    /// Returns whether the URL names a VFS.
    pub(super) fn names_vfs(&self) -> bool {
        self.parameters.iter().any(|(key, _)| key == "vfs")
    }

    /// Returns whether the URL says that the file never changes, so that SQLite takes no locks and
    /// ignores a write-ahead log.
    pub(crate) fn is_immutable(&self) -> bool {
        self.parameters.iter().any(|(key, value)| key == "immutable" && value != "0")
    }

    pub(super) fn flags(&self) -> OpenFlags {
        let access = match (self.read_only, self.create) {
            (true, _) => OpenFlags::SQLITE_OPEN_READ_ONLY,
            (false, true) => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            (false, false) => OpenFlags::SQLITE_OPEN_READ_WRITE,
        };
        // Each connection is used by one thread only, so SQLite needs no mutex.
        access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI
    }

    /// Returns the name that SQLite opens: the path, or a URI if there are parameters
    /// (<https://sqlite.org/uri.html>).
    pub(super) fn file_name(&self) -> PathBuf {
        if self.parameters.is_empty() { self.path.clone() } else { uri_of(&self.path, &self.parameters) }
    }

    /// Removes the files of an in-memory database.
    pub(crate) fn remove_temporary(&self) {
        if let Some(temporary) = &self.temporary {
            temporary.remove();
        }
    }

    /// Returns the error for a file that cannot be opened for writing.
    pub(super) fn read_only_error(&self) -> Error {
        let path = self.path.display();
        if std::fs::metadata(&self.path).is_ok_and(|metadata| metadata.permissions().readonly()) {
            let message = format!("`{path}` is read-only: open it with `read_only()`, or with `?mode=ro` in the URL");
            return Error::new(ErrorKind::ReadOnly, message);
        }
        Error::new(ErrorKind::CannotOpen, format!("`{path}` cannot be opened for writing"))
    }

    /// Fails if the database, its journal or its write-ahead log is neither a regular file nor
    /// missing: SQLite would wait for a pipe forever, and write to a device.
    pub(super) fn check_file_types(&self) -> Result<()> {
        if let Some(kind) = kind_of_file(&self.path) {
            return Err(wrong_file_type(&self.path, kind, "a database file"));
        }
        // If the path is a symbolic link, SQLite keeps these files beside the file to which it
        // leads.
        let real = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        for (ending, what) in [("-journal", "a journal"), ("-wal", "a write-ahead log"), ("-shm", "the index of a log")]
        {
            let path = with_ending(&real, ending);
            // SQLite itself reports an error for a directory, because it cannot open one.
            if let Some(kind) = kind_of_file(&path).filter(|kind| !kind.is_dir()) {
                return Err(wrong_file_type(&path, kind, what));
            }
        }
        Ok(())
    }

    /// Replaces the message of an error of opening the file by one that names the likely cause.
    /// SQLite says only that it cannot open the file.
    pub(super) fn add_context(&self, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::CannotOpen) {
            return error;
        }
        let path = self.path.display();
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let reason = if !folder.exists() {
            format!("`{path}` cannot be opened: the directory `{}` does not exist", folder.display())
        } else if !self.path.exists() && (self.read_only || !self.create) {
            format!(
                "`{path}` does not exist and is not created: remove `create(false)`, `read_only()` and `mode`, or use \
                 `mode=rwc`"
            )
        } else if self.read_only && !self.is_immutable() {
            format!(
                "`{path}` cannot be read without writing its log beside it: a database in WAL mode on read-only media \
                 needs `immutable=1`, as in `sqlite:{path}?mode=ro&immutable=1`"
            )
        } else {
            format!("`{path}` cannot be opened: {error}")
        };
        error.with_kind_and_message(ErrorKind::CannotOpen, reason)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("path", &self.path)
            .field("read_only", &self.read_only)
            .field("readers", &self.sqlite.readers)
            .field("durability", &self.durability())
            .finish_non_exhaustive()
    }
}

/// Makes a path absolute with the current working directory.
fn absolute(path: PathBuf) -> Result<PathBuf> {
    std::path::absolute(&path).map_err(|error| {
        let message = format!("`{}` cannot be opened: the working directory cannot be read: {error}", path.display());
        Error::new(ErrorKind::CannotOpen, message).with_source(error)
    })
}

/// Appends an ending to a path. SQLite forms the paths of the files beside a database in this way:
/// it appends `-wal` for the write-ahead log.
pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// The prefixes of the URLs of SQLite databases.
pub(crate) const SCHEMES: [&str; 2] = ["sqlite:", "file:"];

/// Parses a path or a URL: `app.db`, `sqlite:app.db`, `sqlite:///var/app.db?mode=ro`,
/// `sqlite::memory:`.
fn parse_url(text: &str) -> Result<Options> {
    let Some(rest) = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return match text {
            ":memory:" => Ok(Options::in_memory()),
            "" => Err(Error::usage("the path is empty: name a file, or use `Database::memory()`")),
            _ => {
                refuse_parameters(text)?;
                checked_path(text).map(Options::for_path)
            }
        };
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = decoded(path.strip_prefix("//").unwrap_or(path))?;
    let parameters = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, "1"));
        Ok((decoded(key)?, decoded(value)?))
    });
    let parameters: Vec<_> = parameters.collect::<Result<_>>()?;
    let memory = path == ":memory:" || parameters.iter().any(|(key, value)| key == "mode" && value == "memory");
    let mut options = if memory {
        Options::in_memory()
    } else if path.is_empty() {
        return Err(Error::usage("the URL names no file: write `sqlite:app.db` or `sqlite::memory:`"));
    } else {
        Options::for_path(checked_path(&path)?)
    };
    for (key, value) in parameters {
        options.parameter(key, value)?;
    }
    Ok(options)
}

/// The parameters that a URL may have.
const PARAMETERS: [&str; 5] = ["mode", "cache", "immutable", "nolock", "vfs"];

/// Fails if a path looks like a URL without its scheme. It is unlikely that a file of that name
/// was meant.
fn refuse_parameters(path: &str) -> Result<()> {
    let Some((file, query)) = path.split_once('?') else { return Ok(()) };
    let first = query.split_once('=').map_or("", |(key, _)| key);
    if !PARAMETERS.iter().any(|known| known.eq_ignore_ascii_case(first)) {
        return Ok(());
    }
    Err(Error::usage(format!(
        "a path has no parameters: write `sqlite:{path}`, or `sqlite:{file}%3f{query}` for a file of that name"
    )))
}

fn checked_path(path: &str) -> Result<PathBuf> {
    if path.contains('\0') {
        return Err(Error::usage("a path cannot contain a NUL character"));
    }
    Ok(PathBuf::from(path))
}

/// Returns the type of the file at the path, or `None` if it is a regular file or does not exist.
fn kind_of_file(path: &Path) -> Option<FileType> {
    std::fs::metadata(path).ok().map(|metadata| metadata.file_type()).filter(|kind| !kind.is_file())
}

fn wrong_file_type(path: &Path, kind: FileType, what: &str) -> Error {
    let message = format!("`{}` is {}, not {what}", path.display(), name_of_kind(kind));
    Error::new(ErrorKind::CannotOpen, message)
}

fn name_of_kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a directory" } else { "a special file" }
}

/// Returns the URI of a file, with parameters for SQLite (<https://sqlite.org/uri.html>).
pub(super) fn uri_of(path: &Path, parameters: &[(impl AsRef<str>, impl AsRef<str>)]) -> PathBuf {
    let path = path.as_os_str().as_encoded_bytes();
    // Without this empty authority, SQLite would read a path that begins with two slashes as a
    // host.
    let mut uri = String::from(if path.starts_with(b"/") { "file://" } else { "file:" });
    encode(path, &mut uri);
    for (place, (key, value)) in parameters.iter().enumerate() {
        uri.push(if place == 0 { '?' } else { '&' });
        encode(key.as_ref().as_bytes(), &mut uri);
        uri.push('=');
        encode(value.as_ref().as_bytes(), &mut uri);
    }
    PathBuf::from(uri)
}

/// Appends bytes to a URI. Bytes that have a meaning in a URI are percent-encoded.
fn encode(bytes: &[u8], uri: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02x}");
        }
    }
}

impl Options {
    fn parameter(&mut self, key: String, value: String) -> Result<()> {
        if value.contains('\0') {
            return Err(Error::usage(format!("the URL's parameter `{key}` cannot contain a NUL character")));
        }
        match (key.as_str(), value.as_str()) {
            ("mode", "ro") => (self.read_only, self.create) = (true, false),
            ("mode", "rw") => self.create = false,
            ("mode", "rwc" | "memory") => {}
            // Each in-memory database is private, and its connections share it. So both values are
            // allowed, and have no effect.
            ("cache", "shared" | "private") => {}
            ("immutable" | "nolock", "0" | "1") | ("vfs", _) => self.parameters.push((key, value)),
            ("mode", _) => {
                return Err(Error::usage(format!("`mode={value}` is unknown: use `ro`, `rw`, `rwc` or `memory`")));
            }
            _ => {
                // Do not show the value of an unknown parameter: it may be a secret, such as an
                // encryption key.
                let is_known = PARAMETERS.contains(&key.as_str());
                let shown = if is_known { format!("{key}={value}") } else { key };
                let known = PARAMETERS.join(", ");
                return Err(Error::usage(format!("the URL's parameter `{shown}` is unknown: there are {known}")));
            }
        }
        if self.has_no_locks() {
            // Without locks, connections must not write at the same time. So open the file
            // read-only.
            (self.read_only, self.create) = (true, false);
        }
        Ok(())
    }
}

/// Decodes the percent-encoding of a part of a URL.
fn decoded(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = (first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::usage("the URL is not UTF-8 when its `%` escapes are decoded"))
}
