use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(unique = true)]
    email: String,
}

fn main() {}
