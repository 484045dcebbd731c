//! Running the rounds. A round runs the workloads in turn, each with the programs that can run it,
//! in a random order. Some workloads have fewer rounds than others.

use std::io::IsTerminal;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bench_harness::{Result, Sizes, Workload, shuffle};

use crate::files::{Files, count_for};
use crate::programs::{Kind, Program};
use crate::results::{Results, Run, machine};
use crate::{Options, must, table};

const ROUNDS: usize = 15;

/// How often rusqlite and aio-sql run in each round of a workload in which they are compared. In
/// such a workload a few percent decide, but the speed of a machine varies by up to half from one
/// moment to the next.
const REPEATS: usize = 3;

/// Runs the benchmark. Returns `true` if nothing has failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    if options.build {
        for program in &options.programs {
            program.build()?;
        }
    }
    let sizes = Sizes::new(options.quick);
    let files = Files::new(&options.dir, sizes, &options.workloads)?;
    let count = count_for(if options.quick { Duration::from_millis(400) } else { Duration::from_secs(6) })?;
    let mut results = Results {
        name: options.name.clone(),
        quick: options.quick,
        when: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        machine: machine(&options.dir),
        peers: vec![],
        runs: vec![],
        failures: vec![],
    };
    for program in &options.programs {
        results.peers.push((program.name.to_owned(), program.version()?));
    }

    let terminal = std::io::stderr().is_terminal();
    let mut random = results.when | 1;
    let most = options.workloads.iter().map(|workload| rounds(*workload, options)).max().unwrap_or(0);
    for round in 0..most {
        for &workload in options.workloads.iter().filter(|workload| round < rounds(**workload, options)) {
            if terminal {
                eprint!("\rround {} {:<16}", round + 1, workload.id());
            }
            let mut programs = programs_of(workload, options);
            shuffle(&mut programs, &mut random);
            for program in programs {
                match sample(program, workload, &files, options, count) {
                    Ok(mut run) => {
                        run.round = round;
                        results.runs.push(run);
                    }
                    Err(error) => {
                        eprintln!("\n{}, {}: {error}", program.name, workload.id());
                        results.failures.push((program.name.to_owned(), workload.id().to_owned(), error.to_string()));
                    }
                }
            }
        }
    }
    if terminal {
        eprintln!();
    }
    println!("{}", table::write(&results)?);
    eprintln!("{}", results.store()?.display());
    table::draw(&results)?;
    Ok(results.failures.is_empty())
}

fn sample(program: &Program, workload: Workload, files: &Files, options: &Options, count: i64) -> Result<Run> {
    let file = files.give(workload)?;
    let sample = program.sample(workload, &file, options.quick, options.pool, count)?;
    files.verify(workload, &file, &sample)?;
    Ok(Run { round: 0, sample })
}

/// Returns the programs of a round, some of them several times.
fn programs_of(workload: Workload, options: &Options) -> Vec<&'static Program> {
    let near = !options.quick && must::is_against_floor(workload);
    let times = |program: &Program| if near && matches!(program.kind, Kind::Floor | Kind::Own) { REPEATS } else { 1 };
    let can = options.programs.iter().filter(|program| program.can(workload));
    can.flat_map(|program| std::iter::repeat_n(*program, times(program))).collect()
}

/// Returns the number of rounds of a workload. Concurrent workloads have fewer rounds than others,
/// and so has `cancel`, which takes six seconds with most libraries.
fn rounds(workload: Workload, options: &Options) -> usize {
    if options.quick && options.rounds.is_none() {
        return 1;
    }
    let rounds = options.rounds.unwrap_or(ROUNDS);
    match workload {
        Workload::Cancel => rounds.div_ceil(8),
        workload if workload.concurrent() => rounds.div_ceil(3),
        _ => rounds,
    }
}
