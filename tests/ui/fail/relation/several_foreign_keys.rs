use aio_sql::{Database, Result, Table};

#[derive(Table)]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table)]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(references = User::ID)]
    author_id: i64,
}

#[derive(Table)]
struct Review {
    #[column(references = User::ID)]
    author_id: i64,
    #[column(references = User::ID)]
    reviewer_id: i64,
}

#[derive(Table)]
struct City {
    name: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    User::select().with(Review).all(&db).await?;
    Ok(())
}
