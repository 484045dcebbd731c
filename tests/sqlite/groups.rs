//! Group commit: writes that wait together share a commit, but each can fail without the others.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use aio_sql::{Database, ErrorKind, Executor, Record, Result, query, sql};

use crate::hold::{ENDLESS_WRITE, Item, Places, hold, hold_reader, item, numbers, poll, sent, until};

const SCHEMA: &str = "
    create table named (name text primary key, times integer) without rowid;
    create table log (id integer primary key autoincrement, text text);
    create view both as select number from item;
    create trigger both_insert instead of insert on both begin
        insert into item (number) values (new.number);
        insert into log (text) values ('through the view');
    end;
    create trigger logged after insert on item when new.number >= 1000 begin
        insert into log (text) values ('a'), ('b'), ('c');
    end;
    create trigger checked before insert on item when new.number < 0 begin
        select case new.number
            when -1 then raise(abort, 'aborted')
            when -2 then raise(fail, 'failed')
            when -3 then raise(rollback, 'rolled back')
        end;
    end;
    create table child (item integer references item (number) deferrable initially deferred);
    create table plain (id integer primary key, number integer);
";

async fn open(group_commit: bool) -> Result<(Database, Places)> {
    let places = Places::default();
    let db = places.open(Database::builder(":memory:").readers(2).group_commit(group_commit)).await?;
    db.execute_script(SCHEMA).await?;
    Item::insert_all([item(1), item(2)]).execute(&db).await?;
    Ok((db, places))
}

type Answer = (u64, Option<i64>);
type Execute = Pin<Box<dyn Future<Output = Result<Answer>>>>;

fn execute(ex: &Executor, text: &str) -> Execute {
    let execute = query(text).execute(ex);
    Box::pin(async move {
        let outcome = execute.await?;
        Ok((outcome.rows_affected, outcome.last_insert_id))
    })
}

/// Sends statements while the writer is blocked, so that they wait together, and returns their
/// answers.
async fn together(db: &Database, texts: &[&str]) -> Result<Vec<Result<Answer>>> {
    let held = hold(db);
    let mut waiting = Vec::new();
    for text in texts {
        waiting.push(sent(execute(db, text)));
        // If its first word does not show that a statement writes, a reader prepares it before it
        // reaches the writer's queue.
        until("it waits for the writer", || db.metrics().queued_writes == waiting.len()).await;
    }
    held.release().await?;
    let mut answers = Vec::new();
    for answer in waiting {
        answers.push(answer.await);
    }
    Ok(answers)
}

async fn log(db: &Database) -> Result<Vec<(i64, String)>> {
    sql!("select id, text from log order by id").all(db).await
}

