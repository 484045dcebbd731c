use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    email: String,
}

fn main() {
    let _ = User::insert(NewUser { name: "Dana".into() });
}
