//! Running and measuring the workloads.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::check::{AsJoined, AsUser, Check, Checked};
use crate::command::{Command, ready};
use crate::peer::{Item, Peer, Result};
use crate::sample::Sample;
use crate::workload::{Sizes, Workload};
use crate::{data, memory};

const TASKS: u64 = 64;

pub(crate) async fn run<P: Peer>(command: Command) -> Result<Sample> {
    let peer = P::open(command.open.clone()).await?;
    let mut sample = Sample {
        peer: P::NAME.to_owned(),
        workload: command.open.workload,
        sqlite: peer.version().await?,
        pool: command.open.pool.to_string(),
        seconds: 0.0,
        operations: 0,
        value: 0.0,
        rows: 0,
        sum: 0,
        errors: 0,
        first_error: None,
        longest_ms: None,
        median_ms: None,
        growth_mib: None,
    };
    let sizes = command.sizes;
    match command.open.workload {
        Workload::Bulk => bulk(&peer, &command, &mut sample).await?,
        Workload::Stream => stream(&peer, &mut sample).await?,
        Workload::Cancel => cancel(&peer, &command, &mut sample).await?,
        workload if workload.concurrent() => concurrent(&peer, workload, &sizes, &mut sample).await?,
        _ => sequential(&peer, &command, &mut sample).await?,
    }
    Ok(sample)
}

/// Runs a workload in one task, one operation after the other, until the time is over, or as often
/// as the command says.
async fn sequential<P: Peer>(peer: &P, command: &Command, sample: &mut Sample) -> Result {
    let names = names(&command.sizes);
    let mut number = 0;
    let mut check = Check::default();
    if let Some(operations) = command.operations {
        for _ in 0..operations {
            operation(peer, command, &names, &mut number, &mut check).await?;
        }
        sample.operations = operations;
        return Ok(());
    }
    let warm = Instant::now();
    while warm.elapsed() < command.sizes.warm_up || number < 2 {
        operation(peer, command, &names, &mut number, &mut check).await?;
    }
    let (mut busy, start) = (Duration::ZERO, Instant::now());
    while start.elapsed() < command.sizes.sample || sample.operations < 3 {
        busy += operation(peer, command, &names, &mut number, &mut check).await?;
        sample.operations += 1;
    }
    sample.seconds = busy.as_secs_f64();
    sample.value = sample.seconds * 1e6 / sample.operations as f64;
    (sample.rows, sample.sum) = (check.rows, check.sum);
    Ok(())
}

/// Runs one operation, and returns the time that the library took. Preparing its arguments and
/// checking its result are not measured.
///
/// A write adds its rows to the check. The first read sets the check, and each later read has to
/// return as many rows as the first read.
async fn operation<P: Peer>(
    peer: &P,
    command: &Command,
    names: &[String],
    number: &mut u64,
    check: &mut Check,
) -> Result<Duration> {
    *number += 1;
    Ok(match command.open.workload {
        Workload::All10k | Workload::All100 => {
            let (took, users) = timed(peer.users()).await?;
            same(check, users.len(), || users.iter().map(AsUser::check).collect())?;
            took
        }
        Workload::Join10k => {
            let (took, rows) = timed(peer.join()).await?;
            same(check, rows.len(), || rows.iter().map(AsJoined::check).collect())?;
            took
        }
        Workload::Three => {
            let (took, trees) = timed(peer.trees()).await?;
            same(check, trees.rows(), || trees.check())?;
            took
        }
        Workload::Point1 => {
            let id = random(*number) % names.len() as u64;
            let (took, user) = timed(peer.user(id as i64 + 1)).await?;
            verify(&user, id, names)?;
            took
        }
        Workload::Insert1Full | Workload::Insert1Normal => {
            let row = data::new_user(0, *number);
            check.add(row.check());
            timed(peer.insert(row)).await?.0
        }
        other => {
            let rows = other.batch().ok_or_else(|| format!("{} is not a sequential workload", other.id()))?;
            let rows: Vec<_> = (0..rows).map(|task| data::new_user(task, *number)).collect();
            for row in &rows {
                check.add(row.check());
            }
            timed(peer.insert_batch(rows)).await?.0
        }
    })
}

async fn timed<T>(work: impl Future<Output = Result<T>>) -> Result<(Duration, T)> {
    let start = Instant::now();
    let result = black_box(work.await);
    Ok((start.elapsed(), result?))
}

/// Takes the check of the first result over all of its rows. For a later result, only compares the
/// number of rows with that of the first one.
fn same(check: &mut Check, rows: usize, full: impl FnOnce() -> Check) -> Result {
    if check.rows == 0 {
        *check = full();
    }
    if check.rows != rows as u64 {
        Err("a result has a different number of rows than the first one".into())
    } else {
        Ok(())
    }
}

fn verify(user: &impl AsUser, id: u64, names: &[String]) -> Result {
    let (key, name, _) = user.user();
    if key == id as i64 + 1 && name == names[id as usize] { Ok(()) } else { Err("another user was read".into()) }
}

fn names(sizes: &Sizes) -> Vec<String> {
    (1..=sizes.users).map(data::name).collect()
}

