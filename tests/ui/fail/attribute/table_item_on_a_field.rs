use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(strict)]
    email: String,
}

fn main() {}
