//! What a copy shows on a terminal, and what Ctrl-C leaves.

use std::process::Stdio;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::{ControlCode, Eof, Expect, Session};

use crate::server::{file, number};

#[tokio::test]
async fn a_terminal_shows_the_progress_and_ctrl_c_leaves_no_row() {
    let (folder, from) = file(
        "create table first (id integer primary key);
         insert into first values (1);
         create table second (id integer primary key, name text, first_id integer references first);
         insert into second with recursive n (i) as (select 1 union all select i + 1 from n where i < 400000)
         select i, 'row ' || i, 1 from n;",
    );
    let (target, to) = file(
        "create table second (id integer primary key, name text, first_id integer references first);
         create table first (id integer primary key);",
    );
    let mut tool = folder.tool();
    tool.stdin(Stdio::inherit()).args(["copy", &from, &to]).env("TERM", "xterm-256color");
    let mut session = Session::spawn(tool).expect("a terminal");
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    session.expect("first: 1 row").unwrap();
    session.expect("/400,000 rows").unwrap();
    session.send(ControlCode::EndOfText).unwrap();
    let rest = session.expect(Eof).expect("the end");
    let shown = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    assert!(matches!(session.get_process().wait(), Ok(WaitStatus::Exited(_, 130))), "{shown}");
    assert!(shown.contains("rolled back"), "{shown}");
    assert_eq!(number(&to, "select (select count(*) from first) + (select count(*) from second)").await, 0);
    drop(target);
}
