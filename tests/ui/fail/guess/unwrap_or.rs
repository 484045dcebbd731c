// Rust: `option.unwrap_or(0)`. Write: `.coalesce(0)`
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
    let karma = User::select().columns(User::KARMA.sum().unwrap_or(0));
    Ok(())
}

fn main() {}
