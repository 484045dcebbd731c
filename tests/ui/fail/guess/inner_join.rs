// Diesel: `.inner_join(..)`. Write: `.join(`
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
    let posts: Vec<(Post, User)> = Post::select().inner_join(User).all(&db).await?;
    Ok(())
}

fn main() {}
