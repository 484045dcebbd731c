use aio_sql::Table;

#[derive(Table)]
struct Account {
    name: String,
    #[column(scale = 2)]
    balance: f64,
}

fn main() {}
