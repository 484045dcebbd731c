//! One run of one workload with one library, in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bench_harness::{Checked, Result, memory};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::distance::Distance;
use crate::peer::{AsItem, Peer, check};
use crate::rows::{AUTHORS, BRANCHES, BULK, HOT, ITEMS, STREAMED, name};
use crate::workload::{Manner, TASKS, Workload};

/// What a sample says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub peer: String,
    pub workload: Workload,
    pub distance: Distance,
    /// The operations that were measured.
    pub operations: u64,
    /// How long each took, in seconds.
    pub seconds: f64,
    /// The CPU time of the process for each, in seconds.
    pub cpu_seconds: f64,
    /// The operations that have written, also those before the measured ones.
    pub written: i64,
    /// The peak of the memory of the process while it was measured, minus that before, in MiB;
    /// `None` if the system does not report it.
    pub growth_mib: Option<f64>,
}

/// How long a sample lasts, and how long the library runs before.
#[derive(Clone, Copy)]
struct Times {
    warm_up: Duration,
    measured: Duration,
}

const SEQUENTIAL: Times = Times { warm_up: Duration::from_millis(60), measured: Duration::from_millis(250) };
const CONCURRENT: Times = Times { warm_up: Duration::from_millis(100), measured: Duration::from_millis(400) };

/// How long the query of `cancel` takes, and after which time it is dropped.
const SLOW: f64 = 2.0;
const DROPPED_AFTER: Duration = Duration::from_millis(50);

/// Every tenth operation of `mixed64` is an insert.
const MIXED: i64 = 10;

struct Meter {
    started: Instant,
    cpu: f64,
    memory: Option<f64>,
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

impl Meter {
    fn start() -> Meter {
        let memory = memory::reset();
        Meter { started: Instant::now(), cpu: cpu(), memory }
    }

    /// Ends the measurement of operations, of which this number has written at any time.
    fn end<P: Peer>(self, at: At, operations: u64, written: i64) -> Sample {
        let (seconds, cpu_seconds) = (self.started.elapsed().as_secs_f64(), cpu() - self.cpu);
        let growth_mib = memory::peak().zip(self.memory).map(|(peak, before)| peak - before);
        let each = operations as f64;
        Sample {
            peer: P::NAME.to_owned(),
            workload: at.workload,
            distance: at.distance,
            operations,
            seconds: seconds / each,
            cpu_seconds: cpu_seconds / each,
            written,
            growth_mib,
        }
    }
}

/// What is measured where.
#[derive(Clone, Copy)]
pub struct At {
    pub workload: Workload,
    pub distance: Distance,
}

/// Runs a sample.
pub(crate) async fn run<P: Peer>(at: At, address: String) -> Result<Sample> {
    let peer = P::open(&address, at.workload.connections()).await?;
    match at.workload.manner() {
        Manner::Sequential => sequential(&peer, at).await,
        Manner::Concurrent => concurrent(&peer, at).await,
        Manner::Once => once(&peer, at).await,
    }
}

async fn sequential<P: Peer>(peer: &P, at: At) -> Result<Sample> {
    let mut number = 0;
    let started = Instant::now();
    while started.elapsed() < SEQUENTIAL.warm_up {
        operation(peer, at.workload, number).await?;
        number += 1;
    }
    let (meter, before) = (Meter::start(), number);
    while meter.started.elapsed() < SEQUENTIAL.measured {
        operation(peer, at.workload, number).await?;
        number += 1;
    }
    Ok(meter.end::<P>(at, (number - before) as u64, number))
}

async fn concurrent<P: Peer>(peer: &P, at: At) -> Result<Sample> {
    let (is_over, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (peer, is_over, done) = (peer.of_task(task), Arc::clone(&is_over), Arc::clone(&done));
            tokio::spawn(async move {
                let (mut number, mut written) = (task as i64 * 1_000, 0);
                while !is_over.load(Ordering::Relaxed) {
                    written += i64::from(operation(&peer, at.workload, number).await?);
                    number += 1;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Result::<i64>::Ok(written)
            })
        })
        .collect();
    tokio::time::sleep(CONCURRENT.warm_up).await;
    let (meter, before) = (Meter::start(), done.load(Ordering::Relaxed));
    tokio::time::sleep(CONCURRENT.measured).await;
    let operations = done.load(Ordering::Relaxed) - before;
    let mut sample = meter.end::<P>(at, operations.max(1) as u64, 0);
    is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        sample.written += task.await??;
    }
    Ok(sample)
}

/// Runs one operation and checks what it has read. Returns whether it was one that writes.
async fn operation<P: Peer>(peer: &P, workload: Workload, number: i64) -> Result<bool> {
    match workload {
        Workload::Point | Workload::Point64x1 | Workload::Point64x4 | Workload::Point64x8 => {
            point(peer, number).await?;
        }
        Workload::Mixed64 if number % MIXED != 0 => point(peer, number).await?,
        Workload::All10k => {
            let items = peer.items().await?;
            let holds = |item: &P::Item| {
                let (id, name, price, sold) = item.fields();
                price == id as f64 * 1.5 && sold == (id % 2 == 0) && name.len() > 25
            };
            check(items.len() as i64 == ITEMS && items.iter().all(holds))?;
        }
        Workload::Three => {
            let rows = AUTHORS * (1 + BRANCHES * (1 + BRANCHES));
            check(peer.trees().await?.rows() as i64 == rows)?;
        }
        Workload::Insert | Workload::Insert64 | Workload::Mixed64 => {
            peer.insert(name(number), 1.5).await?;
            return Ok(true);
        }
        Workload::Hot64 => {
            // Neighbouring tasks begin at different rows.
            peer.increment((number + number / 1_000 * 7) % HOT + 1).await?;
            return Ok(true);
        }
        Workload::Transaction => {
            let [one, other] = [number % ITEMS + 1, (number + 1) % ITEMS + 1];
            peer.set_prices([(one, one as f64 * 1.5), (other, other as f64 * 1.5)]).await?;
            return Ok(true);
        }
        Workload::Stream | Workload::Bulk | Workload::Cancel => {}
    }
    Ok(false)
}

async fn point<P: Peer>(peer: &P, number: i64) -> Result {
    let id = number % ITEMS + 1;
    let item = peer.item(id).await?;
    let (read, name, ..) = item.fields();
    check(read == id && !name.is_empty())
}

async fn once<P: Peer>(peer: &P, at: At) -> Result<Sample> {
    // The connection is open, and knows the types. A library may have another for transactions.
    point(peer, 0).await?;
    if at.workload == Workload::Bulk {
        peer.set_prices([(1, 1.5), (2, 3.0)]).await?;
    }
    match at.workload {
        Workload::Stream => {
            let meter = Meter::start();
            let (rows, sum) = peer.stream().await?;
            let sample = meter.end::<P>(at, 1, 0);
            let keys = STREAMED * (STREAMED + 1) / 2;
            check(rows == STREAMED && sum > keys)?;
            Ok(sample)
        }
        Workload::Bulk => {
            let rows = (0..BULK).map(|number| (name(number), number as f64)).collect();
            let meter = Meter::start();
            peer.bulk(rows).await?;
            Ok(meter.end::<P>(at, 1, BULK))
        }
        _ => {
            let running = peer.clone();
            let query = tokio::spawn(async move { running.sleep(SLOW).await });
            tokio::time::sleep(DROPPED_AFTER).await;
            let meter = Meter::start();
            query.abort();
            point(peer, 1).await?;
            Ok(meter.end::<P>(at, 1, 0))
        }
    }
}
