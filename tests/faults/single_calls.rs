//! Each system call fails in turn, once or permanently, during the requests of one task.

use aio_sql::TransactionMode;

use super::fault::{Fault, under_shim};
use super::*;

/// Tries each kind of request while the ordered fault makes system calls fail. Returns the errors.
async fn try_all(db: &Database, ledger: &mut Ledger) -> Result<Vec<Error>> {
    let conn = db.connect().await;
    let mut answers = vec![
        insert(db, ledger).await,
        insert_several(db, ledger).await,
        transaction(db, ledger).await,
        Entry::select().count(db).await.map(drop),
        // Whether the checkpoint succeeds or not, no row is lost.
        db.run(|raw| raw.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))).await.map(drop),
        insert(db, ledger).await,
    ];
    match conn {
        Ok(conn) => {
            answers.push(insert(&conn, ledger).await);
            answers.push(transaction(&conn, ledger).await);
            answers.push(Entry::select().all(&conn).await.map(drop));
        }
        Err(error) => answers.push(Err(error)),
    }
    Ok(answers.into_iter().filter_map(Result::err).collect())
}

/// Makes the first call of a kind fail, then the second, and so on, up to the last call, but at
/// most 40 calls. Each time checks the errors, and that the acknowledged rows are there.
pub(crate) async fn each_in_turn(
    fault: &Fault,
    call: &str,
    error: &str,
    how: &str,
    right: fn(&Error) -> bool,
) -> Result<()> {
    let (db, mut ledger) = (fault.database().await?, Ledger::default());
    let mut failed = 0;
    for turn in 1..=40 {
        let when = format!("{call} {turn} fails {how} with {error}");
        let before = fault.fired();
        fault.order(&format!("fail {call} {turn} {error} {how}"));
        let errors = try_all(&db, &mut ledger).await?;
        fault.clear();
        let fired = fault.fired() > before;
        assert!(fired || errors.is_empty(), "{when}: {errors:?}");
        for error in &errors {
            assert!(right(error), "{when}: {error:?}");
        }
        failed += errors.len();
        // The database continues to work.
        ledger.holds(&db, &when).await?;
        for answer in [insert(&db, &mut ledger).await, transaction(&db, &mut ledger).await] {
            answer.unwrap_or_else(|error| panic!("behind the fault, {when}: {error:?}"));
        }
        if !fired {
            break;
        }
    }
    println!("{call} {error} {how}: {failed} errors");
    assert!(failed > 0, "no {call} has failed");
    ledger.holds_when_closed(db, &format!("{call} {how}")).await
}

/// Returns whether the error is an I/O error, or says that a file cannot be opened.
pub(crate) fn is_io(error: &Error) -> bool {
    matches!(first_kind(error), ErrorKind::Io | ErrorKind::CannotOpen)
}

#[test]
fn each_write_may_fail_and_every_answer_is_true() {
    under_shim(async |fault| {
        each_in_turn(&fault, "write", "eio", "once", is_io).await?;
        each_in_turn(&fault, "write", "eio", "always", is_io).await?;
        each_in_turn(&fault, "write", "enospc", "once", is_full).await?;
        each_in_turn(&fault, "write", "enospc", "always", is_full).await
    });
}

#[test]
fn each_sync_may_fail_and_every_answer_is_true() {
    under_shim(async |fault| {
        each_in_turn(&fault, "sync", "eio", "once", is_io).await?;
        each_in_turn(&fault, "sync", "eio", "always", is_io).await
    });
}

#[test]
fn each_read_may_fail_and_every_answer_is_true() {
    under_shim(async |fault| {
        each_in_turn(&fault, "read", "etimedout", "once", is_io).await?;
        each_in_turn(&fault, "read", "etimedout", "always", is_io).await?;
        // SQLite may report that the file is damaged if it cannot be read.
        let is_damage = |error: &Error| is_io(error) || first_kind(error) == ErrorKind::Corrupt;
        each_in_turn(&fault, "read", "eio", "once", is_damage).await?;
        each_in_turn(&fault, "read", "eio", "always", is_damage).await
    });
}

