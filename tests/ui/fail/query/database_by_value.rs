use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    name: String,
}

async fn run(db: Database) -> Result<Vec<User>> {
    User::select().all(db).await
}

fn main() {}
