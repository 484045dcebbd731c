//! Tests of transactions: nested ones, transactions that the database ends, failing commits and
//! rollbacks, and the transactions of batches and of inserts of many rows.

use super::polling::poll_until_reached;
use super::*;
use crate::verb::Batch;

#[tokio::test]
async fn an_outer_transaction_is_refused_while_a_nested_one_is_open() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let outer = conn.begin().await.unwrap();
    let nested = outer.begin().await.unwrap();
    assert_eq!(kind(query("insert 1").execute(&outer).await), ErrorKind::InTransaction);
    assert_eq!(kind(query("insert 1").execute(&conn).await), ErrorKind::InTransaction);
    assert_eq!(kind(outer.begin().await), ErrorKind::InTransaction);
    assert_eq!(kind(conn.begin().await), ErrorKind::InTransaction);
    query("insert 2").execute(&nested).await.unwrap();
    nested.commit().await.unwrap();
    query("insert 3").execute(&outer).await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(script.log(), ["begin", "savepoint 1", "insert 2", "release 1", "insert 3", "commit"]);
}

#[tokio::test]
async fn the_outer_commit_rolls_back_an_open_nested_transaction() {
    let (db, script) = open().await;
    let outer = db.begin().await.unwrap();
    let nested = outer.begin().await.unwrap();
    let innermost = nested.begin().await.unwrap();
    query("insert").execute(&innermost).await.unwrap();
    outer.commit().await.unwrap();
    assert_eq!(kind(innermost.commit().await), ErrorKind::Closed);
    assert_eq!(kind(nested.commit().await), ErrorKind::Closed);
    assert_eq!(script.log(), ["begin", "savepoint 1", "savepoint 2", "insert", "rollback to 1", "commit"]);
}

#[tokio::test]
async fn a_failed_statement_leaves_the_transaction_open() {
    let (db, script) = open().await;
    script.next("insert 1", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    assert_eq!(kind(query("insert 1").execute(&tx).await), ErrorKind::Full);
    query("insert 2").execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(script.log(), ["begin", "insert 1: Full", "insert 2", "commit"]);
}

#[tokio::test]
async fn nothing_runs_in_a_transaction_that_the_database_has_ended() {
    let (db, script) = open().await;
    script.next("insert 1", Answer::error(ErrorKind::Conflict).ending_the_transaction());
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    let nested = tx.begin().await.unwrap();
    assert_eq!(kind(query("insert 1").execute(&nested).await), ErrorKind::Conflict);
    let errors = [
        query("insert 2").execute(&nested).await.unwrap_err(),
        query("select").execute(&nested).await.unwrap_err(),
        nested.begin().await.unwrap_err(),
        nested.commit().await.unwrap_err(),
        query("insert 3").execute(&tx).await.unwrap_err(),
        tx.begin().await.unwrap_err(),
        tx.commit().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(*error.kind(), ErrorKind::RolledBack);
        assert!(error.to_string().contains("as the script says"), "{error}");
        assert!(error.is_transient(), "the first cause is a conflict");
    }
    query("select").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["begin", "savepoint 1", "insert 1: Conflict", "select"]);
}

#[tokio::test]
async fn a_transaction_that_the_database_has_ended_can_be_rolled_back() {
    let (db, script) = open().await;
    script.next("insert", Answer::error(ErrorKind::Full).ending_the_transaction());
    let conn = db.connect().await.unwrap();
    let tx = conn.begin().await.unwrap();
    query("insert").execute(&tx).await.unwrap_err();
    tx.rollback().await.unwrap();
    let tx = conn.begin().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(script.log(), ["begin", "insert: Full", "begin", "commit"]);
}

#[tokio::test]
async fn a_statement_that_ends_the_transaction_fails_and_says_so() {
    let (db, script) = open().await;
    script.next("insert", Answer::default().ending_the_transaction());
    let tx = db.begin().await.unwrap();
    assert_eq!(kind(query("insert").execute(&tx).await), ErrorKind::RolledBack);
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
    assert_eq!(script.log(), ["begin", "insert"]);
}

