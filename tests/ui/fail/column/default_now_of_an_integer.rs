use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default = now)]
    joined: i64,
}

fn main() {}
