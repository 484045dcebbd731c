//! The process is killed. The data that it has written to the operating system is kept.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::{env, fs};

use aio_sql::{Database, Durability, ErrorKind, Result, query, rusqlite};

use super::load::{Ack, back_up, checkpoint, examine, open, write};
use super::{Random, setting, shim};

/// The work that runs at the same time as the writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Nothing,
    Checkpoints,
    Backups,
}

#[test]
fn every_acknowledged_row_outlives_a_kill() {
    test("kill::every_acknowledged_row_outlives_a_kill", Beside::Nothing);
}

#[test]
fn every_acknowledged_row_outlives_a_kill_during_a_checkpoint() {
    test("kill::every_acknowledged_row_outlives_a_kill_during_a_checkpoint", Beside::Checkpoints);
}

#[test]
fn every_acknowledged_row_outlives_a_kill_during_a_backup() {
    test("kill::every_acknowledged_row_outlives_a_kill_during_a_backup", Beside::Backups);
}

/// Runs the parent's side of a test or, in a child process, the child's side.
fn test(name: &str, beside: Beside) {
    if let Some(path) = env::var_os("AIO_SQL_CHILD") {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(child(&PathBuf::from(path), setting("AIO_SQL_ROUND", 0) as i64, beside)).expect("it writes");
        return;
    }
    let mut random = Random::new(name);
    let directory = tempfile::tempdir().expect("a directory");
    let rounds = setting("AIO_SQL_ROUNDS", 20);
    let (mut acknowledged, mut calls, mut midway) = (Vec::new(), 0, 0);
    for round in 0..rounds {
        // One file is used for many rounds, but not for all, because each round checks the whole
        // file.
        let path = directory.path().join(format!("app-{}.db", round / 20));
        if round % 20 == 0 {
            acknowledged.clear();
        }
        let enough = random.below(120);
        let told = killed(name, &path, round, enough);
        acknowledged.extend(&told.acknowledged);
        calls += told.acknowledged.len();
        midway += u32::from(told.midway);
        for copy in &told.copies {
            whole_copy(copy, &told);
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(goes_on(&path, &acknowledged)).unwrap_or_else(|error| panic!("round {round}: {error:?}"));
    }
    println!("{name}: {rounds} rounds, {calls} acknowledged calls, {midway} kills midway in what goes on beside");
}

/// Writes until the process is killed, and prints each step as a line.
async fn child(path: &Path, round: i64, beside: Beside) -> Result<()> {
    println!("opening");
    let db = open(path, Durability::Full).await?;
    if beside != Beside::Nothing {
        tokio::spawn(again_and_again(db.clone(), path.to_owned(), round, beside));
    }
    write(&db, round, (12, 10_000), Arc::new(|first| println!("ack {first}"))).await
}

async fn again_and_again(db: Database, path: PathBuf, round: i64, beside: Beside) -> Result<()> {
    for number in 0.. {
        let copy = path.with_file_name(format!("copy-{round}-{number}.db"));
        println!("begun");
        match beside {
            Beside::Backups => back_up(&db, &copy).await?,
            _ => checkpoint(&db).await?,
        }
        println!("ended {}", copy.display());
    }
    Ok(())
}

/// What a child has printed before it was killed.
#[derive(Default)]
struct Told {
    acknowledged: Vec<Ack>,
    /// Completed backups, each with the number of calls acknowledged before it began.
    copies: Vec<Copied>,
    midway: bool,
}

struct Copied {
    path: PathBuf,
    before: usize,
}

/// A child process that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lets a child write, and kills it after `enough` acknowledged calls.
fn killed(name: &str, path: &Path, round: u64, enough: u64) -> Told {
    let mut command = shim::again(name);
    command.env("AIO_SQL_CHILD", path).env("AIO_SQL_ROUND", round.to_string()).stdout(Stdio::piped());
    let mut running = Running(command.spawn().expect("a child"));
    let lines = BufReader::new(running.0.stdout.take().expect("a pipe")).lines();
    let (mut told, mut killed, mut begun) = (Told::default(), false, 0);
    // The lines that are left in the pipe after the child was killed are read too, because the
    // calls that they report were acknowledged.
    for line in lines {
        let line = line.expect("text");
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("ack", first) => told.acknowledged.push(first.parse().expect("a number")),
            ("begun", _) => (told.midway, begun) = (true, told.acknowledged.len()),
            ("ended", copy) => {
                told.midway = false;
                let path = PathBuf::from(copy);
                if path.exists() {
                    told.copies.push(Copied { path, before: begun });
                }
            }
            // Skip the lines of the test harness. A child may also be killed while it opens the
            // file.
            (other, _) if other != "opening" => continue,
            _ => {}
        }
        if !killed && told.acknowledged.len() as u64 >= enough {
            running.0.kill().expect("a child to kill");
            killed = true;
        }
    }
    assert!(killed, "round {round}: the child has ended by itself");
    told
}

/// Checks that a completed backup holds every call that was acknowledged before it began.
fn whole_copy(copy: &Copied, told: &Told) {
    let raw = rusqlite::Connection::open(&copy.path).expect("a copy");
    let findings = examine(&raw, &told.acknowledged[..copy.before]);
    assert!(findings.lost == 0 && findings.broken.is_empty(), "{}: {findings:?}", copy.path.display());
}

/// Checks that the file can be opened, is complete, and can be written and backed up.
async fn goes_on(path: &Path, acknowledged: &[Ack]) -> Result<()> {
    let db = match Database::builder(format!("sqlite:{}?mode=rw", path.display())).open().await {
        // The child was killed before it had created the file.
        Err(error) if *error.kind() == ErrorKind::CannotOpen && acknowledged.is_empty() => return Ok(()),
        opened => opened?,
    };
    let acknowledged = acknowledged.to_vec();
    let known = acknowledged.clone();
    let findings = db.run(move |raw| examine(raw, &known)).await?;
    assert!(findings.lost == 0 && findings.broken.is_empty(), "{findings:?}");
    query("create table if not exists mark (round integer)").execute(&db).await?;
    query("insert into mark values (1)").execute(&db).await?;

    let folder = path.parent().expect("a folder");
    // Removes the backups of the round, complete or not.
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.file_name().to_string_lossy().starts_with("copy-") {
            fs::remove_file(entry.path()).expect("a file");
        }
    }
    let copy = folder.join("copy-after.db");
    back_up(&db, &copy).await?;
    let findings = examine(&rusqlite::Connection::open(&copy).expect("a copy"), &acknowledged);
    assert!(findings.lost == 0 && findings.broken.is_empty(), "the copy: {findings:?}");
    fs::remove_file(copy).expect("a file");
    db.close().await
}
