// SeaORM: `Set(..)`. Write: `the value itself`
use aio_sql::{Database, Result, Set, Table};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

async fn run(db: Database) -> Result<()> {
    let user = NewUser { name: Set("Dana".to_owned()), karma: 1, city: None };
    Ok(())
}

fn main() {}
