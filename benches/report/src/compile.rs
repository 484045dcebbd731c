//! The cost of compiling a crate with many tables and queries, for each library that checks
//! queries at compile time. All crates have the same tables and queries, each written with the API
//! of its library. They are not run.

mod aio_sql;
mod diesel;
pub(crate) mod plan;
mod sea_orm;
mod toasty;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bench_harness::hello::children_seconds;
use bench_harness::{Machine, Result};
use serde::Serialize;

use crate::Options;
use crate::compile::plan::{Kind, Query, Table};
use crate::programs::{Program, benches, target};
use crate::results;

/// The writer of a crate that uses one of the libraries.
struct Writer {
    name: &'static str,
    tables: fn(&[Table]) -> String,
    query: fn(&Query) -> String,
    /// The imports of a module of queries, in addition to the tables.
    imports: &'static str,
}

const WRITERS: [Writer; 4] = [
    Writer { name: OWN, tables: aio_sql::tables, query: aio_sql::query, imports: aio_sql::IMPORTS },
    Writer { name: "diesel", tables: diesel::tables, query: diesel::query, imports: diesel::IMPORTS },
    Writer { name: "sea-orm", tables: sea_orm::tables, query: sea_orm::query, imports: sea_orm::IMPORTS },
    Writer { name: "toasty", tables: toasty::tables, query: toasty::query, imports: toasty::IMPORTS },
];

const OWN: &str = "aio-sql";

const TABLES: usize = 50;
const FEW_TABLES: usize = 5;
const ROUNDS: usize = 5;

/// The step that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Building the crate from scratch, after its dependencies were built.
    Build,
    /// Building again after one number in one query was changed. This number is the limit of an
    /// `Ordered` query, so the crate must contain such a query.
    Rebuild,
    /// Checking the crate from scratch with `cargo check`, after its dependencies were checked.
    Check,
}

#[derive(Serialize)]
struct Sample {
    round: usize,
    peer: &'static str,
    step: Step,
    cpu_seconds: f64,
    elapsed_seconds: f64,
}

#[derive(Serialize)]
struct Compiled {
    name: String,
    /// The time of the measurement in seconds since 1970.
    when: u64,
    machine: Machine,
    tables: usize,
    queries: usize,
    peers: Vec<(String, String)>,
    samples: Vec<Sample>,
}

pub(crate) fn run(options: &Options) -> Result<bool> {
    let tables = plan::tables(if options.quick { FEW_TABLES } else { TABLES });
    let mut crates = vec![];
    for writer in &WRITERS {
        if let Some(program) = options.programs.iter().find(|program| program.name == writer.name) {
            let own = Crate { writer, program, folder: target().join("compile").join(writer.name) };
            own.write(&tables, &options.kinds, 0)?;
            own.prepare()?;
            crates.push(own);
        }
    }
    let mut compiled = Compiled {
        name: "compile".to_owned(),
        when: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        machine: results::machine(&target()),
        tables: tables.len(),
        queries: plan::modules(&tables, &options.kinds, 0).iter().map(Vec::len).sum(),
        peers: vec![],
        samples: vec![],
    };
    for own in &crates {
        compiled.peers.push((own.writer.name.to_owned(), own.program.version()?));
    }
    let rounds = options.rounds.unwrap_or(if options.quick { 1 } else { ROUNDS });
    for round in 0..rounds {
        for own in &crates {
            eprintln!("round {} {}", round + 1, own.writer.name);
            own.sample(round, &tables, &options.kinds, &mut compiled.samples)?;
        }
    }
    compiled.print();
    // Only the results of a complete measurement are stored.
    if !options.quick && crates.len() == WRITERS.len() && options.kinds == Kind::ALL {
        let file = benches().join("results/compile.json");
        fs::write(&file, serde_json::to_string_pretty(&compiled)? + "\n")?;
        println!("\n{}", file.display());
    }
    Ok(true)
}

/// The crate of one library.
struct Crate<'a> {
    writer: &'a Writer,
    program: &'static Program,
    folder: PathBuf,
}

