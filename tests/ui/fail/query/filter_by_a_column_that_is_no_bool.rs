use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    karma: i64,
}

fn main() {
    let _ = User::select().filter(User::KARMA);
}
