use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(json)]
    tags: Vec<String>,
}

fn main() {}
