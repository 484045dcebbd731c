// Diesel: `query.for_update()`. Write: `remove this call`
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
    let user = User::find(1).for_update();
    Ok(())
}

fn main() {}
