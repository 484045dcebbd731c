use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(name = "Name")]
    full_name: String,
}

fn main() {}
