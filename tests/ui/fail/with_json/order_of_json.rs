use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(json)]
    tags: Vec<String>,
}

fn main() {
    let _ = User::select().order_by(User::TAGS);
}
