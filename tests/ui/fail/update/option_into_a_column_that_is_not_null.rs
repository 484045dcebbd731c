use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

fn rename(name: Option<String>) {
    let _ = User::update().set(User::NAME, name).all_rows();
}

fn main() {}
