// sqlx: `.fetch(&pool)`. Write: `.stream(&db)`
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
    let mut users = User::select().fetch(&db);
    let user: Option<Result<User>> = users.next().await;
    Ok(())
}

fn main() {}
