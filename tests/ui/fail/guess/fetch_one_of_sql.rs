// sqlx: `.fetch_one(&pool)`. Write: `.one(&db)`
use aio_sql::{Database, Result, Table, query};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let count: i64 = query("select count(*) from user").fetch_one(&db).await?;
    Ok(())
}

fn main() {}
