// Diesel: `count_star()`. Write: `count()`
use aio_sql::{Database, Result, Table, count_star};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let users: i64 = User::select().columns(count_star()).one(&db).await?;
    Ok(())
}

fn main() {}
