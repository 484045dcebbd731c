//! Transactions: which changes are committed, which are rolled back, and what errors say.

use std::sync::atomic::{AtomicUsize, Ordering};

use aio_sql::{Database, Dialect, Error, ErrorKind, Result, TransactionMode, query};
use servers::on_every_database;

use accounts::*;
use hold::Places;

#[path = "transactions/accounts.rs"]
mod accounts;
mod hold;

#[on_every_database]
async fn a_nested_transaction_is_over_when_the_one_around_it_is(db: Database) -> Result<()> {
    for commits in [true, false] {
        let outer = db.begin().await?;
        let nested = outer.begin().await?;
        assert!(outer.in_transaction() && nested.in_transaction());
        let ended = if commits { outer.commit().await } else { outer.rollback().await };
        ended?;
        assert!(!nested.in_transaction());
    }
    db.close().await
}

#[on_every_database]
async fn a_transaction_that_is_dropped_rolls_back_before_anything_else_runs_on_the_connection(
    db: Database,
) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    set(1, 99, &tx).await?;
    drop(tx);
    let seen = Account::find(1).columns(Account::BALANCE).one(&conn).await?;
    assert_eq!(seen, 10);
    db.close().await
}

#[on_every_database]
async fn the_last_clone_of_a_guard_rolls_back(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    let clone = tx.clone();
    set(1, 99, &tx).await?;
    drop(tx);
    assert!(conn.in_transaction());
    set(2, 98, &clone).await?;
    drop(clone);
    assert!(!conn.in_transaction());
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn clones_of_a_transaction_that_has_ended_answer_closed(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let clone = tx.clone();
    tx.commit().await?;
    assert_eq!(kind(set(1, 5, &clone).await), ErrorKind::Closed);
    assert_eq!(kind(clone.begin().await), ErrorKind::Closed);
    assert_eq!(kind(clone.commit().await), ErrorKind::Closed);
    db.close().await
}

#[on_every_database]
async fn a_closures_transaction_ends_with_the_closure_even_if_clones_exist(db: Database) -> Result<()> {
    fill(&db).await?;
    let mut kept = None;
    let place = &mut kept;
    db.transaction(|tx| async move {
        set(1, 11, &tx).await?;
        *place = Some(tx.clone());
        Ok(())
    })
    .await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    let kept = kept.expect("the clone");
    assert_eq!(kind(set(2, 5, &kept).await), ErrorKind::Closed);
    db.close().await
}

#[on_every_database]
async fn a_dropped_closure_rolls_back_even_if_a_clone_exists(db: Database) -> Result<()> {
    fill(&db).await?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let running = tokio::spawn({
        let db = db.clone();
        async move {
            db.transaction(|tx| async move {
                set(1, 99, &tx).await?;
                let _ = sender.send(tx.clone());
                std::future::pending::<()>().await;
                Ok(())
            })
            .await
        }
    });
    let clone = receiver.await.expect("the closure has begun");
    running.abort();
    assert!(running.await.expect_err("aborted").is_cancelled());
    assert_eq!(kind(set(2, 99, &clone).await), ErrorKind::Closed);
    set(2, 21, &db).await?;
    assert_eq!(balances(&db).await?, [10, 21]);
    db.close().await
}

#[on_every_database]
async fn a_closure_that_panics_rolls_back(db: Database) -> Result<()> {
    fill(&db).await?;
    let running = tokio::spawn({
        let db = db.clone();
        async move {
            db.transaction(|tx| async move {
                set(1, 99, &tx).await?;
                if balances_are_wrong() { Ok(()) } else { panic!("on purpose") }
            })
            .await
        }
    });
    assert!(running.await.expect_err("it panicked").is_panic());
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

fn balances_are_wrong() -> bool {
    std::hint::black_box(false)
}

#[on_every_database]
async fn a_user_error_rolls_back_and_is_returned(db: Database) -> Result<()> {
    #[derive(Debug)]
    enum Mine {
        Poor,
        Database(Error),
    }
    impl From<Error> for Mine {
        fn from(error: Error) -> Mine {
            Mine::Database(error)
        }
    }
    fill(&db).await?;
    let poor: Result<(), Mine> = db
        .try_transaction(|tx| async move {
            set(1, 0, &tx).await?;
            Err(Mine::Poor)
        })
        .await;
    assert!(matches!(poor, Err(Mine::Poor)));
    let failed: Result<(), Mine> = db.try_transaction(|tx| async move { Ok(set(1, -1, &tx).await?) }).await;
    assert!(matches!(failed, Err(Mine::Database(error)) if matches!(error.kind(), ErrorKind::Check { .. })));
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn while_a_transaction_is_open_the_connection_answers_in_transaction_at_once(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    assert_eq!(kind(Account::select().all(&conn).await), ErrorKind::InTransaction);
    assert_eq!(kind(conn.begin().await), ErrorKind::InTransaction);
    assert_eq!(kind(conn.execute_script("select 1").await), ErrorKind::InTransaction);
    let nested = tx.begin().await?;
    assert_eq!(kind(Account::select().all(&tx).await), ErrorKind::InTransaction);
    assert_eq!(kind(tx.begin().await), ErrorKind::InTransaction);
    set(1, 12, &nested).await?;
    nested.commit().await?;
    tx.commit().await?;
    assert_eq!(balances(&db).await?, [12, 20]);
    db.close().await
}

#[on_every_database]
async fn ending_the_outer_transaction_ends_the_nested_one(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let nested = tx.begin().await?;
    set(1, 12, &nested).await?;
    tx.rollback().await?;
    assert_eq!(kind(set(1, 13, &nested).await), ErrorKind::Closed);
    drop(nested);
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn a_nested_begin_that_is_dropped_midway_does_not_touch_the_outer_one(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    set(1, 11, &tx).await?;
    {
        // The future is polled once, which sends the savepoint, and then dropped.
        let mut begin = std::pin::pin!(tx.begin());
        std::future::poll_fn(|context| {
            let _ = begin.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    set(2, 22, &tx).await?;
    tx.commit().await?;
    assert_eq!(balances(&db).await?, [11, 22]);
    db.close().await
}

#[on_every_database]
async fn a_begin_that_is_dropped_midway_leaves_no_transaction(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    {
        let mut begin = std::pin::pin!(conn.begin());
        std::future::poll_fn(|context| {
            let _ = begin.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
    }
    assert!(!conn.in_transaction());
    set(1, 11, &conn).await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

#[on_every_database(except postgres = RolledBack)]
async fn a_statement_that_fails_leaves_the_transaction_as_it_was(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    set(1, 11, &tx).await?;
    assert!(matches!(kind(set(2, -1, &tx).await), ErrorKind::Check { .. }));
    set(1, 11, &tx).await?;
    assert!(matches!(
        kind(Account::insert_all([(3, 1), (1, 1)].map(|(id, balance)| Account { id, balance })).execute(&tx).await),
        ErrorKind::Unique { .. }
    ));
    tx.commit().await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

/// Checks a transaction that the database has ended: no statement in it runs, and each returns an
/// error that says so.
async fn is_dead(tx: aio_sql::Transaction, first: &ErrorKind) {
    for result in [set(2, 77, &tx).await, set(2, 78, &tx).await] {
        let error = result.expect_err("the transaction is over");
        assert_eq!(error.kind(), &ErrorKind::RolledBack);
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).expect("a cause");
        assert_eq!(cause.kind(), first);
    }
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
}

#[on_every_database]
async fn a_transaction_that_the_database_has_ended_is_dead_and_nothing_runs_in_autocommit(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    set(1, 50, &tx).await?;
    // PostgreSQL ends a transaction at any error.
    let or_rollback = if db.dialect() == Dialect::Sqlite { "or rollback" } else { "" };
    let first = kind(query(format!("insert {or_rollback} into account values (1, 1)")).execute(&tx).await);
    let unique = ErrorKind::Unique { table: "account".into(), columns: vec!["id".into()] };
    assert_eq!(first, unique, "the statement itself has its own error");
    is_dead(tx, &unique).await;
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn transaction_control_as_a_statement_is_refused_with_the_call_to_use(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    for text in ["BEGIN", " /* go */ begin immediate", "commit;", "END", "rollback", "savepoint x", "-- so\nrelease x"]
    {
        for ex in [&*db, &*conn] {
            let error = query(text).execute(ex).await.expect_err("refused");
            assert_eq!(error.kind(), &ErrorKind::Usage, "{text}");
            assert!(error.to_string().contains('`'), "{error}");
        }
    }
    assert!(!conn.in_transaction());
    db.close().await
}

#[on_every_database(except postgres = RolledBack)]
async fn a_read_only_transaction_sees_one_view_and_cannot_write(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin_with(TransactionMode::ReadOnly).await?;
    set(1, 11, &db).await?;
    let seen = Account::find(1).columns(Account::BALANCE).one(&tx).await?;
    assert_eq!(seen, 10, "the view is that of the beginning");
    assert_eq!(kind(set(1, 12, &tx).await), ErrorKind::ReadOnly);
    tx.commit().await?;
    set(1, 13, &conn).await?;
    assert_eq!(balances(&db).await?, [13, 20]);
    db.close().await
}

#[on_every_database]
async fn a_transaction_that_has_read_and_writes_after_another_has_is_a_conflict_and_a_retry_succeeds(
    db: Database,
) -> Result<()> {
    fill(&db).await?;
    // The modes in which a transaction sees one state and is not the only writer.
    let (mode, code) = match db.dialect() {
        Dialect::Sqlite => (TransactionMode::Deferred, "517"), // SQLITE_BUSY_SNAPSHOT
        _ => (TransactionMode::RepeatableRead, "40001"),
    };
    let tx = db.begin_with(mode).await?;
    let seen = Account::find(1).columns(Account::BALANCE).one(&tx).await?;
    set(1, 11, &db).await?;
    let error = set(1, seen + 5, &tx).await.expect_err("another wrote");
    assert_eq!(error.kind(), &ErrorKind::Conflict);
    assert!(error.is_transient());
    assert_eq!(error.code(), Some(code));
    tx.rollback().await?;

    let attempts = AtomicUsize::new(0);
    let (db, attempts) = (&db, &attempts);
    db.retry_transaction_with(mode, |tx| async move {
        let seen = Account::find(1).columns(Account::BALANCE).one(&tx).await?;
        if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            set(1, 12, db).await?;
        }
        set(1, seen + 5, &tx).await
    })
    .await?;
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
    assert_eq!(balances(db).await?, [17, 20]);
    db.clone().close().await
}

#[on_every_database(except postgres = Unsupported("`TransactionMode::Exclusive`"))]
async fn an_exclusive_transaction_writes(db: Database) -> Result<()> {
    fill(&db).await?;
    db.transaction_with(TransactionMode::Exclusive, |tx| async move { set(1, 11, &tx).await }).await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

/// Checks that a statement outside of the open transaction is refused, with the line where that
/// transaction was begun.
#[track_caller]
fn is_told_of<T>(result: Result<T>, line: u32) {
    let Err(error) = result else { panic!("a transaction is open") };
    assert_eq!(error.kind(), &ErrorKind::InTransaction);
    for words in [&*format!("begun at {}:{line}:", file!()), "after it has ended"] {
        assert!(error.to_string().contains(words), "`{words}` in: {error}");
    }
}

#[on_every_database]
async fn the_error_of_a_second_transaction_names_the_location_of_the_first(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let (tx, line) = (conn.begin().await?, line!());
    is_told_of(conn.begin().await, line);
    is_told_of(conn.transaction(|_| async { Ok(()) }).await, line);
    is_told_of(conn.retry_transaction(|_| async { Ok(()) }).await, line);
    is_told_of(Account::select().all(&conn).await, line);
    is_told_of(conn.create(Account).await, line);
    // The error names the innermost of nested transactions.
    let (nested, line) = (tx.begin_with(TransactionMode::Deferred).await?, line!());
    is_told_of(tx.begin().await, line);
    is_told_of(tx.try_transaction(|_| async { Ok::<_, Error>(()) }).await, line);
    is_told_of(Account::select().all(&tx).await, line);
    is_told_of(conn.begin().await, line);
    nested.commit().await?;
    set(1, 11, &tx).await?;
    tx.commit().await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

#[on_every_database]
async fn a_request_outside_of_a_closure_transaction_is_refused_with_its_location(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let (dropped, line) = (tx.drop(Account), line!());
    let (dropped, beside) = tokio::join!(biased; dropped, tx.begin());
    is_told_of(beside, line);
    dropped?;
    let (created, line) = (tx.create(Account), line!());
    let (created, beside) = tokio::join!(biased; created, Account::select().count(&tx));
    is_told_of(beside, line);
    created?;
    let (created, line) = (tx.create_if_missing(Account), line!());
    let (created, beside) = tokio::join!(biased; created, tx.create_all(Account));
    is_told_of(beside, line);
    created?;
    tx.rollback().await?;
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn a_nested_transaction_cannot_be_committed_after_the_outer_one_has_ended(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    let nested = tx.begin().await?;
    set(1, 12, &nested).await?;
    tx.rollback().await?;
    assert_eq!(kind(nested.commit().await), ErrorKind::Closed);
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[on_every_database]
async fn an_outer_commit_rolls_back_an_open_nested_transaction(db: Database) -> Result<()> {
    fill(&db).await?;
    let tx = db.begin().await?;
    set(1, 11, &tx).await?;
    let nested = tx.begin().await?;
    set(2, 99, &nested).await?;
    tx.commit().await?;
    assert_eq!(kind(nested.commit().await), ErrorKind::Closed);
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

#[on_every_database]
async fn a_connection_can_write_after_an_ended_read_only_transaction(db: Database) -> Result<()> {
    fill(&db).await?;
    let conn = db.connect().await?;
    let tx = conn.begin_with(TransactionMode::ReadOnly).await?;
    assert_eq!(kind(tx.execute_script("rollback").await), ErrorKind::Usage);
    drop(tx);
    set(1, 11, &conn).await?;
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

#[on_every_database]
async fn an_ended_transaction_frees_its_connection_even_if_a_clone_exists(places: Places) -> Result<()> {
    let db = places.open(places.builder().max_connections(1)).await?;
    let tx = db.begin().await?;
    let clone = tx.clone();
    tx.commit().await?;
    // At most one explicit connection or transaction may be open, so this fails if the clone keeps
    // the connection.
    db.begin().await?.rollback().await?;
    drop(clone);
    db.close().await
}
