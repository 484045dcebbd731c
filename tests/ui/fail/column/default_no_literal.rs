use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(default = String::new())]
    name: String,
}

fn main() {}
