use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

fn main() {
    let _ = User::update().set(User::NAME, None).all_rows();
}
