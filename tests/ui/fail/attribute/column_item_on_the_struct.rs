use aio_sql::Table;

#[derive(Table)]
#[table(auto)]
struct User {
    id: i64,
}

fn main() {}
