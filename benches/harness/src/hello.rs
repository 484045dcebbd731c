//! The cost of a clean debug build of a minimal program with a library.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::peer::Result;

/// A minimal program: one table, one insert, one select. It prints `Hello, Dan Rydell`.
pub struct Hello {
    pub name: &'static str,
    /// The lines of its manifest, in which `ROOT` is the folder of aio-sql, and `TOKIO` the line
    /// for tokio.
    pub dependencies: &'static str,
    pub source: &'static str,
}

/// What a build has cost.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    /// The CPU time of all processes.
    pub seconds: f64,
    /// The elapsed time in seconds.
    pub elapsed: f64,
    /// The number of crates, including the program.
    pub crates: usize,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

/// Cargo compiles what it finds by a path incrementally, which takes longer, but not what comes
/// from a registry, as these crates do for a user.
const AS_FROM_A_REGISTRY: &str =
    "aio-macros.incremental = false\naio-runtime.incremental = false\naio-sql.incremental = false\n";

impl Hello {
    /// Builds the program in a folder and runs it with an argument.
    pub fn build(&self, folder: &Path, argument: &str) -> Result<Built> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let dependencies = self.dependencies.replace("ROOT", &root.display().to_string()).replace("TOKIO", TOKIO);
        let manifest = format!(
            "[package]\nname = \"hello\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n\n\
             [profile.dev.package]\n{}",
            if self.dependencies.contains("ROOT") { AS_FROM_A_REGISTRY } else { "" }
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), self.source)?;
        // Downloading is not measured.
        self.cargo(folder, &["fetch", "--quiet"])?;
        let (before, start) = (children_seconds()?, Instant::now());
        self.cargo(folder, &["build", "--quiet"])?;
        let (seconds, elapsed) = (children_seconds()? - before, start.elapsed().as_secs_f64());
        let said = Command::new(folder.join("target/debug/hello")).arg(argument).current_dir(folder).output()?;
        if String::from_utf8_lossy(&said.stdout).trim() != "Hello, Dan Rydell" {
            let complaint = String::from_utf8_lossy(&said.stderr).trim().to_owned();
            return Err(format!("the hello-world of {} prints something else: {complaint}", self.name).into());
        }
        let tree = Command::new("cargo")
            .args(["tree", "--quiet", "--edges", "normal,build", "--prefix", "none"])
            .current_dir(folder)
            .output()?;
        let tree = String::from_utf8_lossy(&tree.stdout);
        let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
        fs::remove_dir_all(folder)?;
        Ok(Built { seconds, elapsed, crates: crates.len() })
    }

    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result {
        // The build uses a separate target folder, even if the environment sets another, and no
        // cache of compiler results.
        let status = Command::new("cargo")
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env_remove("CARGO_INCREMENTAL")
            .env_remove("RUSTC_WRAPPER")
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("the hello-world of {} cannot be built", self.name).into()) }
    }
}

/// Returns the CPU seconds of the child processes that have ended, and of their children.
pub fn children_seconds() -> Result<f64> {
    /// The clock ticks per second on Linux, which are the same on all of today's processors.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The second field is the name in parentheses. The times of the children are the 14th and 15th
    // fields after it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = fields.split_whitespace().skip(13).take(2).map(str::parse::<f64>);
    match (ticks.next(), ticks.next()) {
        (Some(user), Some(system)) => Ok((user? + system?) / TICKS),
        _ => Err("the system does not report the CPU time of child processes".into()),
    }
}
