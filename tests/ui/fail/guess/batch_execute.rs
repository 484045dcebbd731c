// Diesel: `conn.batch_execute("..")`. Write: `.execute_script(`
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
    db.batch_execute("drop table user").await?;
    Ok(())
}

fn main() {}
