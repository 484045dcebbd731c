use aio_sql::Table;

struct Connection;

#[derive(Table)]
struct User {
    name: String,
    #[column(skip)]
    connection: Connection,
}

fn main() {}
