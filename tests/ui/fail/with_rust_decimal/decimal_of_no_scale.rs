use aio_sql::{Database, Result, Table};
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    price: Decimal,
}

async fn doubled(db: &Database) -> Result<Vec<Decimal>> {
    Item::select().columns(Item::PRICE * 2).all(db).await
}

fn main() {}
