use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug)]
#[table(name = "users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create(User).await?;
    User::insert(NewUser { name: "Dan Rydell".into() }).execute(&db).await?;
    let user = User::find(1).one(&db).await?;
    println!("Hello, {}", user.name);
    db.close().await
}
