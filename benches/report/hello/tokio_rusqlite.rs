use tokio_rusqlite::{Connection, Result};

struct User {
    name: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Connection::open_in_memory().await?;
    let user = db
        .call(|raw| {
            raw.execute("create table users (id integer primary key, name text not null)", [])?;
            raw.execute("insert into users (name) values (?)", ["Dan Rydell"])?;
            raw.query_row("select name from users where id = ?", [1], |row| Ok(User { name: row.get(0)? }))
        })
        .await?;
    println!("Hello, {}", user.name);
    Ok(())
}
