// SQLAlchemy: `desc(User.name)`. Write: `.desc()`
use aio_sql::{Database, Result, Table, desc};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let users = User::select().order_by(desc(User::NAME)).all(&db).await?;
    Ok(())
}

fn main() {}
