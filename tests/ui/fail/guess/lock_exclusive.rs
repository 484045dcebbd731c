// SeaORM: `query.lock_exclusive()`. Write: `.for_update()`
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
    let user = User::find(1).lock_exclusive();
    Ok(())
}

fn main() {}
