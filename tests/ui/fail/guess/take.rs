// a method of iterators: `.take(5)`. Write: `.limit(`
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
    let users = User::select().take(5).all(&db).await?;
    Ok(())
}

fn main() {}
