use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(unique, index, unique)]
    email: String,
}

fn main() {}
