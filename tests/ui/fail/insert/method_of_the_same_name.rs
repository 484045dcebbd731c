use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

impl User {
    fn find(name: &str) -> Option<User> {
        None
    }
}

fn main() {}
