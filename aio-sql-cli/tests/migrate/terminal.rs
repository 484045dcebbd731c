//! The question of `diff` on a terminal.

use std::process::Stdio;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::{Eof, Expect, Session};

use crate::structs::package;

#[test]
fn on_a_terminal_diff_asks_whether_a_column_was_renamed() {
    let folder = package(
        "renamed",
        "#[derive(aio_sql::Table)]\npub struct Post { #[column(primary_key, auto)] pub id: i64, pub title: String }\n",
    );
    folder.run("migrate diff").ok();
    folder.write(
        "src/lib.rs",
        "#[derive(aio_sql::Table)]\npub struct Post { #[column(primary_key, auto)] pub id: i64, pub headline: String }\n",
    );
    let mut tool = folder.tool();
    tool.stdin(Stdio::inherit()).args(["migrate", "diff"]).env("TERM", "xterm-256color");
    let mut session = Session::spawn(tool).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(120)));
    session.expect("headline").unwrap();
    session.expect("it is new").unwrap();
    // Enter chooses the first answer: the column was `title`.
    session.send("\r").unwrap();
    let rest = session.expect(Eof).unwrap();
    let shown = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    assert!(matches!(session.get_process().wait().unwrap(), WaitStatus::Exited(_, 0)), "{shown}");
    let step = folder.read("migrations/0002_rename_post_headline.sql");
    assert_eq!(step, "ALTER TABLE \"post\" RENAME COLUMN \"title\" TO \"headline\";\n");
    folder.run("migrate check").ok();
}
