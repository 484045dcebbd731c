//! Running the rounds. A round runs all workloads at all distances, each with the libraries in a
//! random order, and each sample in a process of its own.

use std::io::{IsTerminal, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bench_harness::{Machine, Result, shuffle};
use bench_servers_harness::{Distance, Sample, Workload};

use crate::libraries::{Library, build};
use crate::results::{Results, Run};
use crate::server::Measured;
use crate::{Options, table};

/// The longest time of a sample.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the benchmark. Returns `true` if nothing has failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    for package in ["peers", "toasty"] {
        if options.build && options.libraries.iter().any(|library| library.package == package) {
            build(package)?;
        }
    }
    let mut server = Measured::start()?;
    let mut results = Results {
        name: options.name.clone(),
        when: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        machine: Machine::this(server.file_system()),
        postgres: server.version()?,
        peers: vec![],
        runs: vec![],
        failures: vec![],
    };
    for library in &options.libraries {
        results.peers.push((library.name.to_owned(), library.version()?));
    }
    let terminal = std::io::stderr().is_terminal();
    let mut random = results.when | 1;
    for round in 0..options.rounds {
        for &distance in &options.distances {
            let is_due = |workload: &&Workload| round < rounds(**workload, distance, options.rounds);
            for &workload in options.workloads.iter().filter(is_due) {
                if terminal {
                    eprint!("\rround {} {} {:<16}", round + 1, distance.id(), workload.id());
                }
                let mut libraries = options.libraries.clone();
                libraries.retain(|library| library.can(workload, distance));
                shuffle(&mut libraries, &mut random);
                for library in libraries {
                    match sample(library, workload, distance, &mut server) {
                        Ok(sample) => results.runs.push(Run { round, sample }),
                        Err(error) => {
                            let what = [library.name, workload.id(), distance.id()].map(ToOwned::to_owned);
                            eprintln!("\n{}: {error}", what.join(", "));
                            let [name, workload, distance] = what;
                            results.failures.push([name, workload, distance, error.to_string()]);
                        }
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
    table::chart(&results)?;
    Ok(results.failures.is_empty())
}

/// Returns the rounds of a workload. `cancel` waits two seconds with most libraries, and what has
/// no goal is only reported.
fn rounds(workload: Workload, distance: Distance, rounds: usize) -> usize {
    let has_goal = distance == Distance::Unix || (workload, distance) == (Workload::Point, Distance::Far);
    if workload == Workload::Cancel || !has_goal { rounds.div_ceil(3) } else { rounds }
}

/// Runs one sample, and checks what it has written.
fn sample(library: &Library, workload: Workload, distance: Distance, server: &mut Measured) -> Result<Sample> {
    server.prepare(workload)?;
    let mut child = Command::new(library.program()?)
        .args([library.name, workload.id(), distance.id(), &server.address(distance)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let end = Instant::now() + PATIENCE;
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
    match serde_json::from_str::<Sample>(&output) {
        Ok(sample) if status.success() => {
            server.verify(&sample)?;
            Ok(sample)
        }
        _ => Err(format!("{status}: {}", complaint.trim()).into()),
    }
}
