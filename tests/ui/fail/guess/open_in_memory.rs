// rusqlite: `Connection::open_in_memory()`. Write: `Database::memory()`
use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let db = Database::open_in_memory().await?;
    Ok(())
}

fn main() {}
