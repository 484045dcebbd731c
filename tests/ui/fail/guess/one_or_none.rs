// SQLAlchemy: `.one_or_none()`. Write: `.optional(&db)`
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
    let user: Option<User> = User::find(1).one_or_none(&db).await?;
    Ok(())
}

fn main() {}
