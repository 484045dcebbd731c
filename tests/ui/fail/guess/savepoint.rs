// rusqlite: `tx.savepoint()`. Write: `.begin()`
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
    let tx = db.begin().await?;
    let nested = tx.savepoint().await?;
    Ok(())
}

fn main() {}
