//! Decimals with a scale, which are integers in the database, and decimals without one.

use aio_sql::{Database, Record, Result, Table};
use rust_decimal::Decimal;

#[derive(Table, Debug)]
struct Account {
    #[column(primary_key, auto)]
    id: i64,
    #[column(scale = 2)]
    balance: Decimal,
    #[column(scale = 2)]
    limit: Option<Decimal>,
    rate: Decimal,
}

#[derive(Record)]
struct Line {
    #[record(scale = 2)]
    balance: Decimal,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Account).await?;
    let new = NewAccount { balance: Decimal::new(1250, 2), limit: None, rate: Decimal::ONE };
    Account::insert(new).execute(&db).await?;
    let rich = Account::select().filter(Account::BALANCE.gt(Decimal::TEN)).order_by(Account::BALANCE);
    assert_eq!(rich.one(&db).await?.balance, Decimal::new(1250, 2));
    let line: Line = aio_sql::sql!("select balance from account").one(&db).await?;
    assert_eq!(line.balance, Decimal::new(1250, 2));
    db.close().await
}
