//! The progress of a step, which is reported while its SQL runs.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use aio_sql::report::MigrationProgress;

use super::*;

const INIT: (&str, &str) = (
    "init",
    "create table post (id integer primary key, title text);
     with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) insert into post select i, 'title ' || i from n",
);

const REBUILD: (&str, &str) = (
    "rebuild",
    "-- aio-sql: rebuild post
     create table post_new (id integer primary key, title text not null);
     insert into post_new select id, title from post where wait_at(id);
     drop table post;
     alter table post_new rename to post",
);

/// The rows and the total that were reported for each step.
type Reports = Arc<Mutex<Vec<(String, u64, Option<u64>)>>>;

/// Returns the steps with a closure that collects what is reported, and sends each number of rows.
fn collecting<'a>(steps: &[(&'a str, &'a str)], reports: &Reports, sender: Option<Sender<u64>>) -> Migrations<'a> {
    let reports = Arc::clone(reports);
    Migrations::from(steps).progress(move |progress: MigrationProgress<'_>| {
        reports.lock().expect("no panic").push((progress.step.to_owned(), progress.rows, progress.total));
        if let Some(sender) = &sender {
            sender.send(progress.rows).expect("the function is there");
        }
    })
}

/// Returns the first and the last report about a step.
fn first_and_last(reports: &Reports, step: &str) -> [(u64, Option<u64>); 2] {
    let reports = reports.lock().expect("no panic");
    let of_step: Vec<_> =
        reports.iter().filter(|(of, ..)| of == step).map(|(_, rows, total)| (*rows, *total)).collect();
    [of_step[0], of_step[of_step.len() - 1]]
}

#[tokio::test]
async fn the_rows_of_a_rebuild_are_reported_while_they_are_copied() -> Result<()> {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    // Copying the row 3000 waits until the rows before it were reported, among a hundred reports.
    let wait_at = move |id: i64| {
        let receiver = receiver.lock().expect("no panic");
        id != 3000 || std::iter::from_fn(|| receiver.recv_timeout(LONG).ok()).take(100).any(|rows| rows == 2999)
    };
    let db = Database::builder(":memory:").function("wait_at", wait_at).open().await?;
    let reports = Reports::default();
    assert_eq!(db.migrate(collecting(&[INIT, REBUILD], &reports, Some(sender))).await?.steps().len(), 2);
    assert_eq!(first_and_last(&reports, "init"), [(0, None), (5000, None)]);
    assert_eq!(first_and_last(&reports, "rebuild"), [(0, None), (5000, Some(5000))]);
    db.close().await
}

#[tokio::test]
async fn rows_for_which_sqlite_calls_no_hook_are_counted_when_they_are_written() -> Result<()> {
    let tables = "create table word (word text primary key) without rowid;
        create table place (id integer primary key, name text);
        insert into word values ('a'), ('b'), ('c'); insert into place values (1, 'x'), (2, 'y')";
    let rebuild = "-- aio-sql: rebuild word, place
        create table word_new (word text primary key, length integer) without rowid;
        insert into word_new select word, length(word) from word; drop table word; alter table word_new rename to word;
        create table place_new (id integer primary key, name text);
        insert into place_new select * from place; drop table place; alter table place_new rename to place";
    let db = Database::memory().await?;
    let reports = Reports::default();
    db.migrate(collecting(&[("tables", tables), ("rebuild", rebuild)], &reports, None)).await?;
    assert_eq!(first_and_last(&reports, "rebuild"), [(0, None), (5, Some(5))]);
    db.close().await
}

#[tokio::test]
async fn hooks_of_the_program_are_called_while_the_progress_is_counted() -> Result<()> {
    let changes = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&changes);
    let hook = move |_, _: &str, table: &str, id| seen.lock().expect("no panic").push((table.to_owned(), id));
    let db = Database::builder(":memory:").max_connections(1).on_update(hook).open().await?;
    let reports = Reports::default();
    let steps = [("a", "create table a (x); insert into a values (1), (2)"), ("b", "insert into nowhere values (1)")];
    db.migrate(collecting(&steps, &reports, None)).await.expect_err("the second step fails");
    db.execute_script("insert into a values (3)").await?;
    assert_eq!(first_and_last(&reports, "a"), [(0, None), (2, None)]);
    assert_eq!(first_and_last(&reports, "b"), [(0, None), (0, None)]);
    let mut changes = changes.lock().expect("no panic").clone();
    changes.retain(|(table, _)| table == "a");
    assert_eq!(changes, [("a".to_owned(), 1), ("a".to_owned(), 2), ("a".to_owned(), 3)]);
    db.close().await
}