#[test]
fn a_transaction_whose_commit_fails_is_rolled_back_and_the_next_one_commits() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        insert(&db, &mut ledger).await?;
        let conn = db.connect().await?;
        for call in ["write", "sync"] {
            for ex in [&*db, &*conn] {
                let tx = ex.begin().await?;
                Entry::insert(entry(-1)).execute(&tx).await?;
                let nested = tx.begin().await?;
                Entry::insert(entry(-2)).execute(&nested).await?;
                nested.commit().await?;
                fault.order(&format!("fail {call} 1 eio once"));
                let error = tx.commit().await.unwrap_err();
                assert_eq!(*error.kind(), ErrorKind::Io, "{error:?}");
                assert!(!ex.in_transaction());
                // The fault has ended by itself after one call.
                transaction(ex, &mut ledger).await?;
                ledger.holds(ex, call).await?;
                fault.clear();
            }
        }
        drop(conn);
        ledger.holds_when_closed(db, "closed").await
    });
}

#[test]
fn a_database_that_is_closed_while_the_disk_fails_loses_nothing() {
    under_shim(async |fault| {
        for call in ["write", "sync", "truncate", "read"] {
            let (db, mut ledger) = (fault.database().await?, Ledger::default());
            for _ in 0..3 {
                insert_several(&db, &mut ledger).await?;
            }
            fault.order(&format!("fail {call} 1 eio always"));
            // Closing ends, with or without an error, and acknowledged rows remain.
            let _ = db.close().await;
            fault.clear();
            let db = Database::open(fault.path()).await?;
            ledger.holds(&db, call).await?;
            insert(&db, &mut ledger).await?;
            ledger.holds_when_closed(db, call).await?;
        }
        Ok(())
    });
}

#[test]
fn a_database_can_be_opened_when_the_fault_is_gone() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        insert(&db, &mut ledger).await?;
        db.close().await?;
        for call in ["read", "write", "open"] {
            for turn in 1..=12 {
                let when = format!("{call} {turn}");
                let before = fault.fired();
                fault.order(&format!("fail {call} {turn} eio always"));
                let opened = Database::builder(fault.path()).readers(1).open().await;
                fault.clear();
                match opened {
                    Ok(db) => {
                        insert(&db, &mut ledger).await?;
                        ledger.holds_when_closed(db, &when).await?;
                    }
                    Err(error) => {
                        assert!(fault.fired() > before, "{when}: {error:?}");
                        assert!(is_io(&error), "{when}: {error:?}");
                        let db = Database::open(fault.path()).await?;
                        insert(&db, &mut ledger).await?;
                        ledger.holds_when_closed(db, &when).await?;
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_failed_read_is_an_error_and_the_next_one_sees_every_row() {
    under_shim(async |fault| {
        let (db, mut ledger) = (fault.database().await?, Ledger::default());
        for _ in 0..20 {
            insert_several(&db, &mut ledger).await?;
        }
        let conn = db.connect().await?;
        for ex in [&*db, &*conn] {
            for how in ["once", "always"] {
                fault.order(&format!("fail read 3 etimedout {how}"));
                let error = Entry::select().all(ex).await.unwrap_err();
                assert_eq!(first_kind(&error), ErrorKind::Io, "{error:?}");
                let mut stream = Entry::select().stream(ex);
                fault.order("fail read 3 etimedout once");
                let mut last = None;
                while let Some(row) = stream.next().await {
                    last = Some(row);
                }
                // After the readable rows comes the error, not an end that looks complete.
                assert!(matches!(last, Some(Err(_))), "{last:?}");
                fault.clear();
                ledger.holds(ex, how).await?;
            }
        }
        // A read transaction does not continue with another snapshot after the fault: SQLite ends
        // it.
        let tx = db.begin_with(TransactionMode::ReadOnly).await?;
        fault.order("fail read 1 etimedout once");
        for kind in [ErrorKind::Io, ErrorKind::RolledBack] {
            let error = Entry::select().all(&tx).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::RolledBack) || *error.kind() == kind, "{error:?}");
            assert_eq!(first_kind(&error), ErrorKind::Io, "{error:?}");
        }
        drop((conn, tx));
        ledger.holds_when_closed(db, "closed").await
    });
}
