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

async fn mean(db: &Database) -> Result<Option<f64>> {
    Item::select().columns(Item::PRICE.avg()).one(db).await
}

fn main() {}
