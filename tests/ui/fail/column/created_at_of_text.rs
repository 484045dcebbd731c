use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(created_at)]
    created: String,
}

fn main() {}
