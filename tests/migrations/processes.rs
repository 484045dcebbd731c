//! Several processes that migrate one file, and a process that is killed while it does.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::*;

/// The environment variable that tells a child process which database to migrate.
const CHILD: &str = "AIO_SQL_CHILD";

/// Returns a command that runs one test of this binary again, as a child.
pub(super) fn again(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test binary"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(CHILD, path);
    command.stdout(Stdio::piped());
    command
}

/// Returns the database that this process migrates if it is a child: a file, or the address of a
/// server.
pub(super) fn child_path() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

pub(super) fn block_on_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(future)
}

const MANY: [(&str, &str); 6] = [
    ("a", "create table log (text text); insert into log values ('a')"),
    (
        "b",
        "-- aio-sql: rebuild log\ncreate table n (text text, x); insert into n (text) select text from log; drop table log; alter table n rename to log",
    ),
    ("c", "insert into log (text) values ('c')"),
    ("d", "-- aio-sql: foreign keys off\ninsert into log (text) values ('d')"),
    ("e", "insert into log (text) values ('e')"),
    ("f", "insert into log (text) values ('f')"),
];

#[test]
fn of_many_processes_each_step_is_run_by_one() {
    const TEST: &str = "processes::of_many_processes_each_step_is_run_by_one";
    if let Some(path) = child_path() {
        // A child begins when its standard input is closed, which happens for all of them at
        // nearly the same time.
        let _ = std::io::stdin().lines().next();
        let steps = block_on_runtime(async {
            let db = Database::open(&path).await?;
            let report = db.migrate(&MANY).await?;
            db.close().await?;
            Ok::<_, Error>(report.steps().concat())
        });
        println!("ran:{}", steps.expect("it migrates"));
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    for round in 0..3 {
        let path = directory.path().join(format!("app-{round}.db"));
        let spawn = |_| again(TEST, &path).stdin(Stdio::piped()).spawn().expect("a child");
        let mut children: Vec<Child> = (0..4).map(spawn).collect();
        children.iter_mut().for_each(|child| drop(child.stdin.take()));
        let mut ran: Vec<char> = Vec::new();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success());
            let printed = String::from_utf8(output.stdout).expect("text");
            let line = printed.lines().find_map(|line| line.split_once("ran:")).expect("its steps");
            ran.extend(line.1.chars());
        }
        ran.sort_unstable();
        assert_eq!(ran, ['a', 'b', 'c', 'd', 'e', 'f']);
        let raw = rusqlite::Connection::open(&path).expect("it opens");
        let texts = raw.query_row("select group_concat(text, '') from log", [], |row| row.get::<_, String>(0));
        assert_eq!(texts.expect("a row"), "acdef");
    }
}

const ROWS: i64 = 40_000;

/// What a child prints at each place of the rebuild where it may be killed.
const PLACE: &str = "is here";

/// Prints that the child is at a place, if `id` is a multiple of 2000. So the copying of a row
/// with such an id is a place.
fn told(id: i64) -> bool {
    if id % 2_000 == 0 {
        println!("{PLACE}");
    }
    true
}

const LARGE: &str = "create table author (id integer primary key, name text);
    create table post (id integer primary key autoincrement, author integer not null references author on delete cascade, title text);
    create index post_title on post (title);
    create trigger post_insert after insert on post begin update author set name = name || '!' where id = new.author; end;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) insert into author select i, 'a' || i from n;
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
        insert into post (author, title) select 1 + i % 100, 'title ' || i from n;
    update author set name = 'a' || id";

const REBUILD_LARGE: &str = "-- aio-sql: rebuild author post
    create table author_new (id integer primary key, name text not null);
    insert into author_new select id, name from author;
    select told(0);
    drop table author;
    select told(0);
    alter table author_new rename to author;
    create table post_new (id integer primary key autoincrement, author integer not null references author on delete cascade, title text not null);
    insert into post_new select id, author, title from post where told(id);
    select told(0);
    update sqlite_sequence set seq = (select seq from sqlite_sequence where name = 'post') where name = 'post_new';
    drop table post;
    select told(0);
    alter table post_new rename to post;
    select told(0)";