impl Crate<'_> {
    fn package(&self) -> String {
        format!("compile-{}", self.writer.name)
    }

    /// Writes the manifest and the source of the crate. The library and its features are those of
    /// the library's program in the benchmark.
    fn write(&self, tables: &[Table], kinds: &[Kind], revision: usize) -> Result {
        let source = self.folder.join("src");
        fs::create_dir_all(&source)?;
        let manifest = fs::read_to_string(self.program.folder().join("Cargo.toml"))?;
        let (_, dependencies) = manifest.split_once("[dependencies]\n").ok_or("no dependencies")?;
        let dependencies: String = dependencies
            .lines()
            .filter(|line| !line.starts_with("bench-harness") && !line.starts_with("futures-util"))
            .map(|line| line.replace("../..", &root().display().to_string()) + "\n")
            .collect();
        let package = format!("[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n", self.package());
        write(&self.folder.join("Cargo.toml"), &format!("{package}\n[workspace]\n\n[dependencies]\n{dependencies}"))?;

        let modules = plan::modules(tables, kinds, revision);
        let mut lib = "pub mod tables;\n".to_owned();
        write(&source.join("tables.rs"), &(self.writer.tables)(tables))?;
        for (number, queries) in modules.iter().enumerate() {
            lib += &format!("pub mod queries{number};\n");
            let mut text = format!("#![allow(unused_imports)]\n\n{}\n\nuse crate::tables::*;\n", self.writer.imports);
            for query in queries {
                text += "\n";
                text += &(self.writer.query)(query);
            }
            write(&source.join(format!("queries{number}.rs")), &text)?;
        }
        write(&source.join("lib.rs"), &lib)
    }

    /// Builds the dependencies, and checks that the crate compiles.
    fn prepare(&self) -> Result {
        eprintln!("building what {} depends on", self.writer.name);
        fs::copy(self.program.folder().join("Cargo.lock"), self.folder.join("Cargo.lock"))?;
        self.cargo(&["build", "--quiet"])?;
        self.cargo(&["check", "--quiet"])
    }

    fn sample(&self, round: usize, tables: &[Table], kinds: &[Kind], samples: &mut Vec<Sample>) -> Result {
        let peer = self.writer.name;
        let mut measure = |step, command| {
            let (before, start) = (children_seconds()?, Instant::now());
            self.cargo(&[command, "--quiet", "--offline"])?;
            let (cpu_seconds, elapsed_seconds) = (children_seconds()? - before, start.elapsed().as_secs_f64());
            samples.push(Sample { round, peer, step, cpu_seconds, elapsed_seconds });
            Result::Ok(())
        };
        let clean = ["clean", "--quiet", "--offline", "--package", &self.package()];
        self.write(tables, kinds, 2 * round)?;
        self.cargo(&clean)?;
        measure(Step::Build, "build")?;
        if kinds.contains(&Kind::Ordered) {
            self.write(tables, kinds, 2 * round + 1)?;
            measure(Step::Rebuild, "build")?;
        }
        self.cargo(&clean)?;
        measure(Step::Check, "check")
    }

    /// Runs cargo with the default profile and without a cache of compiler results.
    fn cargo(&self, arguments: &[&str]) -> Result {
        let status = Command::new("cargo")
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("CARGO_INCREMENTAL")
            .env_remove("RUSTC_WRAPPER")
            .status()?;
        if status.success() { Ok(()) } else { Err(format!("the crate of {} cannot be built", self.writer.name).into()) }
    }
}

fn root() -> PathBuf {
    benches().parent().expect("benches/ is in a folder").to_owned()
}

/// Writes a file, unless it already has this content: cargo would build the crate again if the
/// file had a newer modification time.
fn write(file: &Path, text: &str) -> Result {
    if fs::read_to_string(file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    Ok(fs::write(file, text)?)
}

impl Step {
    const ALL: [Step; 3] = [Step::Build, Step::Rebuild, Step::Check];

    fn words(self) -> &'static str {
        match self {
            Step::Build => "build",
            Step::Rebuild => "build after an edit",
            Step::Check => "check",
        }
    }
}

impl Compiled {
    /// Returns the medians of the CPU seconds and the elapsed seconds, or `None` if the step was
    /// not measured.
    fn medians(&self, step: Step, peer: &str) -> Option<(f64, f64)> {
        let samples = || self.samples.iter().filter(|sample| sample.step == step && sample.peer == peer);
        let cpu = median(samples().map(|sample| sample.cpu_seconds).collect())?;
        Some((cpu, median(samples().map(|sample| sample.elapsed_seconds).collect())?))
    }

    fn print(&self) {
        let Machine { processor, cores, rustc, load, .. } = &self.machine;
        println!("{processor}, {cores} cores, {rustc}; load {load} before.");
        println!("{} tables, {} queries, debug; medians.\n", self.tables, self.queries);
        println!("| step | library | CPU seconds | × aio-sql | elapsed seconds | × aio-sql |");
        println!("|---|---|---|---|---|---|");
        for step in Step::ALL {
            let own = self.medians(step, OWN);
            for (peer, version) in &self.peers {
                let Some((cpu, elapsed)) = self.medians(step, peer) else { continue };
                let (cpu_ratio, elapsed_ratio) = match own {
                    Some(own) => (format!("{:.2}", cpu / own.0), format!("{:.2}", elapsed / own.1)),
                    None => Default::default(),
                };
                let step = step.words();
                println!("| {step} | {peer} {version} | {cpu:.2} | {cpu_ratio} | {elapsed:.2} | {elapsed_ratio} |");
            }
        }
        let Some((own, _)) = self.medians(Step::Build, OWN) else { return };
        println!("\n| goal, for the CPU seconds of a build | is | reached |\n|---|---|---|");
        for (peer, _) in self.peers.iter().filter(|(peer, _)| peer != OWN) {
            if let Some((cpu, _)) = self.medians(Step::Build, peer) {
                let (ratio, word) = (own / cpu, if own <= cpu { "yes" } else { "**no**" });
                println!("| ≤ 1 × {peer} | {ratio:.2} × {peer} | {word} |");
            }
        }
    }
}

/// Returns the median. If there are two values in the middle, returns the larger one; if there are
/// no values, returns `None`.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
