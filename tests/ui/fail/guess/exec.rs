// SeaORM: `.exec(&db)`. Write: `.execute(&db)`
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
    User::delete().filter(User::ID.eq(1)).exec(&db).await?;
    Ok(())
}

fn main() {}
