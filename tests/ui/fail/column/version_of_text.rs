use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(version)]
    version: String,
}

fn main() {}
