use aio_sql::Table;

#[derive(Table)]
struct User {
    #[table(unique)]
    email: String,
}

fn main() {}
