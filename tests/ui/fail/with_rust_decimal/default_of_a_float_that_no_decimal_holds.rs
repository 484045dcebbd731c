use aio_sql::Table;
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(decimal = "real", default = "100000000000000000000000000000000")]
    price: Decimal,
}

fn main() {
    let _ = Item::select();
}
