use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(auto)]
    id: i64,
}

fn main() {}
