//! The command line of each program.

use std::pin::Pin;
use std::process::ExitCode;

use bench_harness::Result;

use crate::distance::Distance;
use crate::peer::Peer;
use crate::sample::{self, At, Sample};
use crate::workload::Workload;

type Running = Pin<Box<dyn Future<Output = Result<Sample>> + Send>>;

/// A library that a program can run.
pub struct Library {
    name: &'static str,
    run: fn(At, String) -> Running,
}

/// Returns the library that a peer uses.
pub const fn library<P: Peer>() -> Library {
    Library { name: P::NAME, run: |at, address| Box::pin(sample::run::<P>(at, address)) }
}

/// Runs one sample with one of the libraries, and prints it.
pub fn main(libraries: &[Library]) -> ExitCode {
    match run(libraries) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(libraries: &[Library]) -> Result<String> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("LIBRARY WORKLOAD DISTANCE ADDRESS");
    let name = argument()?;
    let library = libraries.iter().find(|library| library.name == name).ok_or("no such library")?;
    let workload = Workload::from_id(&argument()?).ok_or("no such workload")?;
    let distance = Distance::from_id(&argument()?).ok_or("no such distance")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let sample = (library.run)(At { workload, distance }, argument()?);
    let sample = runtime.block_on(async { tokio::spawn(sample).await })?;
    // The process has to end even if a query cannot be stopped.
    runtime.shutdown_background();
    Ok(serde_json::to_string(&sample?)?)
}
