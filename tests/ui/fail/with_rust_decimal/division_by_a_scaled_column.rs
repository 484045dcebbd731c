use aio_sql::{Database, Result, Table};
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
    stock: i64,
}

async fn per_price(db: &Database) -> Result<Vec<Option<i64>>> {
    Item::select().columns(Item::STOCK / Item::PRICE).all(db).await
}

fn main() {}
