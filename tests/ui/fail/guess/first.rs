// Diesel: `.first(&mut conn)`. Write: `.one(&db)`
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
    let user: User = User::select().order_by(User::NAME).first(&db).await?;
    Ok(())
}

fn main() {}