#[tokio::test]
async fn inserts_that_wait_for_the_writer_are_committed_in_one_group_each_with_its_own_row() -> Result<()> {
    let (db, _) = open(true).await?;
    let before = db.metrics();
    let held = hold(&db);
    let typed: Vec<_> = (10..20).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
    held.release().await?;
    for (id, insert) in (3..).zip(typed) {
        let outcome = insert.await?;
        assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, Some(id)));
    }
    let metrics = db.metrics();
    assert_eq!((metrics.groups - before.groups, metrics.grouped - before.grouped), (1, 10));
    assert!(metrics.largest_group >= 10);
    assert_eq!(numbers(&db).await?, [1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    db.close().await
}

#[tokio::test]
async fn no_groups_form_when_group_commit_is_off() -> Result<()> {
    let (db, _) = open(false).await?;
    let texts = ["insert into item (number) values (10)", "insert into item (number) values (11)"];
    for (id, answer) in (3..).zip(together(&db, &texts).await?) {
        assert_eq!(answer?, (1, Some(id)));
    }
    let metrics = db.metrics();
    assert_eq!((metrics.groups, metrics.grouped, metrics.largest_group), (0, 0, 0));
    assert_eq!(numbers(&db).await?, [1, 2, 10, 11]);
    db.close().await
}

#[tokio::test]
async fn each_member_of_a_group_answers_for_itself() -> Result<()> {
    let members: &[(&str, Answer)] = &[
        ("insert into item (number) values (10)", (1, Some(3))),
        ("update item set number = 99 where number = 98", (0, None)),
        ("delete from item where number = 98", (0, None)),
        ("update item set number = number + 100 where number <= 2", (2, None)),
        ("insert or ignore into item (number) values (10)", (0, None)),
        ("insert into item (number) values (10) on conflict do nothing", (0, None)),
        ("insert into named values ('a', 1)", (1, None)),
        ("insert into named values ('a', 1) on conflict do update set times = times + 1", (1, None)),
        ("insert into item (number) values (11), (12), (13)", (3, Some(6))),
        ("insert into item (number) values (10) on conflict (number) do update set number = 14", (1, None)),
        ("insert into named values ('b', 1)", (1, None)),
        // `both` is a view: this is the number of rows that its trigger inserts.
        ("insert into both values (15)", (2, None)),
        // The row id of the trigger's insert is not that of this statement.
        ("insert into item (number) values (1000)", (1, Some(8))),
        ("insert into named values ('c', 1)", (1, None)),
        ("replace into item (id, number) values (3, 16)", (1, Some(3))),
        // The row id of the previous statement occurs again: first in the same table, then in
        // another table.
        ("replace into item (id, number) values (3, 17)", (1, Some(3))),
        ("insert into plain (id, number) values (3, 0)", (1, Some(3))),
        ("with new(x) as (values (18), (19)) insert into item (number) select x from new", (2, Some(10))),
        ("delete from item where number in (18, 19)", (2, None)),
        ("update named set times = 0", (3, None)),
        ("delete from named", (3, None)),
    ];
    let texts: Vec<_> = members.iter().map(|(text, _)| *text).collect();
    let mut left = Vec::new();
    for group_commit in [true, false] {
        let (db, _) = open(group_commit).await?;
        for ((text, expected), answer) in members.iter().zip(together(&db, &texts).await?) {
            assert_eq!(answer?, *expected, "{text}, in a group: {group_commit}");
        }
        // More than half of the statements share a commit. Those that may violate a deferred
        // foreign key of another table do not.
        let grouped = db.metrics().grouped;
        assert!(if group_commit { grouped > members.len() as u64 / 2 } else { grouped == 0 }, "{grouped}");
        left.push((numbers(&db).await?, log(&db).await?));
        db.close().await?;
    }
    assert_eq!(left[0], left[1]);
    Ok(())
}

/// Statements that fail in a group, each with a part of the message of its error.
const BAD: &[(&str, &str)] = &[
    ("insert into item (number) values (1)", "same number"),
    ("insert into item (number) values (-1)", "aborted"),
    ("insert into item (number) values (201), (-2), (202)", "failed"),
    ("insert or fail into item (number) values (203), (1), (204)", "same number"),
    ("insert into item (number) values (205), (-3)", "rolled back"),
    ("insert or rollback into item (number) values (206), (1)", "same number"),
    ("insert or abort into item (number) values (207), (1)", "same number"),
    ("insert into child values (98)", "a foreign key is violated"),
    ("insert into item (number) values (panics())", ""),
    ("update item set number = 1", "same number"),
    ("insert into item (number) values (208), (null)", "must have a value"),
    ("insert into nowhere values (1)", "no such table: nowhere"),
];

#[tokio::test]
async fn a_failing_member_does_not_affect_the_others() -> Result<()> {
    for (bad, words) in BAD {
        let texts = [
            "insert into item (number) values (10)",
            "insert into log (text) values ('before')",
            bad,
            "insert into log (text) values ('behind')",
            "insert into item (number) values (11)",
        ];
        let mut left = Vec::new();
        for group_commit in [true, false] {
            let (db, _) = open(group_commit).await?;
            let mut answers = together(&db, &texts).await?;
            let error = answers.remove(2).expect_err(bad);
            assert!(error.to_string().contains(words), "{bad}: {error}");
            assert_eq!(error.sql(), Some(*bad));
            for answer in answers {
                assert_eq!(answer?.0, 1, "{bad}, in a group: {group_commit}");
            }
            let found = numbers(&db).await?;
            assert!(found.contains(&10) && found.contains(&11), "{bad}: {found:?}");
            let texts: Vec<_> = log(&db).await?.into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts, ["before", "behind"], "{bad}: each once, in the order of arrival");
            left.push((error.kind().clone(), found));
            db.close().await?;
        }
        assert_eq!(left[0], left[1], "{bad}: it ends as it does alone");
    }
    Ok(())
}

