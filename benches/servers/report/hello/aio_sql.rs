use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug)]
#[table(name = "hello_users")]
struct User {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::open(std::env::args().nth(1).unwrap_or_default()).await?;
    db.create_if_missing(User).await?;
    let user = User::insert(NewUser { name: "Dan Rydell".into() }).one(&db).await?;
    let user = User::find(user.id).one(&db).await?;
    println!("Hello, {}", user.name);
    db.close().await
}
