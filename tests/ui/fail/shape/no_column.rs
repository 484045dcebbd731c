use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(skip)]
    cache: Vec<String>,
}

fn main() {}
