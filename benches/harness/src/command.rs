//! The command line of each program of the benchmark.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use lexopt::prelude::*;

use crate::measure;
use crate::peer::{Open, Peer, Pool, Result};
use crate::workload::{Sizes, Workload};

/// The arguments that the runner passes.
pub(crate) struct Command {
    pub(crate) open: Open,
    pub(crate) sizes: Sizes,
    /// The exact number of times that a sequential workload or `bulk` runs its operation, to count
    /// instructions; `None` to measure the time as usual.
    pub(crate) operations: Option<u64>,
    /// The number to which the slow query of the workload `cancel` counts.
    pub(crate) count: i64,
}

/// Runs one workload and prints the sample.
///
/// `PROGRAM WORKLOAD --db FILE [--quick] [--pool N | N+1] [--operations N] [--count N]`
pub fn main<P: Peer>() -> ExitCode {
    match run::<P>() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", P::NAME);
            ExitCode::FAILURE
        }
    }
}

fn run<P: Peer>() -> Result<String> {
    let command = parse::<P>()?;
    let sample = if P::SYNC {
        ready(measure::run::<P>(command))
    } else {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let sample = runtime.block_on(async { tokio::spawn(measure::run::<P>(command)).await })?;
        // The process has to end even if a query cannot be stopped, or if a pool needs its runtime
        // when it is dropped.
        runtime.shutdown_background();
        sample
    }?;
    Ok(serde_json::to_string(&sample)?)
}

fn parse<P: Peer>() -> Result<Command> {
    let mut arguments = lexopt::Parser::from_env();
    let (mut workload, mut path, mut pool, mut operations, mut quick, mut count) =
        (None, None, None, None, false, 1_000_000);
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(id) => workload = Some(Workload::from_id(&id.string()?).ok_or("no such workload")?),
            Long("db") => path = Some(PathBuf::from(arguments.value()?)),
            Long("quick") => quick = true,
            Long("pool") => pool = Some(Pool::parse(&arguments.value()?.string()?).ok_or("not a pool")?),
            Long("operations") => operations = Some(arguments.value()?.parse()?),
            Long("count") => count = arguments.value()?.parse()?,
            other => return Err(other.unexpected().into()),
        }
    }
    let workload = workload.ok_or("which workload?")?;
    let path = path.ok_or("--db is missing")?;
    let pool = pool.unwrap_or_else(|| P::pool(workload));
    Ok(Command { open: Open { path, workload, pool }, sizes: Sizes::new(quick), operations, count })
}

/// Returns the result of a future that is ready when it is first polled.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the program declares that it blocks, but its future is not ready"),
    }
}
