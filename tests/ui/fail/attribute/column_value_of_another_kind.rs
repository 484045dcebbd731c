use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(name = mail)]
    email: String,
}

fn main() {}
