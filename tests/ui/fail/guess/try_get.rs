// sqlx: `row.try_get("n")`. Write: `.get(`
use aio_sql::{Database, Result, Row, Table, sql};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let row: Row = sql!("select 1 as n").one(&db).await?;
    let n: i64 = row.try_get("n")?;
    Ok(())
}

fn main() {}
