// SeaORM: `user.update(&db)`. Write: `user.save(`
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
    let mut user = User::find(1).one(&db).await?;
    user.update(&db).await?;
    Ok(())
}

fn main() {}
