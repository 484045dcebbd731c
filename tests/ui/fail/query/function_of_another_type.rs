use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

fn main() {
    let _ = User::select().columns(User::ID.upper());
    let _ = User::select().columns(User::NAME.month());
}
