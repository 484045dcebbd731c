use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    name: String,
}

fn main() {}
