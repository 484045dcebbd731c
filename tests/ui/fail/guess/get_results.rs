// Diesel: `.get_results(&mut conn)`. Write: `.all(&db)`
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
    let users: Vec<User> = User::select().get_results(&db).await?;
    Ok(())
}

fn main() {}
