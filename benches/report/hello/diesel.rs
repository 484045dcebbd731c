use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
    }
}

#[derive(Queryable)]
struct User {
    #[allow(dead_code)]
    id: i64,
    name: String,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUser {
    name: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:"))?;
    let mut db = pool.get()?;
    db.batch_execute("create table users (id integer primary key, name text not null)")?;
    diesel::insert_into(users::table).values(NewUser { name: "Dan Rydell".into() }).execute(&mut db)?;
    let user: User = users::table.find(1).first(&mut db)?;
    println!("Hello, {}", user.name);
    Ok(())
}
