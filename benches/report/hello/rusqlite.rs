use rusqlite::{Connection, Result};

struct User {
    name: String,
}

fn main() -> Result<()> {
    let db = Connection::open_in_memory()?;
    db.execute("create table users (id integer primary key, name text not null)", [])?;
    db.execute("insert into users (name) values (?)", ["Dan Rydell"])?;
    let user = db.query_row("select name from users where id = ?", [1], |row| Ok(User { name: row.get(0)? }))?;
    println!("Hello, {}", user.name);
    Ok(())
}
