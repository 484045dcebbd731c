//! Deadlocks, serialization failures, and errors in transactions.

use aio_sql::{Batch, Database, ErrorKind, Result, Table, TransactionMode, query, sql};

use super::{Entry, create_table, entry, is_long, server};

#[derive(Table, Clone, Debug)]
struct Account {
    #[column(primary_key)]
    id: i64,
    balance: i64,
}

const ACCOUNTS: i64 = 4;
const TASKS: i64 = 64;

async fn open() -> Result<Database> {
    let name = server::create_database().await?;
    let db = Database::builder(server::address_in(server::shared(), &name)).connections(24).open().await?;
    db.create(Account).await?;
    create_table(&db).await?;
    Account::insert_all((0..ACCOUNTS).map(|id| Account { id, balance: 1000 })).execute(&db).await?;
    Ok(db)
}

/// Runs a program in many tasks at once.
async fn in_tasks<F>(program: impl Fn(i64) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(program(task))).collect();
    for task in tasks {
        task.await.unwrap()?;
    }
    Ok(())
}

fn rounds() -> i64 {
    if is_long() { 50 } else { 3 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_that_lock_rows_in_opposite_orders_are_repeated_until_all_have_run() -> Result<()> {
    let db = open().await?;
    let shared = db.clone();
    in_tasks(move |task| {
        let db = shared.clone();
        async move {
            for round in 0..rounds() {
                let (from, to) = ((task + round) % ACCOUNTS, (task * 3 + round + 1) % ACCOUNTS);
                let transfer = async |tx: aio_sql::Transaction| {
                    sql!("update account set balance = balance - 1 where id = {from}").execute(&tx).await?;
                    sql!("update account set balance = balance + 1 where id = {to}").execute(&tx).await?;
                    Entry::insert(entry(task)).execute(&tx).await.map(drop)
                };
                // The rows are so hot that one transaction may fail ten times.
                while let Err(error) = db.retry_transaction(&transfer).await {
                    assert_eq!(*error.kind(), ErrorKind::Conflict, "{error:?}");
                }
            }
            Ok(())
        }
    })
    .await?;
    assert_eq!(query("select sum(balance)::bigint from account").scalar::<i64>(&db).await?, 1000 * ACCOUNTS);
    assert_eq!(Entry::select().count(&db).await?, (TASKS * rounds()) as u64, "each has run once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_transactions_run_as_if_one_after_the_other() -> Result<()> {
    let db = open().await?;
    // Each takes 100 from one account if both together have more than 1,900. One after the other,
    // exactly one of them does.
    let shared = db.clone();
    in_tasks(move |task| {
        let db = shared.clone();
        async move {
            let withdraw = async |tx: aio_sql::Transaction| {
                let sum: i64 = query("select sum(balance)::bigint from account where id < 2").scalar(&tx).await?;
                if sum > 1900 {
                    sql!("update account set balance = balance - 100 where id = {task % 2}").execute(&tx).await?;
                }
                Ok(())
            };
            db.retry_transaction_with(TransactionMode::Serializable, withdraw).await
        }
    })
    .await?;
    let sum = query("select sum(balance)::bigint from account where id < 2").scalar::<i64>(&db).await?;
    assert_eq!(sum, 1900, "no write has missed another");
    Ok(())
}

#[tokio::test]
async fn after_an_error_a_transaction_is_rolled_back_with_the_first_cause() -> Result<()> {
    let db = open().await?;
    let tx = db.begin().await?;
    Entry::insert(entry(1)).execute(&tx).await?;
    let first = Account::insert(Account { id: 0, balance: 0 }).execute(&tx).await.unwrap_err();
    assert!(first.is_unique(), "{first:?}");
    let errors = [
        Entry::insert(entry(2)).execute(&tx).await.unwrap_err(),
        Entry::select().all(&tx).await.unwrap_err(),
        Batch::new().execute(Entry::insert(entry(3))).run(&tx).await.map(drop).unwrap_err(),
        tx.begin().await.map(drop).unwrap_err(),
        tx.execute_script("select 1").await.unwrap_err(),
        tx.commit().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(*error.kind(), ErrorKind::RolledBack, "{error:?}");
        assert!(error.to_string().contains("has the same id"), "it names the first cause: {error}");
    }
    assert_eq!(Entry::select().count(&db).await?, 0);
    Ok(())
}

#[tokio::test]
async fn an_error_in_a_nested_transaction_leaves_the_outer_one_usable() -> Result<()> {
    let db = open().await?;
    for ends in ["rollback", "commit", "drop"] {
        let tx = db.begin().await?;
        Entry::insert(entry(1)).execute(&tx).await?;
        let nested = tx.begin().await?;
        Entry::insert(entry(2)).execute(&nested).await?;
        let innermost = nested.begin().await?;
        Account::insert(Account { id: 0, balance: 0 }).execute(&innermost).await.unwrap_err();
        assert_eq!(*Entry::select().all(&innermost).await.unwrap_err().kind(), ErrorKind::RolledBack);
        match ends {
            "rollback" => innermost.rollback().await?,
            "commit" => assert_eq!(*innermost.commit().await.unwrap_err().kind(), ErrorKind::RolledBack),
            _ => drop(innermost),
        }
        Entry::insert(entry(3)).execute(&nested).await?;
        nested.commit().await?;
        // A batch is a nested transaction of its own.
        let failing =
            Batch::new().execute(Entry::insert(entry(4))).execute(Account::insert(Account { id: 0, balance: 0 }));
        assert!(failing.run(&tx).await.map(drop).unwrap_err().is_unique());
        // So are the rows of one insert, which name the one that fails.
        let rows = (0..3).map(|number| Account { id: ACCOUNTS + 1 - number, balance: 0 });
        let error = Account::insert_all(rows).execute(&tx).await.unwrap_err();
        assert!(error.is_unique(), "{error:?}");
        assert_eq!(error.row(), Some(2));
        Entry::insert(entry(5)).execute(&tx).await?;
        tx.commit().await?;
        let numbers: Vec<i64> = query("select number from entry order by id").all(&db).await?;
        assert_eq!(numbers, [1, 2, 3, 5], "{ends}");
        Entry::delete().all_rows().execute(&db).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_error_of_a_deferred_constraint_comes_with_the_commit_and_nothing_stays() -> Result<()> {
    let db = open().await?;
    db.execute_script("create table unlike (number bigint unique deferrable initially deferred)").await?;
    let conn = db.connect().await?;
    let tx = conn.begin().await?;
    for _ in 0..2 {
        query("insert into unlike values (1)").execute(&tx).await?;
    }
    assert!(tx.commit().await.unwrap_err().is_unique());
    assert!(!conn.in_transaction());
    let batch =
        || Batch::new().execute(query("insert into unlike values (2)")).execute(query("insert into unlike values (2)"));
    assert!(batch().run(&conn).await.map(drop).unwrap_err().is_unique());
    let long = std::time::Duration::from_secs(600);
    let late = query("insert into unlike values (3), (3)").timeout(long).execute(&conn).await;
    assert!(late.unwrap_err().is_unique());
    assert_eq!(query("select count(*) from unlike").scalar::<i64>(&conn).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_waits_for_a_lock_ends_at_its_deadline_and_holds_nothing() -> Result<()> {
    let db = open().await?;
    let holder = db.begin().await?;
    query("update account set balance = 0 where id = 0").execute(&holder).await?;
    let soon = std::time::Duration::from_millis(50);
    let update = || query("update account set balance = balance + 1 where id = 0");
    assert_eq!(*update().timeout(soon).execute(&db).await.unwrap_err().kind(), ErrorKind::Timeout);
    let waiter = db.begin().await?;
    query("update account set balance = balance + 1 where id = 1").execute(&waiter).await?;
    assert_eq!(*update().timeout(soon).execute(&waiter).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(*update().execute(&waiter).await.unwrap_err().kind(), ErrorKind::RolledBack);
    // The lock on the other row is gone as soon as the transaction has ended.
    waiter.rollback().await?;
    query("update account set balance = 7 where id = 1").timeout(soon * 100).execute(&holder).await?;
    holder.commit().await?;
    update().execute(&db).await?;
    assert_eq!(query("select balance from account where id < 2 order by id").all::<i64>(&db).await?, [1, 7]);
    Ok(())
}
