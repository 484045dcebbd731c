use deadpool_sqlite::{Config, Runtime, rusqlite};

struct User {
    name: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Config::new(":memory:").create_pool(Runtime::Tokio1)?;
    let db = pool.get().await?;
    let user = db
        .interact(|raw| {
            raw.execute("create table users (id integer primary key, name text not null)", [])?;
            raw.execute("insert into users (name) values (?)", ["Dan Rydell"])?;
            raw.query_row("select name from users where id = ?", [1], |row| Ok(User { name: row.get(0)? }))
        })
        .await
        .map_err(|error| error.to_string())?;
    let user: User = user.map_err(|error: rusqlite::Error| error.to_string())?;
    println!("Hello, {}", user.name);
    Ok(())
}
