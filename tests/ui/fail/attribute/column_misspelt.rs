use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_ky, auto)]
    id: i64,
}

fn main() {}
