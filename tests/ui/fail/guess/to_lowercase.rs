// a method of `String`: `.to_lowercase()`. Write: `.lower()`
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
    let users = User::select().filter(User::NAME.to_lowercase().eq("dana")).all(&db).await?;
    Ok(())
}

fn main() {}
