// a method of `Option`: `.is_some()`. Write: `.is_not_null()`
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
    let users = User::select().filter(User::CITY.is_some()).all(&db).await?;
    Ok(())
}

fn main() {}
