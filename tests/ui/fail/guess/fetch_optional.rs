// sqlx: `.fetch_optional(&pool)`. Write: `.optional(&db)`
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
    let user: Option<User> = User::find(1).fetch_optional(&db).await?;
    Ok(())
}

fn main() {}
