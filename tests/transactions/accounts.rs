//! Accounts, whose balances transactions change.

use aio_sql::{Database, ErrorKind, Executor, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
pub(crate) struct Account {
    #[column(primary_key)]
    pub(crate) id: i64,
    #[column(check = "balance >= 0")]
    pub(crate) balance: i64,
}

/// Stores two accounts.
pub(crate) async fn fill(db: &Database) -> Result<()> {
    db.create(Account).await?;
    Account::insert_all([Account { id: 1, balance: 10 }, Account { id: 2, balance: 20 }]).execute(db).await?;
    Ok(())
}

pub(crate) async fn balances(db: &Executor) -> Result<Vec<i64>> {
    Account::select().order_by(Account::ID).columns(Account::BALANCE).all(db).await
}

pub(crate) async fn set(id: i64, balance: i64, ex: &Executor) -> Result<()> {
    Account::update().set(Account::BALANCE, balance).filter(Account::ID.eq(id)).execute(ex).await.map(drop)
}

pub(crate) fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.expect_err("an error").kind().clone()
}
