// Only rows of tables that the query reads can be locked.
use aio_sql::Table;

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
}

fn main() {
    let _ = User::select().for_update_of(Post);
}
