use aio_sql::Table;

#[derive(Table)]
struct Account {
    #[column(scale = 30)]
    balance: f64,
}

fn main() {}
