// SQLAlchemy: `.scalars()`. Write: `.all(&db)`
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
    let names: Vec<String> = User::select().columns(User::NAME).scalars(&db).await?;
    Ok(())
}

fn main() {}
