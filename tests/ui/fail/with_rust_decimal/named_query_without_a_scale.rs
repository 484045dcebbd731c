use aio_sql::{Database, Record, Result, Table, cte};
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
}

#[derive(Record)]
struct Price {
    id: i64,
    price: Decimal,
}

async fn prices(db: &Database) -> Result<Vec<Price>> {
    cte(Price, Item::select().columns((Item::ID, Item::PRICE))).select().all(db).await
}

fn main() {}
