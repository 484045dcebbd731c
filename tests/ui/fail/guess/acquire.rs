// sqlx: `pool.acquire()`. Write: `.connect()`
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
    let connection = db.acquire().await?;
    Ok(())
}

fn main() {}
