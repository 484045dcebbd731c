//! Builds the programs of the benchmark, runs them in turn, compares their results, and writes the
//! report.

mod chart;
mod compile;
mod files;
mod hello;
mod instructions;
mod must;
mod programs;
mod results;
mod run;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use bench_harness::{Pool, Result, Workload};
use lexopt::prelude::*;

use crate::compile::plan::Kind;
use crate::programs::Program;

const HELP: &str = "\
benches/run [COMMAND] [OPTIONS]

Without a command: build all programs, measure, print the table, write results/NAME.json and results/chart.svg.

  build                    measure what a clean debug build of a hello-world costs, with each library
  compile                  measure what a crate with 50 tables and 500 queries costs to build, with four libraries
  instructions             count the instructions of rusqlite and aio-sql (needs valgrind)
  table FILE               print the table of a run again, and draw its chart
  servers                  the same on PostgreSQL: `benches/run servers --help`

  --only WORKLOAD,..       these alone
  --peers NAME,..          these alone
  --kinds KIND,..          `compile` with these kinds of queries alone, as many in all; `none`: the tables alone
  --rounds N               15 unless said; what 64 tasks do gets a third, `cancel` an eighth;
                           5 of `compile`
  --quick                  tiny sizes, one round: does everything work?
  --dir DIR                where the databases are; on a disk, else durable writes mean nothing
  --name NAME              of the results
  --pool N or N+1          another pool than a program's own; N+1 has one connection for writing apart
  --no-build               the programs are built already
";

/// The options of the command line.
pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) programs: Vec<&'static Program>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) rounds: Option<usize>,
    pub(crate) quick: bool,
    pub(crate) dir: PathBuf,
    pub(crate) name: String,
    pub(crate) pool: Option<Pool>,
    pub(crate) build: bool,
}

pub(crate) enum Command {
    Run,
    Build,
    Compile,
    Instructions,
    Table(PathBuf),
}

fn main() -> ExitCode {
    let done = parse().and_then(|options| match options {
        None => {
            print!("{HELP}");
            Ok(true)
        }
        Some(options) => match &options.command {
            Command::Run => run::run(&options),
            Command::Build => hello::run(&options),
            Command::Compile => compile::run(&options),
            Command::Instructions => instructions::run(&options),
            Command::Table(file) => table::again(file),
        },
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn parse() -> Result<Option<Options>> {
    let mut options = Options {
        command: Command::Run,
        workloads: Workload::ALL.to_vec(),
        programs: programs::usual(),
        kinds: Kind::ALL.to_vec(),
        rounds: None,
        quick: false,
        dir: std::env::temp_dir(),
        name: String::new(),
        pool: None,
        build: true,
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(word) if word == "build" => options.command = Command::Build,
            Value(word) if word == "compile" => options.command = Command::Compile,
            Value(word) if word == "instructions" => options.command = Command::Instructions,
            Value(word) if word == "table" => options.command = Command::Table(arguments.value()?.into()),
            Long("only") => options.workloads = list(&arguments.value()?.string()?, Workload::from_id)?,
            Long("peers") => options.programs = list(&arguments.value()?.string()?, programs::find)?,
            Long("kinds") => {
                options.kinds = match arguments.value()?.string()?.as_str() {
                    "none" => vec![],
                    kinds => list(kinds, Kind::from_id)?,
                }
            }
            Long("rounds") => options.rounds = Some(arguments.value()?.parse()?),
            Long("quick") => options.quick = true,
            Long("dir") => options.dir = arguments.value()?.into(),
            Long("name") => options.name = arguments.value()?.string()?,
            Long("pool") => options.pool = Some(Pool::parse(&arguments.value()?.string()?).ok_or("not a pool")?),
            Long("no-build") => options.build = false,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    if options.name.is_empty() {
        options.name = if options.quick { "quick".to_owned() } else { "latest".to_owned() };
    }
    Ok(Some(options))
}

fn list<T>(text: &str, find: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    text.split(',').map(|word| find(word).ok_or_else(|| format!("there is no `{word}`").into())).collect()
}
