// Diesel: `sql_query("..")`. Write: `sql!("..")`
use aio_sql::{Database, Result, Table, sql_query};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let users: Vec<User> = sql_query("select * from user").all(&db).await?;
    Ok(())
}

fn main() {}
