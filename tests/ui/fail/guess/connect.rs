// sqlx: `Pool::connect("..")`. Write: `Database::open(`
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
    let db = Database::connect("sqlite::memory:").await?;
    Ok(())
}

fn main() {}
