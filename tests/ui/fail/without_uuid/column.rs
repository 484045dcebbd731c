use aio_sql::Table;
use uuid::Uuid;

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: Uuid,
    name: String,
}

fn main() {}