#[tokio::test]
async fn members_that_fail_in_every_way_do_not_fail_others() -> Result<()> {
    let (db, _) = open(true).await?;
    let good: Vec<_> = (0..200).map(|number| format!("insert into log (text) values ('{number}')")).collect();
    let mut texts = Vec::new();
    for (place, good) in good.iter().enumerate() {
        texts.push(good.as_str());
        if place % 3 == 0 {
            texts.push(BAD[place / 3 % BAD.len()].0);
        }
    }
    let answers = together(&db, &texts).await?;
    for (text, answer) in texts.iter().zip(answers) {
        match text.starts_with("insert into log") {
            true => assert_eq!(answer?.0, 1, "{text}"),
            false => drop(answer.expect_err(text)),
        }
    }
    let found: Vec<_> = log(&db).await?.into_iter().map(|(_, text)| text).collect();
    assert_eq!(found, (0..200).map(|number| number.to_string()).collect::<Vec<_>>(), "in the order of arrival");
    let metrics = db.metrics();
    assert!(metrics.undone_groups > 0 && metrics.groups > 0, "{metrics:?}");
    db.close().await
}

#[tokio::test]
async fn a_member_that_times_out_does_not_affect_the_others() -> Result<()> {
    let (db, places) = open(true).await?;
    let held = hold(&db);
    let before = sent(Item::insert(item(10)).execute(&db));
    let endless = sent(query(ENDLESS_WRITE).timeout(Duration::from_millis(500)).execute(&db));
    let behind = sent(Item::insert(item(11)).execute(&db));
    held.release().await?;
    places.here.until(1);
    assert_eq!(endless.await.expect_err("its time is up").kind(), &ErrorKind::Timeout);
    for (insert, id) in [(before, 3), (behind, 4)] {
        let outcome = insert.await?;
        assert_eq!((outcome.rows_affected, outcome.last_insert_id), (1, Some(id)));
    }
    assert_eq!(numbers(&db).await?, [1, 2, 10, 11]);
    db.close().await
}

fn one<T: Debug>(rows: Vec<T>) -> T {
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().expect("a row")
}

#[tokio::test]
async fn the_rows_of_returning_come_after_the_commit_and_once() -> Result<()> {
    let (db, places) = open(true).await?;
    for undone in [false, true] {
        let held = hold(&db);
        let text = "insert into plain (number) values (?), (?) returning number";
        let mut all = sent(query(text).bind(1).bind(2).all::<i64>(&db));
        let mut one_row = sent(query("insert into plain (number) values (3) returning number").one::<i64>(&db));
        let mut stream = query(text).bind(4).bind(5).stream::<i64>(&db);
        {
            let mut next = Box::pin(stream.next());
            assert!(poll(next.as_mut()).is_none());
        }
        let rollback = undone.then(|| sent(sql!("insert or rollback into item (number) values (1)").execute(&db)));
        let undone_before = db.metrics().undone_groups;
        places.commit.close();
        held.release().await?;
        places.commit.until(1);
        if !undone {
            // All of these writes have run, and none is committed yet.
            assert!(poll(all.as_mut()).is_none());
            assert!(poll(one_row.as_mut()).is_none());
            let mut next = Box::pin(stream.next());
            assert!(poll(next.as_mut()).is_none());
        }
        places.commit.open();
        assert_eq!(all.await?, [1, 2]);
        assert_eq!(one_row.await?, 3);
        for expected in [4, 5] {
            assert_eq!(stream.next().await.expect("a row")?, expected);
        }
        assert!(stream.next().await.is_none());
        if let Some(rollback) = rollback {
            assert!(rollback.await.expect_err("it is taken").is_unique());
            assert_eq!(db.metrics().undone_groups, undone_before + 1);
        }
        let found: Vec<i64> = sql!("delete from plain returning number").all(&db).await?;
        assert_eq!(found, [1, 2, 3, 4, 5]);
    }
    db.close().await
}

