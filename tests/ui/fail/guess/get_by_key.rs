// SQLAlchemy: `session.get(User, 1)`. Write: `User::find(`
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
    let user: Option<User> = db.get(User, 1).await?;
    Ok(())
}

fn main() {}
