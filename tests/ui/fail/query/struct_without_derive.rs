use aio_sql::{Database, Result};

struct User {
    id: i64,
}

async fn run(db: Database) -> Result<Vec<User>> {
    User::select().all(&db).await
}

fn main() {}
