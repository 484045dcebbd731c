//! The libraries.

use std::path::{Path, PathBuf};
use std::process::Command;

use bench_harness::Result;
use bench_servers_harness::{Distance, Workload};

/// How a library is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Own,
    /// Clients that all tasks share: each sends together what its tasks ask at the same time.
    Shared,
    /// A pool of clients.
    Pool,
    /// A pool, and an object-relational mapper.
    Mapper,
}

pub(crate) struct Library {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The package that runs it.
    pub(crate) package: &'static str,
}

const fn library(name: &'static str, kind: Kind, package: &'static str) -> Library {
    Library { name, kind, package }
}

/// The name of aio-sql in the results.
pub(crate) const OWN: &str = "aio-sql";

pub(crate) static ALL: [Library; 7] = [
    library(OWN, Kind::Own, "peers"),
    library("tokio-postgres", Kind::Shared, "peers"),
    library("deadpool-postgres", Kind::Pool, "peers"),
    library("sqlx", Kind::Pool, "peers"),
    library("diesel-async", Kind::Mapper, "peers"),
    library("sea-orm", Kind::Mapper, "peers"),
    library("toasty", Kind::Mapper, "toasty"),
];

pub(crate) fn find(name: &str) -> Option<&'static Library> {
    ALL.iter().find(|library| library.name == name)
}

fn folder(package: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(package)
}

/// Returns the folder in which the programs are built, that of the runner.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.ancestors().nth(2).ok_or("the program is not in a target folder")?.to_owned())
}

/// Builds the program of a package, by cargo's default profile for releases.
pub(crate) fn build(package: &str) -> Result {
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(folder(package).join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", target()?)
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("{package} cannot be built").into()) }
}

impl Library {
    /// Returns whether the library has what a workload needs.
    pub(crate) fn can(&self, workload: Workload, distance: Distance) -> bool {
        // toasty connects by TCP only, and reads a whole result at once.
        self.name != "toasty" || (distance != Distance::Unix && workload != Workload::Stream)
    }

    pub(crate) fn program(&self) -> Result<PathBuf> {
        Ok(target()?.join("release").join(format!("bench-servers-{}", self.package)))
    }

    /// Returns the version in the lock file of the package.
    pub(crate) fn version(&self) -> Result<String> {
        let lock = std::fs::read_to_string(folder(self.package).join("Cargo.lock"))?;
        let entry = format!("name = \"{}\"\nversion = \"", self.name);
        let rest = lock.split(&entry).nth(1).ok_or_else(|| format!("no {} is locked", self.name))?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }
}
