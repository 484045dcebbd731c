use aio_sql::Table;

#[derive(Table)]
struct User {
    name: String,
    #[column(default = 0)]
    karma: i64,
}

fn main() {
    let _ = User::insert(NewUser { name: "Dana".into(), karma: 5 });
}