#[tokio::test]
async fn many_returned_rows_come_once_even_if_the_group_was_rolled_back() -> Result<()> {
    let (db, _) = open(true).await?;
    let held = hold(&db);
    let text = "insert into plain (number) with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select i from n returning number";
    let all = sent(query(text).all::<i64>(&db));
    let rollback = sent(sql!("insert or rollback into item (number) values (1)").execute(&db));
    let last = sent(sql!("insert into plain (number) values (6) returning id, number").all::<(i64, i64)>(&db));
    held.release().await?;
    assert!(all.await?.into_iter().eq(1..=5000));
    rollback.await.expect_err("it is taken");
    assert_eq!(one(last.await?), (5001, 6));
    assert_eq!(sql!("select count(*) from plain").scalar::<i64>(&db).await?, 5001);
    db.close().await
}

#[derive(Record, Debug, PartialEq)]
struct Stored {
    id: i64,
    number: i64,
}

#[tokio::test]
async fn returned_rows_are_read_by_name_even_if_the_group_was_rolled_back() -> Result<()> {
    let (db, _) = open(true).await?;
    let held = hold(&db);
    let named = sent(sql!("insert into plain (number) values (7) returning number, id").all::<Stored>(&db));
    let rollback = sent(sql!("insert or rollback into item (number) values (1)").execute(&db));
    held.release().await?;
    rollback.await.expect_err("it is taken");
    assert_eq!(one(named.await?), Stored { id: 1, number: 7 });
    db.close().await
}

#[tokio::test]
async fn a_write_of_which_one_row_is_read_runs_to_its_end() -> Result<()> {
    let (db, _) = open(true).await?;
    let text = "insert into plain (number) values (1), (2), (3) returning number";
    for together in [false, true] {
        let held = together.then(|| hold(&db));
        let mut one = Box::pin(query(text).one::<i64>(&db));
        let mut optional = Box::pin(query(text).optional::<i64>(&db));
        let mut scalar = Box::pin(query(text).scalar::<i64>(&db));
        if let Some(held) = held {
            assert!(
                poll(one.as_mut()).is_none() && poll(optional.as_mut()).is_none() && poll(scalar.as_mut()).is_none()
            );
            held.release().await?;
        }
        assert_eq!((one.await?, optional.await?, scalar.await?), (1, Some(1), 1));
        assert_eq!(sql!("delete from plain").execute(&db).await?.rows_affected, 9);
    }
    db.close().await
}

