// rusqlite: `params![id]`. Write: `sql!(`
use aio_sql::{Database, Result, Table, params};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let id = 1;
    let values = params![id];
    Ok(())
}

fn main() {}
