//! Transactions and batches in which any step fails, or takes too long: they are done as a whole
//! or not at all, and say which.

use super::polling::{poll_until, with_little_time};
use super::*;
use crate::connection::Connection;
use crate::engine::pause;
use crate::executor::Executor;
use crate::verb::Batch;

/// Inserts in a transaction, in one nested in it, and by a batch.
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

/// The ways in which a step fails.
fn failures() -> impl Iterator<Item = Answer> {
    let kinds = [ErrorKind::Full, ErrorKind::Conflict, ErrorKind::Disconnected, ErrorKind::OutcomeUnknown];
    let errors = kinds.into_iter().map(Answer::error).chain([Answer::panic()]);
    errors.flat_map(|error| [error.clone(), error.clone().ending_the_transaction(), error.leaving_a_transaction_open()])
}

#[tokio::test]
async fn a_program_of_which_any_step_fails_is_done_as_a_whole_or_not_at_all() {
    for (number, step) in STEPS.iter().enumerate() {
        for failure in failures() {
            // What undoes something may fail as well, once or always.
            for fails_too in [&[][..], &["rollback"], &["rollback to 1"], &["rollback to 1", "rollback"]] {
                for always in [false, true] {
                    let (db, script) = open().await;
                    let conn = db.connect().await.unwrap();
                    // A step that comes twice succeeds at first.
                    let before = STEPS[..number].iter().filter(|other| *other == step).count();
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
            }
        }
    }
}

#[tokio::test]
async fn a_program_that_goes_on_after_a_failure_loses_what_has_failed_alone() {
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

/// Runs something whose deadline passes while one of its steps runs, outside of a transaction or
/// in one. It must be done as a whole if it succeeds, and not at all if it says that its time is
/// up. Returns whether it has that many steps, and nothing where it was late before it came there.
async fn late_at(
    step: usize,
    in_transaction: bool,
    time: Duration,
    whole: &[&str],
    run: impl AsyncFn(&Executor, Duration) -> Result<()>,
) -> Option<bool> {
    let (db, script) = open().await;
    let conn = db.connect().await.unwrap();
    let tx = if in_transaction { Some(conn.begin().await.unwrap()) } else { None };
    script.forget_log();
    let gate = script.gate(Place::Nth(step));
    let mut running = Box::pin(run(tx.as_deref().unwrap_or(&conn), time));
    let ended = poll_until(&gate, &mut running).await;
    let comes_there = ended.is_none();
    if comes_there {
        // Alarms ring one after the other: that of the deadline has rung then.
        pause(time).await;
    }
    gate.open();
    let result = match ended {
        Some(result) => result,
        None => running.as_mut().await,
    };
    drop(running);
    if let Some(tx) = tx {
        tx.commit().await.unwrap();
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
    for in_transaction in [false, true] {
        let mut step = 1;
        while with_little_time(async |time| late_at(step, in_transaction, time, whole, &run).await).await {
            step += 1;
        }
        assert!(step > 1, "it has steps");
    }
}

#[tokio::test]
async fn a_write_whose_deadline_passes_at_any_step_is_done_or_not_and_says_so() {
    late_at_every_step(&["insert 1"], async |ex, time| query("insert 1").timeout(time).execute(ex).await.map(drop))
        .await;
}

#[tokio::test]
async fn a_batch_whose_deadline_passes_at_any_step_is_done_as_a_whole_or_not_at_all_and_says_so() {
    late_at_every_step(&WRITES[..3], async |ex, time| {
        let batch = Batch::new().execute(query("insert 1")).execute(query("insert 2")).execute(query("insert 3"));
        batch.timeout(time).run(ex).await.map(drop)
    })
    .await;
}
