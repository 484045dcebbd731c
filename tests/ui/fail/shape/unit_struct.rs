use aio_sql::Table;

#[derive(Table)]
struct User;

fn main() {}
