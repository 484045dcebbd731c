// sqlx: `pool.fetch_all("..")`. Write: `sql!(`
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
    let users = db.fetch_all("select * from user").await?;
    Ok(())
}

fn main() {}
