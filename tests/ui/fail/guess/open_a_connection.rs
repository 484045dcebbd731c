// rusqlite: `Connection::open("..")`. Write: `Database::open(`
use aio_sql::{Connection, Database, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let db = Connection::open("app.db").await?;
    Ok(())
}

fn main() {}
