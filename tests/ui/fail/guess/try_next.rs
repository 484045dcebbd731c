// futures: `rows.try_next()`. Write: `rows.next().await`
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
    let mut rows = User::select().stream(&db);
    while let Some(user) = rows.try_next().await? {}
    Ok(())
}

fn main() {}
