use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

fn main() {
    let _ = User::select().columns(User::NAME + 1);
}
