// sqlx: `.fetch_one(&pool)`. Write: `.one(&db)`
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
    let user: User = User::find(1).fetch_one(&db).await?;
    Ok(())
}

fn main() {}
