// SeaORM: `.into_tuple()`. Write: `.columns(`
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
    let names: Vec<(i64, String)> = User::select().into_tuple().all(&db).await?;
    Ok(())
}

fn main() {}
