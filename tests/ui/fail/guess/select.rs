// Diesel: `.select(..)`. Write: `.columns(`
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
    let names: Vec<String> = User::select().select(User::NAME).all(&db).await?;
    Ok(())
}

fn main() {}
