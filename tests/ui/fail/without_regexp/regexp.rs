use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
}

fn main() {
    let _ = User::select().filter(User::NAME.regexp("^D"));
}
