use aio_sql::Table;

#[derive(Table)]
#[table(patch)]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
}

fn main() {
    let _ = User::patch(1, UserPatch { id: Some(2), name: None });
}
