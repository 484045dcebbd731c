//! A process that is killed while it rebuilds a table.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use aio_sql::rusqlite::Connection;
use aio_sql_cli::plan::Hints;

use crate::{no_renames, planned, run};

const BEFORE: &str = "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE post (id INTEGER PRIMARY KEY AUTOINCREMENT, author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE, title TEXT, body TEXT);
    CREATE INDEX by_title ON post (title);";
const AFTER: &str = "CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x') STRICT;
    CREATE TABLE post (id INTEGER PRIMARY KEY AUTOINCREMENT, author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE, title TEXT, body TEXT UNIQUE) STRICT;
    CREATE INDEX by_title ON post (title);";
const FILE: &str = "AIO_SQL_KILLED_FILE";
const ROWS: i64 = 4000;

#[tokio::test]
async fn a_process_that_is_killed_during_a_rebuild_leaves_the_database_as_before_or_as_after() {
    let rounds: u64 = match std::env::var("AIO_SQL_CASES") {
        Ok(cases) if cases.parse().unwrap_or(0) >= 2000 => 100,
        _ => 6,
    };
    let folder = tempfile::tempdir().unwrap();
    let (mut before, mut after) = (0, 0);
    for round in 0..rounds {
        let path = folder.path().join(format!("{round}.db"));
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "journal_mode", if round % 4 < 2 { "wal" } else { "delete" }).unwrap();
        db.execute_batch(BEFORE).unwrap();
        db.execute_batch(&format!(
            "WITH n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {ROWS})
             INSERT INTO author SELECT n, 'a' || n FROM n;
             INSERT INTO post SELECT id, id, name, 'body of ' || name || hex(zeroblob(100)) FROM author"
        ))
        .unwrap();
        drop(db);
        kill_during_migration(&path, round);
        let db = Connection::open(&path).unwrap();
        let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let strict = count("SELECT count(*) FROM pragma_table_list WHERE strict AND name IN ('author', 'post')");
        match strict {
            0 => before += 1,
            2 => after += 1,
            _ => panic!("round {round}: one table of two was rebuilt"),
        }
        assert_eq!(count("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%new%'"), 0);
        assert_eq!(count("SELECT count(*) FROM sqlite_schema WHERE name = 'by_title'"), 1);
        assert_eq!(count("SELECT count(*) FROM post JOIN author ON author.id = author_id"), ROWS);
        assert_eq!(count("SELECT seq FROM sqlite_sequence WHERE name = 'post'"), ROWS);
        let intact: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(intact, "ok");
    }
    println!("{rounds} kills: {before} before, {after} after");
    assert!(before > 0 && after > 0, "the moments are all before the commit, or all after it");
}

/// Starts a process that migrates the file, and kills it at a moment that the round decides.
fn kill_during_migration(path: &Path, round: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kills::migrates_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(FILE, path)
        .env("AIO_SQL_KILLED_ROUND", round.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let is_moment = |line: &str| match round % 5 {
        4 => line.contains("after all"),
        3 => line.contains("commits now"),
        _ => line.contains("here"),
    };
    assert!(lines.map_while(Result::ok).any(|line| is_moment(&line)), "round {round}: the process ended early");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Migrates the file in a child process, which the test above starts and kills.
#[tokio::test]
#[ignore = "runs in a child process of the test above"]
async fn migrates_until_it_is_killed() {
    let Ok(path) = std::env::var(FILE) else { return };
    let round: u64 = std::env::var("AIO_SQL_KILLED_ROUND").unwrap().parse().unwrap();
    let plan = planned(BEFORE, AFTER, &Hints::default(), &[], &mut no_renames).await.unwrap();
    let db = Connection::open(path).unwrap();
    let mut rng = fastrand::Rng::with_seed(round);
    // SQLite calls the progress handler some 300 times during the whole migration. If it ends
    // before the moment, it is killed then.
    let moment = if round % 5 >= 3 { u32::MAX } else { rng.u32(0..350) };
    let mut calls = 0;
    let stop = move || {
        calls += 1;
        if calls == moment {
            println!("here");
            std::io::stdout().flush().unwrap();
            // Waits here until the process is killed.
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
        false
    };
    db.progress_handler(1000, Some(stop)).unwrap();
    db.commit_hook(Some(|| {
        println!("commits now");
        false
    }))
    .unwrap();
    run(&db, &plan).unwrap();
    println!("here, after all");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
