use aio_sql::Table;

#[derive(Table)]
struct User {
    karma: i64,
}

fn main() {
    let _ = User::update().set(User::KARMA, "5").all_rows();
}
