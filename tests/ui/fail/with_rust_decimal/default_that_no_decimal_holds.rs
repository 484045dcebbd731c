use aio_sql::Table;
use rust_decimal::Decimal;

#[derive(Table)]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    #[column(decimal = "text(2)", default = "99999999999999999999999999999")]
    price: Decimal,
}

fn main() {
    let _ = Item::select();
}