/// Returns a text that describes the content of the database, and whether the rebuild was made.
fn state(path: &Path) -> (String, bool) {
    let raw = rusqlite::Connection::open(path).expect("it opens");
    let text = |sql: &str| raw.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a row");
    assert_eq!(text("pragma integrity_check"), "ok");
    let violations = raw.query_row("select count(*) from pragma_foreign_key_check()", [], |row| row.get::<_, i64>(0));
    assert_eq!(violations.expect("a row"), 0);
    let rebuilt = text("select sql from sqlite_schema where name = 'post'").contains("title text not null");
    let recorded = text("select max(name) from _aio_sql_migrations") == "rebuild";
    assert_eq!(rebuilt, recorded, "the step and its record are committed together");
    let described = text(
        "select (select count(*) || '/' || sum(id) || '/' || sum(author) || '/' || sum(length(title)) from post) || ' ' ||
            (select group_concat(name, ',') from author) || ' ' || (select seq from sqlite_sequence where name = 'post') || ' ' ||
            (select group_concat(name) from (select name from sqlite_schema where name not like 'sqlite%' order by name))",
    );
    (described, rebuilt)
}

#[test]
fn a_process_that_is_killed_during_a_rebuild_leaves_the_state_before_or_after_it() {
    const TEST: &str = "processes::a_process_that_is_killed_during_a_rebuild_leaves_the_state_before_or_after_it";
    let steps = [("init", LARGE), ("rebuild", REBUILD_LARGE)];
    if let Some(path) = child_path() {
        block_on_runtime(async {
            let db = Database::builder(&path).function("told", told).open().await?;
            told(0);
            db.migrate(&steps).await?;
            told(0);
            db.close().await?;
            told(0);
            Ok::<_, Error>(())
        })
        .expect("it migrates");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let original = directory.path().join("original.db");
    block_on_runtime(async {
        let db = Database::open(&original).await?;
        db.migrate(&steps[..1]).await?;
        db.close().await
    })
    .expect("it migrates");
    let (whole, rebuilt) = state(&original);
    assert!(!rebuilt && whole.starts_with(&format!("{ROWS}/")), "{whole}");
    let path = directory.path().join("app.db");
    // Runs a child on a copy of the database, and kills it when it has printed this number of
    // places. Returns the number of places that it has printed.
    let run = |enough: usize| {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(directory.path().join(format!("app.db{ending}")));
        }
        std::fs::copy(&original, &path).expect("a copy");
        let mut child = again(TEST, &path).spawn().expect("a child");
        let mut places = 0;
        for line in BufReader::new(child.stdout.take().expect("a pipe")).lines() {
            places += usize::from(line.expect("text").ends_with(PLACE));
            if places == enough {
                child.kill().expect("it is killed");
            }
        }
        child.wait().expect("it ends");
        places
    };
    // The first child is not killed. It tells the number of places at which others can be killed.
    let all = run(usize::MAX);
    assert!(all > 20, "{all} places");
    assert_eq!(state(&path), (whole.clone(), true));
    let rounds = std::env::var("AIO_SQL_ROUNDS").map_or(8, |rounds| rounds.parse().expect("a number"));
    let (mut before, mut after) = (0, 0);
    for round in 1..=rounds {
        run((all * round).div_ceil(rounds));
        let (found, rebuilt) = state(&path);
        assert_eq!(found, whole, "round {round}");
        *(if rebuilt { &mut after } else { &mut before }) += 1;
    }
    println!("{rounds} kills: {before} left the state before the step, {after} the state after it");
    assert!(before > 0 && after > 0, "the first kill is long before the commit, and the last one after it");
    // What a killed process has left is migrated by the next one.
    let migrated = block_on_runtime(async {
        let db = Database::builder(&path).function("told", told).open().await?;
        db.migrate(&steps).await?;
        db.close().await
    });
    migrated.expect("it migrates");
    assert_eq!(state(&path), (whole, true));
}
