use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

struct NewUser {
    name: String,
}

fn main() {}
