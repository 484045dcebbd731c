// Diesel: `sum(karma)`. Write: `.sum()`
use aio_sql::{Database, Result, Table, sum};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let karma = User::select().columns(sum(User::KARMA)).one(&db).await?;
    Ok(())
}

fn main() {}
