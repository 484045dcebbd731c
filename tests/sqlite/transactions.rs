//! Transactions that SQLite or a closure ends, and those that wait for the write lock.

use aio_sql::{Connection, Database, Error, ErrorKind, Executor, Result, sql};

use accounts::*;

#[path = "../transactions/accounts.rs"]
mod accounts;

#[tokio::test]
async fn a_transaction_that_a_trigger_rolls_back_is_dead() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await?;
    sql!("create trigger no_delete before delete on account begin select raise(rollback, 'never'); end")
        .execute(&db)
        .await?;
    let tx = db.begin().await?;
    set(1, 50, &tx).await?;
    let nested = tx.begin().await?;
    let error = Account::delete().all_rows().execute(&nested).await.expect_err("the trigger raises");
    assert_eq!(error.to_string(), "never");
    assert_eq!(kind(nested.commit().await), ErrorKind::RolledBack);
    assert_eq!(kind(set(2, 1, &tx).await), ErrorKind::RolledBack);
    assert_eq!(kind(tx.commit().await), ErrorKind::RolledBack);
    assert_eq!(balances(&db).await?, [10, 20]);
    db.close().await
}

#[tokio::test]
async fn a_transaction_that_a_closure_or_script_tries_to_end_continues() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await?;
    let tx = db.begin().await?;
    set(1, 50, &tx).await?;
    let ended = tx.run(|raw| raw.execute_batch("rollback")).await;
    assert_eq!(kind(ended), ErrorKind::Usage);
    let ended = tx.execute_script("update account set balance = 98; rollback; update account set balance = 99").await;
    assert_eq!(kind(ended), ErrorKind::Usage);
    assert_eq!(balances(&tx).await?, [98, 98], "what stands before it in the script was done");
    set(2, 60, &tx).await?;
    tx.commit().await?;
    assert_eq!(balances(&db).await?, [98, 60]);
    db.close().await
}

#[tokio::test]
async fn a_transaction_left_open_by_run_is_rolled_back_and_reported() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await?;
    let conn = db.connect().await?;
    let left = conn.run(|raw| raw.execute_batch("begin; update account set balance = 0")).await;
    assert_eq!(kind(left), ErrorKind::Usage);
    assert_eq!(balances(&db).await?, [10, 20]);
    set(1, 11, &conn).await?;
    assert_eq!(kind(db.execute_script("begin; update account set balance = 0").await), ErrorKind::Usage);
    assert_eq!(balances(&db).await?, [11, 20]);
    db.close().await
}

#[tokio::test]
async fn a_write_that_waits_for_its_own_tasks_transaction_fails_and_names_the_holder() -> Result<()> {
    let db = Database::builder(":memory:").acquire_timeout(std::time::Duration::from_millis(50)).open().await?;
    db.create(Account).await?;
    let tx = db.begin().await?;
    let error = Account::insert(Account { id: 1, balance: 1 }).execute(&db).await.expect_err("the gate is held");
    assert_eq!(error.kind(), &ErrorKind::Timeout);
    assert!(error.to_string().contains("`aio-sql connection"), "{error}");
    tx.commit().await?;
    Account::insert(Account { id: 1, balance: 1 }).execute(&db).await?;
    db.close().await
}

#[tokio::test]
async fn the_first_cause_stays_when_a_nested_transaction_ends_after_it() -> Result<()> {
    let db = Database::memory().await?;
    fill(&db).await?;
    let tx = db.begin().await?;
    let nested = tx.begin().await?;
    let first = kind(sql!("insert or rollback into account values (1, 1)").execute(&nested).await);
    drop(nested);
    let error = set(1, 5, &tx).await.expect_err("the transaction is over");
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<Error>()).expect("a cause");
    assert_eq!(cause.kind(), &first);
    tx.rollback().await?;
    db.close().await
}

#[tokio::test]
async fn transactions_of_many_tasks_never_fail_with_a_lock_error() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory");
    let db = Database::open(directory.path().join("bank.db")).await?;
    db.create(Account).await?;
    Account::insert(Account { id: 1, balance: 0 }).execute(&db).await?;
    let add = |ex: Executor| async move {
        ex.transaction(|tx| async move {
            let seen = Account::find(1).columns(Account::BALANCE).one(&tx).await?;
            set(1, seen + 1, &tx).await
        })
        .await
    };
    let conn: Connection = db.connect().await?;
    let mut tasks = Vec::new();
    for _ in 0..8 {
        for _ in 0..5 {
            tasks.push(tokio::spawn(add((*db).clone())));
        }
        tasks.push(tokio::spawn(add((*conn).clone())));
        add((*conn).clone()).await.or_else(|error| match error.kind() {
            ErrorKind::InTransaction => Ok(()),
            _ => Err(error),
        })?;
    }
    let mut done = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(()) => done += 1,
            // Several tasks share `conn`, which has one open transaction at a time.
            Err(error) => assert_eq!(error.kind(), &ErrorKind::InTransaction),
        }
    }
    assert!(done >= 40);
    assert!(balances(&db).await?[0] >= done);
    db.close().await
}
