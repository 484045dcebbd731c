//! Building and running the programs.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench_harness::{Pool, Result, Sample, Workload};

/// The kind of a library, for the comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// rusqlite, with the version of SQLite that aio-sql uses.
    Floor,
    /// A library that passes a connection of rusqlite to a closure on another thread.
    Closures,
    /// Another library that does not block.
    Async,
    /// Another library that blocks.
    Blocking,
    /// aio-sql.
    Own,
    /// The newest version of rusqlite.
    SecondFloor,
    /// aio-sql with another feature, for a comparison with itself.
    Variant,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The crate whose version is reported.
    pub(crate) library: &'static str,
}

const PROGRAMS: [Program; 12] = [
    Program { name: "rusqlite", kind: Kind::Floor, library: "rusqlite" },
    Program { name: "aio-sql", kind: Kind::Own, library: "aio-sql" },
    Program { name: "tokio-rusqlite", kind: Kind::Closures, library: "tokio-rusqlite" },
    Program { name: "async-sqlite", kind: Kind::Closures, library: "async-sqlite" },
    Program { name: "deadpool-sqlite", kind: Kind::Closures, library: "deadpool-sqlite" },
    Program { name: "sqlx", kind: Kind::Async, library: "sqlx" },
    Program { name: "diesel", kind: Kind::Blocking, library: "diesel" },
    Program { name: "diesel-async", kind: Kind::Async, library: "diesel-async" },
    Program { name: "sea-orm", kind: Kind::Async, library: "sea-orm" },
    Program { name: "toasty", kind: Kind::Async, library: "toasty" },
    Program { name: "rusqlite-newest", kind: Kind::SecondFloor, library: "rusqlite" },
    Program { name: "aio-sql-tracing", kind: Kind::Variant, library: "aio-sql" },
];

/// Returns the programs that are run by default.
pub(crate) fn usual() -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| program.kind != Kind::Variant).collect()
}

pub(crate) fn find(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|program| program.name == name)
}

/// Returns the folder of the benchmark.
pub(crate) fn benches() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("report/ is in a folder").to_owned()
}

pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => std::path::absolute(&target).unwrap_or_else(|_| target.into()),
        None => benches().join("target"),
    }
}

/// The timeout of one sample.
const SAMPLE_TIMEOUT: Duration = Duration::from_secs(120);

impl Program {
    pub(crate) fn folder(&self) -> PathBuf {
        benches().join(self.name)
    }

    /// Returns whether the program can run the workload. A blocking call cannot be cancelled.
    pub(crate) fn can(&self, workload: Workload) -> bool {
        workload != Workload::Cancel || !matches!(self.kind, Kind::Floor | Kind::SecondFloor | Kind::Blocking)
    }

    /// Builds the program with the default release profile, which is set here for all programs.
    pub(crate) fn build(&self) -> Result {
        eprintln!("building {}", self.name);
        let mut command = Command::new("cargo");
        // The dependencies of aio-sql may have changed after its lock file was written.
        if !matches!(self.kind, Kind::Own | Kind::Variant) {
            command.arg("--locked");
        }
        let status = command
            .args(["build", "--release", "--quiet"])
            .current_dir(self.folder())
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3")
            .env("CARGO_PROFILE_RELEASE_LTO", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_PANIC", "unwind")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("{} cannot be built", self.name).into()) }
    }

    pub(crate) fn binary(&self) -> PathBuf {
        target().join("release").join(format!("bench-{}", self.name))
    }

    /// Returns the version of the library in the lock file.
    pub(crate) fn version(&self) -> Result<String> {
        let lock = std::fs::read_to_string(self.folder().join("Cargo.lock"))?;
        let entry = format!("name = \"{}\"\nversion = \"", self.library);
        let rest = lock.split(&entry).nth(1).ok_or_else(|| format!("{} locks no {}", self.name, self.library))?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }

    /// Runs one sample.
    pub(crate) fn sample(
        &self,
        workload: Workload,
        file: &Path,
        quick: bool,
        pool: Option<Pool>,
        count: i64,
    ) -> Result<Sample> {
        let mut command = Command::new(self.binary());
        command.arg(workload.id()).arg("--db").arg(file).arg("--count").arg(count.to_string());
        if quick {
            command.arg("--quick");
        }
        if let Some(pool) = pool {
            command.arg("--pool").arg(pool.to_string());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let end = Instant::now() + SAMPLE_TIMEOUT;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > end {
                child.kill()?;
                child.wait()?;
                return Err("did not return a result in time".into());
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let (mut output, mut complaint) = (String::new(), String::new());
        child.stdout.take().ok_or("no output")?.read_to_string(&mut output)?;
        child.stderr.take().ok_or("no output")?.read_to_string(&mut complaint)?;
        match serde_json::from_str(&output) {
            Ok(sample) if status.success() => Ok(Sample { peer: self.name.to_owned(), ..sample }),
            _ => Err(format!("{status}: {}", complaint.trim()).into()),
        }
    }
}
