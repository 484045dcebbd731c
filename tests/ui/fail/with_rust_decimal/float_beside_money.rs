use aio_sql::{Database, Result, Table};
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 4)]
    tax: Decimal,
}

async fn dear(db: &Database) -> Result<Vec<Item>> {
    Item::select().filter(Item::PRICE.gt(0.5)).all(db).await
}

fn main() {}
