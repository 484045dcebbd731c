use std::time::Duration;

use aio_sql::{Database, ErrorKind, Result, Table, TransactionMode};

#[derive(Table, Clone, Debug)]
struct Account {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    owner: String,
    #[column(check = "balance >= 0")]
    balance: i64,
}

/// Opens the database of a program of which up to four processes run.
async fn open(address: &str) -> Result<Database> {
    let db = Database::builder(address)
        .connections(20) // four times 20 of the 100 that the server has
        .timeout(Duration::from_secs(5))
        .open()
        .await?;
    db.create_if_missing(Account).await?;
    Ok(db)
}

/// Moves an amount, however many processes do the same at the same moment.
async fn transfer(db: &Database, from: i64, to: i64, amount: i64) -> Result<()> {
    // The closure runs again if another transaction has changed what this one has read.
    db.retry_transaction_with(TransactionMode::Serializable, |tx| async move {
        let mut source = Account::find(from).one(&tx).await?;
        let mut target = Account::find(to).one(&tx).await?;
        source.balance -= amount;
        target.balance += amount;
        source.save(&tx).await?;
        target.save(&tx).await
    })
    .await
}

/// Opens an account for each of these owners who has none. Returns the number of new accounts.
async fn welcome(db: &Database, owners: &[&str]) -> Result<u64> {
    db.transaction(|tx| async move {
        let mut opened = 0;
        for owner in owners {
            // PostgreSQL ends a transaction at its first error. A nested one is a savepoint, to
            // which an error in it goes back, and after which the outer one goes on.
            let opening = tx.transaction(|nested| async move {
                Account::insert(NewAccount { owner: (*owner).into(), balance: 100 }).execute(&nested).await
            });
            match opening.await {
                Ok(_) => opened += 1,
                Err(error) if error.is_unique() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    })
    .await
}

/// Withdraws an amount. Returns `false` if the account does not have it.
async fn withdraw(db: &Database, id: i64, amount: i64) -> Result<bool> {
    // A single statement needs no transaction: it reads and writes the row in one.
    let update = Account::update().set(Account::BALANCE, Account::BALANCE - amount).filter(Account::ID.eq(id));
    match update.execute(db).await {
        Ok(outcome) => Ok(outcome.rows_affected == 1),
        Err(error) if matches!(error.kind(), ErrorKind::Check { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
