// a mixture of two methods: `db.create_all_if_missing((User, Post))`. Write: `.create_if_missing(`
use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    karma: i64,
    city: Option<String>,
}

#[derive(Table)]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
}

async fn run(db: Database) -> Result<()> {
    db.create_all_if_missing((User, Post)).await?;
    Ok(())
}

fn main() {}
