use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
}

fn main() {
    let _ = User::select().filter("name = 'Dana'");
}
