use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(size = 80)]
    email: String,
}

fn main() {}
