use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(nullable)]
    email: String,
}

fn main() {}
