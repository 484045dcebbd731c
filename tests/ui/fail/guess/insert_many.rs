// SeaORM: `User::insert_many(..)`. Write: `User::insert_all(`
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
    User::insert_many([NewUser { name: "Dana".into(), karma: 1, city: None }]).execute(&db).await?;
    Ok(())
}

fn main() {}
