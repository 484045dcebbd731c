use aio_sql::SqlType;

#[derive(SqlType)]
enum Payment {
    Cash,
    Card(String),
}

fn main() {}
