// Diesel: `.get_result(&mut conn)`. Write: `.one(&db)`
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
    let user: User = User::insert(NewUser { name: "Dana".into(), karma: 1, city: None }).get_result(&db).await?;
    Ok(())
}

fn main() {}
