//! The cost of a clean debug build of a minimal program with each library: one table, one insert,
//! one select.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use bench_harness::Result;

use crate::programs::benches;
use crate::{Options, results};

struct Hello {
    name: &'static str,
    dependencies: &'static str,
    source: &'static str,
}

const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

/// The programs, each with the dependencies that the library's first page recommends, but without
/// other databases than SQLite where they are optional.
const HELLOS: [Hello; 10] = [
    Hello {
        name: "rusqlite",
        dependencies: "rusqlite = { version = \"0.41\", features = [\"bundled\"] }",
        source: include_str!("../hello/rusqlite.rs"),
    },
    Hello {
        name: "aio-sql",
        dependencies: "aio-sql = { path = \"ROOT\" }\nTOKIO",
        source: include_str!("../hello/aio_sql.rs"),
    },
    Hello {
        name: "tokio-rusqlite",
        dependencies: "tokio-rusqlite = { version = \"0.8\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/tokio_rusqlite.rs"),
    },
    Hello {
        name: "async-sqlite",
        dependencies: "async-sqlite = \"0.7\"\nTOKIO",
        source: include_str!("../hello/async_sqlite.rs"),
    },
    Hello {
        name: "deadpool-sqlite",
        dependencies: "deadpool-sqlite = { version = \"0.14\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/deadpool_sqlite.rs"),
    },
    Hello {
        name: "sqlx",
        dependencies: "sqlx = { version = \"0.9\", default-features = false, features = [\"macros\", \"runtime-tokio\", \
                       \"sqlite\"] }\nTOKIO",
        source: include_str!("../hello/sqlx.rs"),
    },
    Hello {
        name: "diesel",
        dependencies: "diesel = { version = \"2.3\", features = [\"r2d2\", \"sqlite\"] }\n\
                       libsqlite3-sys = { version = \"0.38\", features = [\"bundled\"] }",
        source: include_str!("../hello/diesel.rs"),
    },
    Hello {
        name: "diesel-async",
        dependencies: "diesel = { version = \"2.3\", features = [\"sqlite\"] }\n\
                       diesel-async = { version = \"0.9\", features = [\"deadpool\", \"sqlite\"] }\n\
                       libsqlite3-sys = { version = \"0.38\", features = [\"bundled\"] }\nTOKIO",
        source: include_str!("../hello/diesel_async.rs"),
    },
    Hello {
        name: "sea-orm",
        dependencies: "sea-orm = { version = \"2\", default-features = false, features = [\"macros\", \"runtime-tokio\", \
                       \"sqlx-sqlite\"] }\nTOKIO",
        source: include_str!("../hello/sea_orm.rs"),
    },
    Hello {
        name: "toasty",
        dependencies: "toasty = { version = \"0.11\", default-features = false, features = [\"sqlite\"] }\nTOKIO",
        source: include_str!("../hello/toasty.rs"),
    },
];

/// The first goal: aio-sql needs at most this fraction of the CPU time that sqlx needs.
const PART: f64 = 0.45;
/// The second goal: aio-sql needs at most this number of crates.
const CRATES: usize = 50;

pub(crate) fn run(options: &Options) -> Result<bool> {
    let folder = options.dir.join(format!("aio-sql-bench-build-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let done = measure(options, &folder);
    fs::remove_dir_all(&folder)?;
    done
}

fn measure(options: &Options, folder: &Path) -> Result<bool> {
    let machine = results::machine(&options.dir);
    println!("{}, {} cores, {}; load {} before.\n", machine.processor, machine.cores, machine.rustc, machine.load);
    println!("| library | CPU seconds | elapsed seconds | crates |\n|---|---|---|---|");
    let (mut own, mut sqlx) = (None, None);
    for hello in &HELLOS {
        if !options.programs.iter().any(|program| program.name == hello.name) {
            continue;
        }
        let (seconds, elapsed, crates) = hello.build(&folder.join(hello.name))?;
        println!("| {} | {seconds:.1} | {elapsed:.1} | {crates} |", hello.name);
        match hello.name {
            "aio-sql" => own = Some((seconds, crates)),
            "sqlx" => sqlx = Some(seconds),
            _ => {}
        }
    }
    if let (Some((own, crates)), Some(sqlx)) = (own, sqlx) {
        let ratio = own / sqlx;
        let word = |reached| if reached { "yes" } else { "**no**" };
        println!("\n| goal | result | reached |\n|---|---|---|");
        println!("| ≤ {PART} × sqlx | {ratio:.2} × sqlx | {} |", word(ratio <= PART));
        println!("| ≤ {CRATES} crates | {crates} | {} |", word(crates <= CRATES));
    }
    Ok(true)
}

impl Hello {
    /// Builds the program. Returns the CPU seconds, the elapsed seconds, and the number of crates,
    /// including the program.
    fn build(&self, folder: &Path) -> Result<(f64, f64, usize)> {
        let root = benches().parent().ok_or("benches/ is in no folder")?.display().to_string();
        let dependencies = self.dependencies.replace("ROOT", &root).replace("TOKIO", TOKIO);
        let manifest = format!(
            "[package]\nname = \"hello\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n"
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), self.source)?;
        // Downloading is not measured.
        self.cargo(folder, &["fetch", "--quiet"])?;
        let (before, start) = (children_seconds()?, Instant::now());
        self.cargo(folder, &["build", "--quiet"])?;
        let (seconds, elapsed) = (children_seconds()? - before, start.elapsed().as_secs_f64());
        let said = Command::new(folder.join("target/debug/hello")).current_dir(folder).output()?;
        if String::from_utf8_lossy(&said.stdout).trim() != "Hello, Dan Rydell" {
            return Err(format!("the hello-world of {} prints something else", self.name).into());
        }
        let tree = Command::new("cargo")
            .args(["tree", "--quiet", "--edges", "normal,build", "--prefix", "none"])
            .current_dir(folder)
            .output()?;
        let tree = String::from_utf8_lossy(&tree.stdout);
        let crates: BTreeSet<_> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
        fs::remove_dir_all(folder)?;
        Ok((seconds, elapsed, crates.len()))
    }

    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result {
        // The build uses a separate target folder, even if the environment sets another, and no
        // cache of compiler results.
        let status = Command::new("cargo")
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("CARGO_INCREMENTAL", "1")
            .env_remove("RUSTC_WRAPPER")
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("the hello-world of {} cannot be built", self.name).into()) }
    }
}

/// Returns the CPU seconds of the child processes that have ended, and of their children.
pub(crate) fn children_seconds() -> Result<f64> {
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
