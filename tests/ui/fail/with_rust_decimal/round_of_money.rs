use aio_sql::{Database, Result, Table};
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 4)]
    tax: Decimal,
}

async fn run(db: &Database) -> Result<Vec<Decimal>> {
    Item::select().columns((Item::PRICE * Item::TAX).round(2)).all(db).await
}

fn main() {}
