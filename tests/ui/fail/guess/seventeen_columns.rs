// a query for `seventeen columns`. Write: `sixteen`
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
    let id = User::ID;
    let columns = (id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, id);
    let rows = User::select().columns(columns).all(&db).await?;
    Ok(())
}

fn main() {}
