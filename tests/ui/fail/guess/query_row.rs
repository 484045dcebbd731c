// rusqlite: `conn.query_row("..", [], |row| ..)`. Write: `sql!(`
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
    let count: i64 = db.query_row("select count(*) from user", [], |row| row.get(0)).await?;
    Ok(())
}

fn main() {}
