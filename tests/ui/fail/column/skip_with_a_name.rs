use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(skip, name = "cached")]
    cache: String,
}

fn main() {}
