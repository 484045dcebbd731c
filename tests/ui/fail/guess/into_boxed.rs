// Diesel: `.into_boxed()`. Write: `remove this call`
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
    let mut users = User::select().into_boxed();
    users = users.filter(User::ID.gt(1));
    Ok(())
}

fn main() {}