/// Returns a random number by SplitMix64. All programs get the same sequence of keys.
fn random(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The operations that one of the concurrent tasks has done.
#[derive(Default)]
struct Done {
    reads: Vec<Duration>,
    writes: Vec<Duration>,
    written: Check,
    errors: u64,
    first_error: Option<String>,
}

async fn concurrent<P: Peer>(peer: &P, workload: Workload, sizes: &Sizes, sample: &mut Sample) -> Result {
    let names = Arc::new(names(sizes));
    let mut peers = Vec::new();
    for _ in 0..TASKS {
        let peer = peer.task().await?;
        verify(&peer.user(1).await?, 0, &names)?;
        peers.push(peer);
    }
    let start = Instant::now();
    let end = start + sizes.concurrent;
    let work = (0..).zip(peers).map(|(number, peer)| task(peer, workload, number, Arc::clone(&names), end));
    let mut all = Vec::new();
    if P::SYNC {
        let threads: Vec<_> = work.map(|work| std::thread::spawn(move || ready(work))).collect();
        for thread in threads {
            all.push(thread.join().map_err(|_| "a thread panicked")?);
        }
    } else {
        let tasks: Vec<_> = work.map(tokio::spawn).collect();
        for task in tasks {
            all.push(task.await?);
        }
    }
    sample.seconds = start.elapsed().as_secs_f64();

    let (mut reads, mut writes, mut written) = (Vec::new(), Vec::new(), Check::default());
    for done in all {
        reads.extend(done.reads);
        writes.extend(done.writes);
        written.add(done.written);
        sample.errors += done.errors;
        sample.first_error = sample.first_error.take().or(done.first_error);
    }
    sample.operations = (reads.len() + writes.len()) as u64;
    sample.value = sample.operations as f64 / sample.seconds;
    (sample.rows, sample.sum) = (written.rows, written.sum);
    reads.sort();
    writes.sort();
    let at = |waits: &[Duration], index: usize| waits.get(index).map_or(0.0, |wait| wait.as_secs_f64() * 1e3);
    let (last_read, last_write) = (reads.len().saturating_sub(1), writes.len().saturating_sub(1));
    sample.longest_ms = Some((at(&reads, last_read), at(&writes, last_write)));
    sample.median_ms = Some((at(&reads, reads.len() / 2), at(&writes, writes.len() / 2)));
    Ok(())
}

/// Runs operations until the time is over. An operation that has begun in time is finished and
/// counted; the measured time ends with the last operation.
async fn task<P: Peer>(peer: P, workload: Workload, task: u64, names: Arc<Vec<String>>, end: Instant) -> Done {
    let mut done = Done::default();
    let mut number = 0;
    loop {
        number += 1;
        let write = match workload {
            Workload::Point64 => false,
            Workload::Mixed64 => (task + number).is_multiple_of(10),
            _ => true,
        };
        let start = Instant::now();
        if start >= end {
            return done;
        }
        let result = if write {
            let row = data::new_user(task, number);
            let check = row.check();
            peer.insert(row).await.map(|()| {
                done.writes.push(start.elapsed());
                done.written.add(check);
            })
        } else {
            let id = random(task << 32 | number) % names.len() as u64;
            peer.user(id as i64 + 1).await.and_then(|user| {
                done.reads.push(start.elapsed());
                verify(&user, id, &names)
            })
        };
        if let Err(error) = result {
            done.errors += 1;
            done.first_error.get_or_insert_with(|| error.to_string());
        }
    }
}

async fn bulk<P: Peer>(peer: &P, command: &Command, sample: &mut Sample) -> Result {
    // To count instructions, the operation is repeated with other keys. All rows are prepared even
    // for fewer repetitions, so that preparing them takes the same number of instructions in each
    // run.
    let prepared = if command.operations.is_some() { 4 } else { 1 };
    let size = command.sizes.items;
    let rounds: Vec<Vec<_>> = (0..prepared).map(|round| data::items(1 + round * size, size).collect()).collect();
    for items in rounds.into_iter().take(command.operations.unwrap_or(1) as usize) {
        let check = match command.operations {
            Some(_) => Check::rows(items.len() as u64),
            None => items.iter().map(Item::check).collect(),
        };
        let (took, ()) = timed(peer.bulk(items)).await?;
        sample.seconds += took.as_secs_f64();
        sample.operations += check.rows;
        sample.rows += check.rows;
        sample.sum = sample.sum.wrapping_add(check.sum);
    }
    sample.value = sample.operations as f64 / sample.seconds;
    Ok(())
}

async fn stream<P: Peer>(peer: &P, sample: &mut Sample) -> Result {
    // The connection and its thread are created before the memory is measured.
    peer.one().await?;
    let before = memory::reset();
    let (took, check) = timed(peer.stream()).await?;
    sample.growth_mib = before.and_then(|before| memory::peak().map(|peak| peak - before));
    sample.seconds = took.as_secs_f64();
    sample.operations = check.rows;
    sample.value = check.rows as f64 / sample.seconds;
    (sample.rows, sample.sum) = (check.rows, check.sum);
    Ok(())
}

/// Measures the time from dropping the future of a slow query until the same connection answers
/// another one.
async fn cancel<P: Peer>(peer: &P, command: &Command, sample: &mut Sample) -> Result {
    if P::SYNC {
        return Err("a call that blocks cannot be dropped".into());
    }
    peer.one().await?;
    let patience = Duration::from_millis(50);
    let drop_at = Instant::now() + patience;
    let counted = tokio::time::timeout(patience, peer.count(command.count)).await;
    if let Ok(counted) = counted {
        // A library that blocks the runtime's thread gets here: its future ran to its end, because
        // the timeout could not drop it.
        counted?;
    }
    let rest = command.sizes.cap.saturating_sub(drop_at.elapsed());
    match tokio::time::timeout(rest, peer.one()).await {
        Ok(answer) => sample.rows = answer? as u64,
        // The connection did not answer in time. The value is the maximum.
        Err(_) => sample.rows = 1,
    }
    sample.seconds = drop_at.elapsed().as_secs_f64().min(command.sizes.cap.as_secs_f64());
    sample.operations = 1;
    sample.value = sample.seconds * 1e3;
    Ok(())
}
