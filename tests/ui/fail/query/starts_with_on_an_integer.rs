use aio_sql::Table;

#[derive(Table)]
struct User {
    karma: i64,
}

fn main() {
    let _ = User::select().filter(User::KARMA.starts_with("1"));
}
