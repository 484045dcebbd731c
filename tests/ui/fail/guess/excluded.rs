// Diesel: `excluded(users::name)`. Write: `User::NAME.excluded()`
use aio_sql::{Database, Result, Table, excluded};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let name = excluded(User::NAME);
    Ok(())
}

fn main() {}
