// SeaORM: `User::find_by_id(1)`. Write: `User::find(`
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
    let user = User::find_by_id(1).one(&db).await?;
    Ok(())
}

fn main() {}
