// Diesel: `query.single_value()`. Write: `.scalar_subquery()`
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
    let most = User::select().columns(User::KARMA.max()).single_value();
    Ok(())
}

fn main() {}
