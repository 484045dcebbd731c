//! Power losses: data that was synced to the disk is kept. A shim logs the writes, truncations,
//! syncs and removals of files in their order, with the acknowledgements of the writes, and the
//! files are rebuilt as they might be found after a power loss.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aio_sql::{Database, Durability, Result, query, rusqlite};

use super::load::{Ack, Findings, checkpoint, examine, open, write};
use super::replay::{Disk, Record, read};
use super::{Random, shim};

/// The number of tasks, and the number of calls of each.
const CALLS: (i64, i64) = (16, 20);

/// About how many power losses leave a random part of the unsynced writes. They come in addition
/// to those that leave nothing that is not synced.
const CUTS: u64 = 150;

#[test]
fn every_acknowledged_row_outlives_a_power_loss() {
    let name = "power::every_acknowledged_row_outlives_a_power_loss";
    let findings = after_power_losses(name, Durability::Full);
    assert!(findings.lost == 0 && findings.broken.is_empty(), "{findings:?}");
}

#[test]
fn normal_durability_loses_only_the_last_rows_in_a_power_loss() {
    let name = "power::normal_durability_loses_only_the_last_rows_in_a_power_loss";
    let findings = after_power_losses(name, Durability::Normal);
    assert!(findings.lost > 0, "nothing is lost: does the log see the syncs at all?");
    assert!(findings.broken.is_empty(), "{findings:?}");
}

#[test]
fn without_durability_a_power_loss_is_seen_to_lose_rows() {
    let name = "power::without_durability_a_power_loss_is_seen_to_lose_rows";
    assert!(after_power_losses(name, Durability::Off).lost > 0, "the log finds nothing that is not synced");
}

/// Lets a child write under the shim, and checks the files that power losses at many moments would
/// have left. In the child process, this function runs the child's side and returns no findings.
fn after_power_losses(name: &str, durability: Durability) -> Findings {
    if let Some(directory) = std::env::var_os("AIO_SQL_SHIM_DIR") {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(child(PathBuf::from(directory).join("data"), durability)).expect("it writes");
        // The child process ends here, because only the parent returns findings.
        std::process::exit(0);
    }
    let directory = tempfile::tempdir().expect("a directory");
    let status = shim::again_under_shim(name, directory.path()).env("AIO_SQL_SHIM_LOG", "1").status();
    assert!(status.expect("a child").success(), "the child has failed");
    let records = read(&directory.path().join("log")).expect("a log");
    losses(&records, &mut Random::new(name))
}

async fn child(data: PathBuf, durability: Durability) -> Result<()> {
    // Each acknowledgement is written to a separate file, so that the shim logs it among the other
    // operations.
    let answers = Mutex::new(fs::File::create(data.join("answers")).expect("a file"));
    let db = open(&data.join("app.db"), durability).await?;
    let beside = tokio::spawn(checkpoints(db.clone()));
    let answer: Arc<dyn Fn(Ack) + Send + Sync> = Arc::new(move |first| {
        answers.lock().expect("no panic").write_all(&first.to_ne_bytes()).expect("an answer");
    });
    write(&db, 0, CALLS, answer).await?;
    beside.abort();
    db.close().await
}

/// Runs checkpoints again and again, each with new content in the write-ahead log.
async fn checkpoints(db: Database) -> Result<()> {
    loop {
        checkpoint(&db).await?;
        query("create table if not exists mark (round integer)").execute(&db).await?;
        for _ in 0..20 {
            query("insert into mark values (1)").execute(&db).await?;
        }
    }
}

fn losses(records: &[Record], random: &mut Random) -> Findings {
    let scratch = tempfile::tempdir().expect("a directory");
    let mut disk = Disk::default();
    let (mut acknowledged, mut all) = (Vec::new(), Findings::default());
    let mut look = |disk: &Disk, acknowledged: &[Ack], random: Option<&mut Random>| {
        let torn = random.is_some();
        disk.rebuild(scratch.path(), random).expect("files");
        let path = scratch.path().join("app.db");
        if !path.exists() {
            all.lost += acknowledged.len();
            return;
        }
        let raw = rusqlite::Connection::open(&path).expect("a file");
        // The rebuilt file is examined and then replaced, so it need not be synced, which is
        // faster.
        let _ = raw.execute_batch("pragma synchronous = off");
        let mut findings = examine(&raw, acknowledged);
        all.lost += findings.lost;
        let torn = if torn { "torn" } else { "synced alone" };
        all.broken
            .extend(findings.broken.drain(..).map(|what| format!("{} answers, {torn}: {what}", acknowledged.len())));
    };
    let mut until_cut = 0;
    for record in records {
        disk.apply(record);
        if let Record::Written { file, bytes, .. } = record
            && disk.name(*file) == "answers"
        {
            acknowledged.push(Ack::from_ne_bytes(bytes.as_slice().try_into().expect("eight bytes")));
            look(&disk, &acknowledged, None);
        }
        if until_cut == 0 {
            until_cut = random.below(2 * records.len() as u64 / CUTS + 1);
            look(&disk, &acknowledged, Some(random));
        } else {
            until_cut -= 1;
        }
    }
    assert_eq!(acknowledged.len() as i64, CALLS.0 * CALLS.1);
    all
}
