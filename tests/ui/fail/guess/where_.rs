// SQLAlchemy: `.where(..)`. Write: `.filter(`
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
    let users = User::select().where_(User::NAME.eq("Dana")).all(&db).await?;
    Ok(())
}

fn main() {}
