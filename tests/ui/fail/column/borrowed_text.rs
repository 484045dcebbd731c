use aio_sql::Table;

#[derive(Table)]
struct User {
    name: &'static str,
}

fn main() {}
