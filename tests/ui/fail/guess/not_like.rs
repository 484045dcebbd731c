// Diesel: `.not_like(..)`. Write: `not(User::NAME.like(`
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
    let users = User::select().filter(User::NAME.not_like("D%")).all(&db).await?;
    Ok(())
}

fn main() {}
