// Diesel: `insert_into(users).values(..)`. Write: `User::insert(`
use aio_sql::{Database, Result, Table, insert_into};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    insert_into(User).values(NewUser { name: "Dana".into(), karma: 1, city: None }).execute(&db).await?;
    Ok(())
}

fn main() {}
