//! Tests of transactions and batches in which a step fails or takes too long: they take effect as
//! a whole or not at all, and their result says whether they did.

use super::polling::{poll_until_reached_or_ready, with_little_time};
use super::*;
use crate::connection::Connection;
use crate::engine::sleep;
use crate::executor::Executor;
use crate::verb::Batch;

/// Inserts in a transaction, in a transaction nested in it, and in a batch.
async fn program(conn: Connection) -> Result<()> {
    let tx = conn.begin().await?;
    query("insert 1").execute(&tx).await?;
    let nested = tx.begin().await?;
    query("insert 2").execute(&nested).await?;
    nested.commit().await?;
    Batch::new().execute(query("insert 3")).execute(query("insert 4")).run(&tx).await?;
    tx.commit().await
}

const STEPS: [&str; 10] = [
    "begin",
    "insert 1",
    "savepoint 1",
    "insert 2",
    "release 1",
    "savepoint 1",
    "insert 3",
    "insert 4",
    "release 1",
    "commit",
];
const WRITES: [&str; 4] = ["insert 1", "insert 2", "insert 3", "insert 4"];

/// Returns the ways in which a step can fail.
fn failures() -> impl Iterator<Item = Answer> {
    let kinds = [ErrorKind::Full, ErrorKind::Conflict, ErrorKind::Disconnected, ErrorKind::OutcomeUnknown];
    let errors = kinds.into_iter().map(Answer::error).chain([Answer::panic()]);
    errors.flat_map(|error| [error.clone(), error.clone().ending_the_transaction(), error.leaving_a_transaction_open()])
}

/// Runs the program, and lets one of its steps fail. Afterwards the connection has to be usable,
/// and nothing of the program may have taken effect.
async fn fails_at(number: usize, failure: &Answer, fails_too: &[&str], always: bool, fails_transactions: bool) {
    let (db, script) = open().await;
    if fails_transactions {
        script.fail_transactions();
    }
    let conn = db.connect().await.unwrap();
    // Earlier occurrences of the same step succeed.
    let step = STEPS[number];
    let before = STEPS[..number].iter().filter(|other| **other == step).count();
    (0..before).for_each(|_| script.next(step, Answer::default()));
    script.next(step, failure.clone());
    for undo in fails_too {
        let failure = Answer::error(ErrorKind::Io);
        if always {
            script.always(undo, failure);
        } else {
            script.next(undo, failure);
        }
    }
    program(conn.clone()).await.unwrap_err();
    let next = query("insert 5").execute(&conn).await;
    let log = script.log();
    next.unwrap_or_else(|error| panic!("{error}: {log:?}"));
    assert!(!conn.in_transaction());
    assert_eq!(script.committed(), ["insert 5"], "{log:?}");
}

#[tokio::test]
async fn a_program_of_which_any_step_fails_takes_effect_as_a_whole_or_not_at_all() {
    for number in 0..STEPS.len() {
        for failure in failures() {
            // The rollback after the failure may fail too, once or always.
            for fails_too in [&[][..], &["rollback"], &["rollback to 1"], &["rollback to 1", "rollback"]] {
                for (always, fails_transactions) in [(false, false), (false, true), (true, false), (true, true)] {
                    fails_at(number, &failure, fails_too, always, fails_transactions).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_program_that_continues_after_a_failure_loses_only_what_has_failed() {
    let (db, script) = open().await;
    script.next("insert 2", Answer::error(ErrorKind::Full));
    script.next("insert 4", Answer::error(ErrorKind::Full));
    let tx = db.begin().await.unwrap();
    query("insert 1").execute(&tx).await.unwrap();
    let nested = tx.begin().await.unwrap();
    query("insert 2").execute(&nested).await.unwrap_err();
    query("insert 2 again").execute(&nested).await.unwrap();
    nested.commit().await.unwrap();
    let batch = Batch::new().execute(query("insert 3")).execute(query("insert 4"));
    batch.run(&tx).await.unwrap_err();
    let undone = tx.begin().await.unwrap();
    query("insert 5").execute(&undone).await.unwrap();
    drop(undone);
    tx.commit().await.unwrap();
    assert_eq!(script.committed(), ["insert 1", "insert 2 again"]);
}

/// Runs a request whose deadline passes while one of its steps runs. The request must take effect
/// as a whole if it succeeds, and not at all if it reports a timeout. Returns whether the request
/// has a step with the number `step`, or `None` if the deadline passed before that step began.
async fn late_at(
    step: usize,
    (in_transaction, fails_transactions): (bool, bool),
    time: Duration,
    whole: &[&str],
    run: impl AsyncFn(&Executor, Duration) -> Result<()>,
) -> Option<bool> {
    let (db, script) = open().await;
    if fails_transactions {
        script.fail_transactions();
    }
    let conn = db.connect().await.unwrap();
    let tx = if in_transaction { Some(conn.begin().await.unwrap()) } else { None };
    script.forget_log();
    let gate = script.gate(Place::Nth(step));
    let mut running = Box::pin(run(tx.as_deref().unwrap_or(&conn), time));
    let ended = poll_until_reached_or_ready(&gate, &mut running).await;
    let comes_there = ended.is_none();
    if comes_there {
        // Alarms ring in order, so the alarm of the deadline has rung when this sleep ends.
        sleep(time).await;
    }
    gate.open();
    let result = match ended {
        Some(result) => result,
        None => running.as_mut().await,
    };
    drop(running);
    if let Some(tx) = tx {
        let committed = tx.commit().await;
        // What was sent on its own, and not as one whole, fails the transaction around it.
        assert!(committed.is_ok() || fails_transactions && result.is_err(), "{committed:?}");
    }
    let log = script.log();
    match &result {
        Ok(()) => assert_eq!(script.committed(), whole, "{log:?}"),
        Err(error) => {
            assert_eq!(*error.kind(), ErrorKind::Timeout, "{log:?}");
            assert_eq!(script.committed(), [""; 0], "{log:?}");
        }
    }
    query("insert").execute(&conn).await.unwrap();
    assert_eq!(script.committed().last().unwrap(), "insert", "{log:?}");
    (comes_there || result.is_ok()).then_some(comes_there)
}

async fn late_at_every_step(whole: &[&str], run: impl AsyncFn(&Executor, Duration) -> Result<()>) {
    for how in [(false, false), (false, true), (true, false), (true, true)] {
        let mut step = 1;
        while with_little_time(async |time| late_at(step, how, time, whole, &run).await).await {
            step += 1;
        }
        assert!(step > 1, "it has steps");
    }
}

#[tokio::test]
async fn a_write_whose_deadline_passes_at_any_step_reports_whether_it_took_effect() {
    late_at_every_step(&["insert 1"], async |ex, time| query("insert 1").timeout(time).execute(ex).await.map(drop))
        .await;
}

#[tokio::test]
async fn a_batch_whose_deadline_passes_at_any_step_takes_effect_as_a_whole_or_not_at_all_and_says_so() {
    late_at_every_step(&WRITES[..3], async |ex, time| {
        let batch = Batch::new().execute(query("insert 1")).execute(query("insert 2")).execute(query("insert 3"));
        batch.timeout(time).run(ex).await.map(drop)
    })
    .await;
}