#[tokio::test]
async fn a_transaction_whose_commit_fails_is_rolled_back() {
    for leaves_open in [false, true] {
        let (db, script) = open().await;
        let failure = Answer::error(ErrorKind::Full);
        script.next("commit", if leaves_open { failure.leaving_a_transaction_open() } else { failure });
        let conn = db.connect().await.unwrap();
        let tx = conn.begin().await.unwrap();
        assert_eq!(kind(tx.commit().await), ErrorKind::Full);
        query("select").execute(&conn).await.unwrap();
        let log: Vec<_> = script.log().into_iter().filter(|step| step != "rollback").collect();
        assert_eq!(log, ["begin", "commit: Full", "select"]);
        assert_eq!(script.log().len() > log.len(), leaves_open, "what the database has left is rolled back");
        assert_eq!(script.opened(), 1);
    }
}

#[tokio::test]
async fn a_begin_that_fails_leaves_nothing() {
    let (db, script) = open().await;
    script.next("begin", Answer::error(ErrorKind::Busy));
    let conn = db.connect().await.unwrap();
    assert_eq!(kind(conn.begin().await), ErrorKind::Busy);
    assert!(!conn.in_transaction());
    query("insert").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["begin: Busy", "insert"]);
}

#[tokio::test]
async fn a_failed_nested_commit_rolls_back_only_the_nested_transaction() {
    let (db, script) = open().await;
    script.next("release 1", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    let nested = tx.begin().await.unwrap();
    assert_eq!(kind(nested.commit().await), ErrorKind::Full);
    query("insert").execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(script.log(), ["begin", "savepoint 1", "release 1: Full", "rollback to 1", "insert", "commit"]);
}

#[tokio::test]
async fn a_savepoint_that_fails_leaves_the_outer_transaction_open() {
    let (db, script) = open().await;
    script.next("savepoint 1", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    assert_eq!(kind(tx.begin().await), ErrorKind::Full);
    query("insert").execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(script.log(), ["begin", "savepoint 1: Full", "insert", "commit"]);
}

#[tokio::test]
async fn a_failed_nested_rollback_rolls_back_the_whole_transaction() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for end in ["nested", "batch"] {
        script.forget_log();
        script.next("rollback to 1", Answer::error(ErrorKind::Io));
        let tx = conn.begin().await.unwrap();
        if end == "nested" {
            script.next("rollback to 1", Answer::error(ErrorKind::Io));
            let nested = tx.begin().await.unwrap();
            nested.rollback().await.unwrap_err();
        } else {
            script.next("insert", Answer::error(ErrorKind::Full));
            Batch::new().execute(query("insert")).run(&tx).await.unwrap_err();
        }
        assert_eq!(kind(query("insert 2").execute(&tx).await), ErrorKind::RolledBack, "{end}");
        assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack, "{end}");
        query("select").execute(&conn).await.unwrap();
        let log = script.log();
        assert_eq!(log[log.len() - 2..], ["rollback", "select"], "{end}");
        assert!(!log.contains(&"insert 2".to_owned()), "{end}");
    }
}

#[tokio::test]
async fn a_transaction_that_a_statement_leaves_open_is_rolled_back() {
    let (db, script) = open().await;
    script.next("start transaction", Answer::default().leaving_a_transaction_open());
    let conn = db.connect().await.unwrap();
    assert_eq!(kind(query("start transaction").execute(&conn).await), ErrorKind::Usage);
    query("insert").execute(&conn).await.unwrap();
    assert_eq!(script.log(), ["start transaction", "rollback", "insert"]);
}

#[tokio::test]
async fn nothing_is_sent_in_a_transaction_that_has_ended() {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    for commits in [true, false] {
        let tx = conn.begin().await.unwrap();
        let clone = tx.clone();
        if commits { tx.commit().await } else { tx.rollback().await }.unwrap();
        script.forget_log();
        assert_eq!(kind(query("insert").execute(&clone).await), ErrorKind::Closed);
        assert_eq!(kind(clone.begin().await), ErrorKind::Closed);
        assert_eq!(kind(clone.clone().commit().await), ErrorKind::Closed);
        assert_eq!(kind(clone.rollback().await), ErrorKind::Closed);
        query("select").execute(&conn).await.unwrap();
        assert_eq!(script.log(), ["select"]);
    }
}

