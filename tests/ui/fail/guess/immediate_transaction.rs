// Diesel: `conn.immediate_transaction(|conn| ..)`. Write: `.transaction(`
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
    let done: () = db.immediate_transaction(|tx| async move { Ok(()) }).await?;
    Ok(())
}

fn main() {}
