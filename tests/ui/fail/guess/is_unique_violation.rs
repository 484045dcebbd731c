// sqlx: `error.is_unique_violation()`. Write: `.is_unique()`
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
    let Err(error) = User::find(1).one(&db).await else { return Ok(()) };
    let is_taken = error.is_unique_violation();
    Ok(())
}

fn main() {}
