//! Compares aio-sql with other libraries on a private PostgreSQL server; see ../README.md.

mod goals;
mod hello;
mod libraries;
mod proxy;
mod results;
mod run;
mod server;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use bench_harness::Result;
use bench_servers_harness::{Distance, Workload};
use lexopt::prelude::*;

use crate::libraries::Library;
use crate::results::Results;

const HELP: &str = "\
benches/run servers [COMMAND] [OPTIONS]

Without a command: start a PostgreSQL server, measure, print the tables, write results/NAME.json and results/servers.svg.

  build                    measure what a clean debug build of a hello-world costs
  table FILE               print the tables of a run again, and draw its chart

  --only WORKLOAD,..       these alone
  --peers NAME,..          these alone
  --distances NAME,..      of `unix`, `tcp` and `far`; all unless said
  --rounds N               9 unless said; a third of them for `cancel`, and by TCP where there is no goal
  --name NAME              of the results
  --no-build               the programs are built already
";

/// The options of the command line.
pub(crate) struct Options {
    command: Command,
    workloads: Vec<Workload>,
    libraries: Vec<&'static Library>,
    distances: Vec<Distance>,
    rounds: usize,
    name: String,
    build: bool,
}

enum Command {
    Run,
    Build,
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
            Command::Build => hello::run(),
            Command::Table(file) => {
                let results = Results::load(file)?;
                println!("{}", table::write(&results)?);
                table::chart(&results)?;
                Ok(true)
            }
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
        libraries: libraries::ALL.iter().collect(),
        distances: Distance::ALL.to_vec(),
        rounds: 9,
        name: "servers".to_owned(),
        build: true,
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(word) if word == "build" => options.command = Command::Build,
            Value(word) if word == "table" => options.command = Command::Table(arguments.value()?.into()),
            Long("only") => options.workloads = list(&arguments.value()?.string()?, Workload::from_id)?,
            Long("peers") => options.libraries = list(&arguments.value()?.string()?, libraries::find)?,
            Long("distances") => options.distances = list(&arguments.value()?.string()?, Distance::from_id)?,
            Long("rounds") => options.rounds = arguments.value()?.parse()?,
            Long("name") => options.name = arguments.value()?.string()?,
            Long("no-build") => options.build = false,
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(options))
}

fn list<T>(text: &str, find: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    text.split(',').map(|word| find(word).ok_or_else(|| format!("there is no `{word}`").into())).collect()
}
