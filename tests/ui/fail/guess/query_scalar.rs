// sqlx: `query_scalar("..")`. Write: `.scalar(&db)`
use aio_sql::{Database, Result, Table, query_scalar};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let count: i64 = query_scalar("select count(*) from user").one(&db).await?;
    Ok(())
}

fn main() {}
