// rusqlite: `conn.pragma_update(None, ..)`. Write: `.pragma(`
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
    db.pragma_update(None, "cache_size", 1000).await?;
    Ok(())
}

fn main() {}
