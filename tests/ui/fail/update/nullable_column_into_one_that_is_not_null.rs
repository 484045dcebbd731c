use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    nickname: Option<String>,
}

fn main() {
    let _ = User::update().set(User::NAME, User::NICKNAME).all_rows();
}