#[tokio::test]
async fn a_batch_outside_of_a_transaction_takes_effect_as_a_whole_or_not_at_all() {
    let (db, script) = open().await;
    let batch = || Batch::new().execute(query("insert 1")).execute(query("insert 2")).execute(query("insert 3"));
    batch().run(&db).await.unwrap();
    script.next("insert 2", Answer::error(ErrorKind::Full));
    let error = batch().run(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Full, Some(1)));
    script.next("commit", Answer::error(ErrorKind::Io));
    assert_eq!(kind(batch().run(&db).await), ErrorKind::Io);
    let all = ["begin", "insert 1", "insert 2", "insert 3"];
    let log = [&all[..], &["commit"], &all[..2], &["insert 2: Full", "rollback"], &all, &["commit: Io"]].concat();
    assert_eq!(script.log(), log);
}

#[tokio::test]
async fn a_batch_in_a_transaction_takes_effect_as_a_whole_or_not_at_all() {
    let (db, script) = open().await;
    let tx = db.begin().await.unwrap();
    let batch = || Batch::new().execute(query("insert 1")).execute(query("insert 2"));
    batch().run(&tx).await.unwrap();
    script.next("insert 2", Answer::error(ErrorKind::Full));
    let error = batch().run(&tx).await.unwrap_err();
    assert_eq!((error.kind(), error.statement()), (&ErrorKind::Full, Some(1)));
    tx.commit().await.unwrap();
    let done = ["begin", "savepoint 1", "insert 1", "insert 2", "release 1"];
    let log = [&done[..], &["savepoint 1", "insert 1", "insert 2: Full", "rollback to 1", "commit"]].concat();
    assert_eq!(script.log(), log);
}

#[tokio::test]
async fn only_the_batch_is_rolled_back_when_its_savepoint_cannot_be_released() {
    let (db, script) = open().await;
    script.next("release 1", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    assert_eq!(kind(Batch::new().execute(query("insert 1")).run(&tx).await), ErrorKind::Full);
    query("insert 2").execute(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let batch = ["savepoint 1", "insert 1", "release 1: Full", "rollback to 1"];
    assert_eq!(script.log(), [&["begin"], &batch[..], &["insert 2", "commit"]].concat());
}

#[tokio::test]
async fn statements_that_only_read_see_one_state_in_a_batch() {
    let (db, script) = open().await;
    let gate = script.gate("select 2");
    let batch = Batch::new().execute(query("select 1")).execute(query("select 2")).run(&db);
    drop(poll_until_reached(&gate, batch).await);
    query("select 3").execute(&db).await.unwrap();
    assert_eq!(script.log(), ["begin", "select 1", "select 2: Interrupted", "rollback", "select 3"]);
}

#[derive(aio_macros::Table)]
#[table(crate = "crate")]
#[allow(dead_code)]
struct Item {
    #[column(primary_key)]
    id: i64,
}

#[tokio::test]
async fn an_insert_of_many_rows_names_the_row_that_fails_and_keeps_none() {
    let (db, script) = open().await;
    let insert = Item::insert_all((0..3).map(|id| Item { id })).execute(&db).await.unwrap();
    assert_eq!(insert.rows_affected, 3);
    let [_, text, _] = &script.log()[..] else { panic!("{:?}", script.log()) };
    script.forget_log();
    let unique = ErrorKind::Unique { table: "items".into(), columns: vec!["id".into()] };
    script.always(text, Answer::error(unique.clone()).about_row(1));
    let error = Item::insert_all((0..3).map(|id| Item { id })).execute(&db).await.unwrap_err();
    assert_eq!((error.kind(), error.row()), (&unique, Some(1)));
    assert_eq!(script.log(), ["begin", &format!("{text}: {unique:?}"), "rollback"]);
}

#[tokio::test]
async fn an_insert_of_several_messages_names_the_row_that_fails_and_keeps_none() {
    let (db, script) = open().await;
    let rows = 200_000;
    let insert = || Item::insert_all((0..rows).map(|id| Item { id }));
    assert_eq!(insert().execute(&db).await.unwrap().rows_affected, rows as u64);
    let log = script.log();
    let [begin, messages @ .., commit] = &log[..] else { panic!("{log:?}") };
    assert_eq!((begin.as_str(), commit.as_str()), ("begin", "commit"));
    assert!(messages.len() > 2);
    script.forget_log();
    script.next(&messages[0], Answer::default());
    script.next(&messages[0], Answer::error(ErrorKind::Full).about_row(7));
    let error = insert().execute(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Full);
    assert!(error.row().unwrap() > 7, "it is the row of the whole, and not of its message");
    script.wait_until("it is rolled back", |script| script.log().last().unwrap() == "rollback").await;
}