#[tokio::test]
async fn requests_that_cannot_share_a_transaction_keep_their_order() -> Result<()> {
    for group_commit in [true, false] {
        let (db, _) = open(group_commit).await?;
        let texts = [
            "insert into log (text) values ('1')",
            "pragma user_version = 7",
            "insert into log (text) select user_version from pragma_user_version",
            "create table late (text text)",
            "insert into late values ('2')",
            "insert into late values ('3')",
            "alter table late add column more text default 'x'",
            "insert into late values ('4', 'y')",
            "vacuum",
            "insert into log (text) select group_concat(text || more, ',') from late",
            "create unique index late_text on late (text)",
            "insert or ignore into late values ('4', 'z')",
            "drop table late",
            "insert into log (text) select count(*) from sqlite_schema where name = 'late'",
            "reindex",
            "insert into log (text) values ('5')",
            "analyze",
        ];
        for (text, answer) in texts.iter().zip(together(&db, &texts).await?) {
            let answer = answer.unwrap_or_else(|error| panic!("{text}, in a group: {group_commit}: {error:?}"));
            // A statement that changes no rows does not report the row count and row id of the
            // insert before it.
            assert!(answer == (0, None) || text.starts_with("insert"), "{text}: {answer:?}");
        }
        let found: Vec<_> = log(&db).await?.into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, ["1", "7", "2x,3x,4y", "0", "5"]);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn transactions_and_closures_do_not_join_a_group() -> Result<()> {
    let (db, _) = open(true).await?;
    let held = hold(&db);
    let first = sent(Item::insert(item(10)).execute(&db));
    let code = db.clone();
    let code = sent(async move {
        code.run(|raw| {
            assert!(raw.is_autocommit(), "it is in no transaction of others");
            raw.query_row("select count(*) from item", [], |row| row.get::<_, i64>(0))
        })
        .await
    });
    let second = sent(Item::insert(item(11)).execute(&db));
    let script = db.clone();
    let script = sent(async move {
        script
            .execute_script(
                "begin; insert into item (number) values (12); commit; insert into item (number) values (13)",
            )
            .await
    });
    let third = sent(Item::insert(item(14)).execute(&db));
    let checkpoint = db.clone();
    let checkpoint = sent(async move { checkpoint.checkpoint().await });
    let last = sent(Item::insert(item(15)).execute(&db));
    held.release().await?;
    assert_eq!(code.await?.expect("it counts"), 3);
    for (insert, id) in [(first, 3), (second, 4), (third, 7), (last, 8)] {
        assert_eq!(insert.await?.last_insert_id, Some(id));
    }
    script.await?;
    checkpoint.await?;
    assert_eq!(numbers(&db).await?, [1, 2, 10, 11, 12, 13, 14, 15]);
    db.close().await
}

#[tokio::test]
async fn no_row_of_a_group_is_visible_before_its_commit() -> Result<()> {
    let (db, places) = open(true).await?;
    let conn = db.connect().await?;
    let held = hold(&db);
    let mut waiting: Vec<_> = (10..15).map(|number| sent(Item::insert(item(number)).execute(&db))).collect();
    places.commit.close();
    held.release().await?;
    places.commit.until(1);
    for ex in [&*db, &*conn] {
        assert_eq!(numbers(ex).await?, [1, 2]);
    }
    for insert in &mut waiting {
        assert!(poll(insert.as_mut()).is_none(), "it is answered before it is committed");
    }
    places.commit.open();
    // When one member is answered, the rows of all members can be read.
    waiting.pop().expect("the last").await?;
    for ex in [&*db, &*conn] {
        assert_eq!(numbers(ex).await?, [1, 2, 10, 11, 12, 13, 14]);
    }
    for insert in waiting {
        insert.await?;
    }
    db.close().await
}

#[tokio::test]
async fn an_insert_of_many_rows_in_a_group_inserts_all_or_none() -> Result<()> {
    let (db, _) = open(true).await?;
    let held = hold(&db);
    let first = sent(Item::insert(item(10)).execute(&db));
    let bad = sent(Item::insert_all([20, 21, 10, 22].map(item)).execute(&db));
    let good = sent(Item::insert_all((30..40).map(item)).execute(&db));
    let trigger = sent(Item::insert_all([40, 41, -3].map(item)).execute(&db));
    let none = sent(Item::insert_all(std::iter::empty::<crate::hold::NewItem>()).execute(&db));
    let last = sent(Item::insert(item(11)).execute(&db));
    held.release().await?;
    assert_eq!(first.await?.last_insert_id, Some(3));
    let error = bad.await.expect_err("10 is taken");
    assert!(error.is_unique() && error.row() == Some(2), "{error}");
    let outcome = good.await?;
    assert_eq!((outcome.rows_affected, outcome.last_insert_id), (10, Some(13)));
    assert_eq!(trigger.await.expect_err("it is rolled back").row(), Some(2));
    assert_eq!(none.await?.rows_affected, 0);
    assert_eq!(last.await?.last_insert_id, Some(14));
    let expected: Vec<_> = [1, 2, 10].into_iter().chain(30..40).chain([11]).collect();
    assert_eq!(numbers(&db).await?, expected);
    db.close().await
}

#[tokio::test]
async fn a_forwarded_write_joins_the_queue_of_the_group() -> Result<()> {
    let (db, _) = open(true).await?;
    let reader = hold_reader(&db);
    let writer = hold(&db);
    // The other reader prepares the statement, and forwards it to the writer.
    let write = sent(sql!("with x as (select 10) insert into item (number) select * from x").execute(&db));
    assert_eq!(sql!("with x as (select 10) select * from x").scalar::<i64>(&db).await?, 10);
    writer.release().await?;
    assert_eq!(write.await?.rows_affected, 1);
    reader.release().await?;
    db.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_insert_at_once_and_each_row_is_there_once() -> Result<()> {
    let (db, _) = open(true).await?;
    let tasks: Vec<_> = (0..400i64)
        .map(|task| {
            let db = db.clone();
            tokio::spawn(async move {
                for turn in 0..5 {
                    let outcome = Item::insert(item(10_000 + task * 5 + turn)).execute(&db).await?;
                    let id = outcome.last_insert_id.expect("a number");
                    // Each insert has its own row id, and its row can be read after the answer.
                    assert_eq!(Item::find(id).one(&db).await?.number, 10_000 + task * 5 + turn);
                    assert_eq!(Item::delete().filter(Item::ID.eq(-1)).execute(&db).await?.rows_affected, 0);
                }
                Ok::<_, aio_sql::Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic")?;
    }
    assert_eq!(Item::select().count(&db).await?, 2_002);
    let metrics = db.metrics();
    assert!(metrics.groups > 0 && metrics.grouped > metrics.groups, "{metrics:?}");
    db.close().await
}

#[tokio::test]
async fn a_member_whose_parent_row_fails_does_not_succeed() -> Result<()> {
    let mut answers = Vec::new();
    for group_commit in [false, true] {
        let db = Places::default().open(Database::builder(":memory:").group_commit(group_commit)).await?;
        sql!("create table child (item integer references item (number) deferrable initially deferred)")
            .execute(&db)
            .await?;
        let held = hold(&db);
        let child = sent(sql!("insert into child values (98)").execute(&db));
        let parent = sent(Item::insert(item(98)).execute(&db));
        held.release().await?;
        parent.await?;
        answers.push(child.await.map(drop).map_err(|error| error.kind().clone()));
        db.close().await?;
    }
    assert_eq!(answers[0], answers[1], "alone and in a group");
    Ok(())
}

#[tokio::test]
async fn a_table_with_a_deferred_key_is_recognized_whatever_its_name() -> Result<()> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    for (name, texts) in [
        ("", &["\"\"", "[]", "``"][..]),
        ("a\"b", &["\"a\"\"b\"", "[a\"b]", "`a\"b`"]),
        ("a`b", &["\"a`b\"", "[a`b]", "`a``b`"]),
        ("o'clock", &["\"o'clock\"", "'o''clock'", "[o'clock]"]),
        ("ÄB", &["äb", "\"ÄB\"", "Äb"][1..]),
    ] {
        let (db, _) = open(true).await?;
        let child = quoted(name);
        db.execute_script(format!(
            "create table {child} (item integer references item (number) deferrable initially deferred)"
        ))
        .await?;
        for (round, text) in texts.iter().enumerate() {
            let held = hold(&db);
            let number = |place: usize| (100 * (round + 1) + place) as i64;
            let insert = |place| sent(Item::insert(item(number(place))).execute(&db));
            let before: Vec<_> = (0..25).map(insert).collect();
            let wrong = sent(query(format!("insert into {text} values (?)")).bind(7777).execute(&db));
            let after: Vec<_> = (25..50).map(insert).collect();
            held.release().await?;
            for write in before.into_iter().chain(after) {
                write.await?;
            }
            let error = wrong.await.expect_err("its key leads nowhere");
            assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{text}: {error:?}");
            assert_eq!(query(format!("select count(*) from {child}")).scalar::<i64>(&db).await?, 0, "{text}");
        }
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_table_with_an_empty_name_may_be_referenced_by_a_deferred_key() -> Result<()> {
    let (db, _) = open(true).await?;
    db.execute_script(
        "create table \"\" (id integer primary key); insert into \"\" values (1);
         create table refers (id integer references \"\" deferrable initially deferred); insert into refers values (1)",
    )
    .await?;
    let held = hold(&db);
    let first = sent(Item::insert(item(100)).execute(&db));
    let wrong = sent(query("delete from \"\"").execute(&db));
    let second = sent(Item::insert(item(101)).execute(&db));
    held.release().await?;
    first.await?;
    second.await?;
    let error = wrong.await.expect_err("others refer to it");
    assert!(matches!(error.kind(), ErrorKind::ForeignKey { .. }), "{error:?}");
    db.close().await
}
