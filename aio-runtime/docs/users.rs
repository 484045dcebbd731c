// The tables and rows of the examples in the documentation, which include this file.

use aio_runtime as aio_sql;
use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(crate = "aio_runtime")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
    karma: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(crate = "aio_runtime")]
struct Post {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
    title: String,
}

/// Opens a database in memory, with two users and a post of the first.
async fn users() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((User, Post)).await?;
    let user = |name: &str, karma| NewUser { name: name.into(), karma };
    User::insert_all([user("Dana", 7), user("Dan", 3)]).execute(&db).await?;
    Post::insert(NewPost { user_id: 1, title: "Hello".into() }).execute(&db).await?;
    Ok(db)
}
