use aio_sql::Table;

#[derive(Table)]
struct User(i64, String);

fn main() {}
