use aio_sql::{Database, Result};

struct User {
    id: i64,
}

async fn run(db: Database) -> Result<()> {
    db.create(User).await
}

fn main() {}
