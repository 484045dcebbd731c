use sqlx::{FromRow, SqlitePool};

#[derive(FromRow)]
struct User {
    name: String,
}

#[tokio::main]
async fn main() -> sqlx::Result<()> {
    let db = SqlitePool::connect("sqlite::memory:").await?;
    sqlx::query("create table users (id integer primary key, name text not null)").execute(&db).await?;
    sqlx::query("insert into users (name) values (?)").bind("Dan Rydell").execute(&db).await?;
    let user: User = sqlx::query_as("select id, name from users where id = ?").bind(1).fetch_one(&db).await?;
    println!("Hello, {}", user.name);
    Ok(())
}
