//! What the program does on a terminal: it asks, shows progress and colours, and ends at Ctrl-C.

use std::process::Stdio;
use std::time::{Duration, Instant};

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect, Session};

use crate::package::Folder;

/// Starts the tool on a pseudo-terminal.
fn start(folder: &Folder, arguments: &str, variables: &[(&str, &str)]) -> OsSession {
    let mut tool = folder.tool();
    tool.stdin(Stdio::inherit());
    tool.args(arguments.split_whitespace()).env("TERM", "xterm-256color").envs(variables.iter().copied());
    let mut session = Session::spawn(tool).expect("a terminal");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session
}

/// Waits until the tool reads single keys, for which it switches the echo of the terminal off.
/// Until then, the terminal turns Ctrl-C into a signal.
fn wait_for_raw_mode(session: &OsSession) {
    let begin = Instant::now();
    while session.get_process().get_echo().expect("a terminal") {
        assert!(begin.elapsed() < Duration::from_secs(60), "the tool does not read keys");
        std::thread::yield_now();
    }
}

/// Waits for the end of the tool. Returns its exit code, and what it wrote after the last text for
/// which the test has waited.
fn end(mut session: OsSession) -> (i32, String) {
    let rest = session.expect(Eof).expect("the end");
    let shown = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    match session.get_process().wait().expect("a status") {
        WaitStatus::Exited(_, code) => (code, shown),
        other => panic!("{other:?}: {shown}"),
    }
}

fn database() -> Folder {
    let folder = Folder::new();
    folder.run("db create --db app.db").ok();
    folder.run_each(&["query", "--write", "--db", "app.db", "create table a (b)"]).ok();
    folder
}

#[test]
fn a_question_is_asked_on_a_terminal_and_no_is_an_answer() {
    let folder = database();
    let mut session = start(&folder, "db drop --db app.db", &[]);
    session.expect("1 table").unwrap();
    session.send("n").unwrap();
    let (code, shown) = end(session);
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the answer was no"), "{shown}");
    assert!(folder.path("app.db").exists());

    let mut session = start(&folder, "db drop --db app.db", &[]);
    session.expect("continue?").unwrap();
    session.send("y").unwrap();
    let (code, shown) = end(session);
    assert_eq!(code, 0, "{shown}");
    assert!(!folder.path("app.db").exists());
}

#[test]
fn ctrl_c_at_a_question_does_nothing() {
    let folder = database();
    let mut session = start(&folder, "db drop --db app.db", &[]);
    assert!(session.get_process_mut().set_echo(true, None).unwrap());
    session.expect("continue?").unwrap();
    wait_for_raw_mode(&session);
    session.send(ControlCode::EndOfText).unwrap();
    let (code, shown) = end(session);
    assert_eq!(code, 130, "{shown}");
    assert!(folder.path("app.db").exists());
}

#[test]
fn ctrl_c_leaves_no_half_step() {
    let folder = database();
    folder.write("migrations/0001_init.sql", "create table done (x);\n");
    folder.write(
        "migrations/0002_endless.sql",
        "create table half (x);\ninsert into half with recursive n (x) as (select 1 union all select x + 1 from n) select x from n where x < 0;\n",
    );
    let mut session = start(&folder, "migrate run --db app.db --migrations migrations", &[]);
    session.expect("0001_init is applied").unwrap();
    session.expect("0002_endless").unwrap();
    session.send(ControlCode::EndOfText).unwrap();
    let (code, shown) = end(session);
    assert_eq!(code, 130, "{shown}");
    assert!(shown.contains("rolled back"), "{shown}");
    let tables = folder.run_each(&[
        "query",
        "--db",
        "app.db",
        "select name from sqlite_schema where name in ('done', 'half')",
        "--csv",
    ]);
    assert_eq!(tables.ok().out, "name\ndone\n");
    let states = folder.run("migrate status --db app.db --migrations migrations --json").fails(3, &[]).json();
    assert_eq!((&states["steps"][0]["state"], &states["steps"][1]["state"]), (&"applied".into(), &"pending".into()));
}

#[test]
fn the_rows_of_a_step_are_shown_while_it_runs() {
    let folder = database();
    let many = "with recursive n (x) as (select 1 union all select x + 1 from n where x < 1500) insert into a select x from n;\n";
    folder.write("migrations/0001_many.sql", many);
    folder.run("migrate run --db app.db --migrations migrations").ok();
    folder.write(
        "migrations/0002_rebuild.sql",
        "-- aio-sql: rebuild a\ncreate table a_new (b not null);\ninsert into a_new select b from a order by b;\n\
         with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) from n;\n",
    );
    let mut session = start(&folder, "migrate run --db app.db --migrations migrations", &[]);
    session.expect("0002_rebuild: 1,500 of 1,500 rows").unwrap();
    session.send(ControlCode::EndOfText).unwrap();
    let (code, shown) = end(session);
    assert_eq!(code, 130, "{shown}");
    let endless = "insert into a with recursive n (x) as (select 1 union all select x + 1 from n) select x from n;\n";
    folder.write("migrations/0002_rebuild.sql", endless);
    let mut session = start(&folder, "migrate run --db app.db --migrations migrations", &[]);
    session.expect("0002_rebuild: ").unwrap();
    session.expect(" rows").unwrap();
    session.send(ControlCode::EndOfText).unwrap();
    assert_eq!(end(session).0, 130);
}

#[test]
fn a_terminal_has_colours_unless_no_color_is_set() {
    let folder = database();
    let shown = |variables: &[(&str, &str)]| {
        let session = start(&folder, "explain --db app.db select", variables);
        end(session).1
    };
    assert!(shown(&[]).contains("\u{1b}["), "{}", shown(&[]));
    assert!(!shown(&[("NO_COLOR", "1")]).contains("\u{1b}["), "{}", shown(&[("NO_COLOR", "1")]));
}
