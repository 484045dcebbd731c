// SQLAlchemy: `.filter_by(name=..)`. Write: `.filter(`
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
    let users = User::select().filter_by(User::NAME.eq("Dana")).all(&db).await?;
    Ok(())
}

fn main() {}
