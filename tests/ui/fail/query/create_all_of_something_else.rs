use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    id: i64,
}

async fn run(db: Database) -> Result<()> {
    db.create_all((User, "teams")).await
}

fn main() {}
