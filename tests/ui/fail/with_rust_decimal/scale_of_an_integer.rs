use aio_sql::Table;

#[derive(Table)]
struct Account {
    #[column(primary_key, auto)]
    id: i64,
    #[column(scale = 2)]
    balance: i64,
}

fn main() {
    let _ = Account::select();
}
