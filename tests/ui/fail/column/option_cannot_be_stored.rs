use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    tags: Option<Vec<String>>,
}

fn main() {}
