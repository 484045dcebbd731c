use aio_sql::Table;
use rust_decimal::Decimal;

#[derive(Table)]
struct Account {
    balance: Decimal,
}

fn main() {
    let _ = Account::select().order_by(Account::BALANCE.desc());
}
