use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default = None)]
    name: Option<String>,
}

fn main() {}
