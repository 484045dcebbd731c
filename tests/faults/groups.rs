//! Many tasks write at once while a system call fails: their writes may share a commit, and each
//! gets a true answer.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;

use super::fault::{Fault, under_shim};
use super::single_calls::is_io;
use super::*;

const TASKS: i64 = 40;

/// Runs many tasks at once, each of which makes several writes. Returns their errors.
async fn all_at_once(db: &Database, ledger: &mut Ledger) -> Vec<Error> {
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let db = db.clone();
            let mut own = Ledger { next: ledger.numbers(100).start, kept: Vec::new() };
            tokio::spawn(async move {
                let mut errors = Vec::new();
                for call in 0..3 {
                    let answer = match (task + call) % 8 {
                        0 => transaction(&db, &mut own).await,
                        1 => {
                            insert_several(&db, &mut Ledger { next: own.next + 10, kept: Vec::new() }).await.map(|()| {
                                own.kept.extend(own.next + 10..own.next + 70);
                            })
                        }
                        _ => insert(&db, &mut own).await,
                    };
                    errors.extend(answer.err());
                }
                (own, errors)
            })
        })
        .collect();
    let mut errors = Vec::new();
    for task in tasks {
        let (own, failed) = task.await.expect("no panic");
        ledger.kept.extend(own.kept);
        errors.extend(failed);
    }
    errors
}

async fn faults(fault: &Fault, call: &str, error: &str, how: &str, right: fn(&Error) -> bool) -> Result<()> {
    let (db, mut ledger) = (fault.database().await?, Ledger::default());
    let mut failed = 0;
    for turn in [1, 2, 3, 4, 5, 7, 10, 14, 19, 25, 40] {
        let when = format!("{call} {turn} fails {how} with {error}");
        fault.order(&format!("fail {call} {turn} {error} {how}"));
        let errors = all_at_once(&db, &mut ledger).await;
        fault.clear();
        for error in &errors {
            assert!(right(error), "{when}: {error:?}");
        }
        failed += errors.len();
        ledger.holds(&db, &when).await?;
        let behind = all_at_once(&db, &mut ledger).await;
        assert!(behind.is_empty(), "behind the fault, {when}: {behind:?}");
        ledger.holds(&db, &when).await?;
    }
    println!("{call} {error} {how}: {failed} errors");
    assert!(failed > 0 || how == "once", "nothing has failed for good");
    ledger.holds_when_closed(db, &format!("{call} {how}")).await
}

#[test]
fn a_failed_write_is_reported_only_to_tasks_whose_rows_are_missing() {
    under_shim(async |fault| {
        faults(&fault, "write", "eio", "once", is_io).await?;
        faults(&fault, "write", "eio", "always", is_io).await?;
        faults(&fault, "write", "enospc", "once", is_full).await
    });
}

#[test]
fn a_failed_sync_is_reported_only_to_tasks_whose_rows_are_missing() {
    under_shim(async |fault| {
        faults(&fault, "sync", "eio", "once", is_io).await?;
        faults(&fault, "sync", "eio", "always", is_io).await
    });
}

/// Queues inserts while the writer is blocked. One of them violates a constraint, and the future
/// of another one is dropped. Sets the fault, lets the writer continue, and returns the errors of
/// the others.
async fn one_group(db: &Database, ledger: &mut Ledger, order: &str, fault: &Fault) -> Result<Vec<Error>> {
    let (began, begun) = tokio::sync::oneshot::channel();
    let (release, held) = mpsc::channel::<()>();
    let holding = tokio::spawn({
        let db = db.clone();
        async move {
            db.run(move |_| {
                let _ = began.send(());
                let _ = held.recv();
            })
            .await
        }
    });
    begun.await.expect("it has begun");
    let mut sent: Vec<_> = ledger
        .numbers(20)
        .map(|number| (number, Box::pin(Entry::insert(entry(number)).execute(db))))
        .chain([(-1, Box::pin(Entry::insert(NewEntry { number: -1, text: String::new() }).execute(db)))])
        .collect();
    sent.swap(5, 20);
    for (_, insert) in &mut sent {
        poll_fn(|context| {
            assert!(insert.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    drop(sent.remove(9));
    fault.order(order);
    drop(release);
    holding.await.expect("no panic")?;
    let mut errors = Vec::new();
    for (number, insert) in sent {
        match insert.await {
            Err(error) if number == -1 && matches!(error.kind(), ErrorKind::Check { .. }) => {}
            Err(error) => errors.push(error),
            Ok(_) => ledger.kept.push(number),
        }
    }
    fault.clear();
    Ok(errors)
}

#[test]
fn a_temporary_fault_is_reported_to_at_most_one_of_the_waiting_inserts() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        db.execute_script(
            "drop table entry; create table entry (id integer primary key, number integer, text text check (text <> ''))",
        )
        .await?;
        for call in ["write", "sync"] {
            for turn in 1..=30 {
                let when = format!("{call} {turn}");
                let errors = one_group(&db, &mut ledger, &format!("fail {call} {turn} eio once"), &fault).await?;
                assert!(errors.len() <= 1 && errors.iter().all(is_io), "{when}: {errors:?}");
                ledger.holds(&db, &when).await?;
            }
            // A permanent fault is reported to each of the inserts.
            let errors = one_group(&db, &mut ledger, &format!("fail {call} 1 eio always"), &fault).await?;
            assert!(errors.len() == 19 && errors.iter().all(is_io), "{call}: {errors:?}");
            ledger.holds(&db, call).await?;
        }
        ledger.holds_when_closed(db, "closed").await
    });
}

#[test]
fn a_disk_that_fills_up_keeps_acknowledged_rows() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        let mut failed = 0;
        for room in [0, 1_000, 4_096, 20_000, 50_000, 200_000] {
            fault.order(&format!("room {room}"));
            let errors = all_at_once(&db, &mut ledger).await;
            fault.clear();
            for error in &errors {
                assert!(is_full(error), "room {room}: {error:?}");
            }
            failed += errors.len();
            ledger.holds(&db, &format!("room {room}")).await?;
            assert!(all_at_once(&db, &mut ledger).await.is_empty());
        }
        assert!(failed > 0);
        ledger.holds_when_closed(db, "closed").await
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_statements_do_not_fail_others_in_their_group() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let db = Database::open(directory.path().join("app.db")).await?;
    db.create(Entry).await?;
    db.execute_script("create unique index entry_number on entry (number)").await?;
    // Every second number exists already.
    let mut ledger = Ledger { next: 0, kept: (0..200).step_by(2).collect() };
    Entry::insert_all(ledger.kept.iter().map(|number| entry(*number))).execute(&db).await?;
    let tasks: Vec<_> =
        (0..200).map(|number| (number, tokio::spawn(Entry::insert(entry(number)).execute(&db)))).collect();
    for (number, task) in tasks {
        match task.await.unwrap() {
            Ok(done) => {
                assert!(number % 2 == 1 && done.rows_affected == 1);
                ledger.kept.push(number);
            }
            Err(error) => assert!(number % 2 == 0 && error.is_unique(), "{number}: {error:?}"),
        }
    }
    assert_eq!(ledger.kept.len(), 200);
    ledger.holds_when_closed(db, "closed").await
}
