use aio_sql::Table;
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(scale = 4, default = 1_000_000_000_000_000)]
    price: Decimal,
}

fn main() {
    let _ = Item::select();
}
