use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(version)]
    version: i64,
    #[column(version)]
    revision: i64,
}

fn main() {}
