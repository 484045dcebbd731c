//! Compares aio-sql with tokio-postgres, deadpool-postgres and sqlx on a PostgreSQL server.
//!
//! `cargo run --release -- ADDRESS [ROUNDS]` runs each workload with each library in turn, and
//! prints the medians and the medians of the ratios of each round. The server has to be durable
//! (`fsync` and `synchronous_commit` on), and nothing else may use it. A table `item` of the
//! database is created anew.

mod aio;
mod deadpool;
mod peer;
mod sqlx;
mod tokio_postgres;

use std::time::{Duration, Instant};

use peer::{Peer, Result};

/// The connections of each pool, and the clients that tasks share.
const CONNECTIONS: usize = 4;

const TASKS: i64 = 64;

/// A workload, with the number of operations of a round.
#[derive(Clone, Copy)]
struct Workload {
    name: &'static str,
    operations: i64,
    /// Whether a smaller time is meant; otherwise operations per second are.
    is_time: bool,
}

const WORKLOADS: [Workload; 8] = [
    Workload { name: "point", operations: 3_000, is_time: true },
    Workload { name: "point64", operations: 40_000, is_time: false },
    Workload { name: "all10k", operations: 20, is_time: true },
    Workload { name: "stream", operations: 1, is_time: true },
    Workload { name: "insert", operations: 300, is_time: true },
    Workload { name: "insert64", operations: 6_000, is_time: false },
    Workload { name: "transaction", operations: 300, is_time: true },
    Workload { name: "bulk100k", operations: 1, is_time: true },
];

async fn run(peer: &dyn Peer, workload: Workload) -> Result<Duration> {
    let started = Instant::now();
    match workload.name {
        "point" => peer.points(workload.operations).await?,
        "point64" => peer.points_by_tasks(TASKS, workload.operations / TASKS).await?,
        "all10k" => peer.all(workload.operations).await?,
        "stream" => peer.stream().await?,
        "insert" => peer.inserts(workload.operations).await?,
        "insert64" => peer.inserts_by_tasks(TASKS, workload.operations / TASKS).await?,
        "transaction" => peer.transactions(workload.operations).await?,
        _ => peer.bulk(100_000).await?,
    }
    Ok(started.elapsed())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: bench-servers ADDRESS [ROUNDS [WORKLOAD]]")?;
    let rounds: usize = arguments.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let only = arguments.next();
    peer::fill(&address).await?;
    let peers: Vec<Box<dyn Peer>> = vec![
        Box::new(aio::Aio::open(&address, CONNECTIONS).await?),
        Box::new(tokio_postgres::TokioPostgres::open(&address, CONNECTIONS).await?),
        Box::new(deadpool::Deadpool::open(&address, CONNECTIONS).await?),
        Box::new(sqlx::Sqlx::open(&address, CONNECTIONS).await?),
    ];
    println!("| workload | unit | {} |", peers.iter().map(|peer| peer.name()).collect::<Vec<_>>().join(" | "));
    for workload in WORKLOADS.into_iter().filter(|workload| only.as_deref().is_none_or(|only| only == workload.name)) {
        let mut times = vec![Vec::new(); peers.len()];
        // The first round warms up.
        for round in 0..=rounds {
            for place in 0..peers.len() {
                let place = (place + round) % peers.len();
                let time = run(&*peers[place], workload).await?;
                if round > 0 {
                    times[place].push(time.as_secs_f64());
                }
            }
        }
        let cells: Vec<_> = times
            .iter()
            .map(|own| {
                let ratio = median(own.iter().zip(&times[0]).map(|(time, aio)| time / aio).collect());
                let time = median(own.clone());
                let operations = workload.operations as f64;
                let figure = if workload.is_time { time / operations * 1e6 } else { operations / time };
                format!("{figure:.0} ({ratio:.2})")
            })
            .collect();
        let unit = if workload.is_time { "µs" } else { "per second" };
        println!("| {} | {unit} | {} |", workload.name, cells.join(" | "));
    }
    println!("\nIn parentheses: the time as a multiple of that of aio-sql, the median of {rounds} rounds.");
    Ok(())
}
