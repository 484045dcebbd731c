use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

fn main() {
    let _ = User::select().filter(User::NAME.eq(User::ID));
}
