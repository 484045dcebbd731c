// SQLAlchemy: `update(User).where(..)`. Write: `.filter(`
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
    User::update().set(User::KARMA, 0).where_(User::ID.eq(1)).execute(&db).await?;
    Ok(())
}

fn main() {}
