use aio_sql::Table;

#[derive(Table)]
#[table = "users"]
struct User {
    id: i64,
}

fn main() {}
